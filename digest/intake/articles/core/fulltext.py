"""The article in a web page: its text, its canonical address, its lead picture.

The text is trafilatura's find, which comes with the extra ``fulltext``; without it nothing is read.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache

from digest.intake.articles.core import page_head
from digest.intake.articles.core.clean import MAX_TEXT
from digest.intake.articles.core.gates import asks_consent, gate
from digest.intake.articles.core.page_head import absolute
from digest.kit.text import cut, one_line

MISSING = (
    "Reading pages needs trafilatura, which is not installed: "
    "pip install 'digest-newsroom[fulltext]', then restart the workers."
)
# What a process that reads pages loads before any of them is counted against its limits.
LOADED_FIRST = ("trafilatura",)
MAX_PAGE = 3 * 1024 * 1024
# Real articles have a few thousand; the extractor's time grows with them.
MAX_TAGS = 40_000


@dataclass(frozen=True, slots=True)
class Found:
    """``text`` in lines, empty when there is none; addresses absolute and unchecked, or empty.

    ``gate``: why the page holds the article back, if it does.
    """

    text: str
    canonical: str = ""
    image_url: str = ""
    image_alt: str = ""
    gate: str = ""


@cache
def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("trafilatura") is not None


def extract(body: bytes, url: str) -> Found:
    """What ``body``, the page at ``url``, says. Never raises; needs :func:`available`."""
    if held := asks_consent(body, url):
        # Nothing on it is the article's, not even an address or a picture.
        return Found("", gate=held)
    head = page_head.read(body)
    image = head.meta.get("og:image:secure_url") or head.meta.get("og:image", "")
    alt = cut(one_line(head.meta.get("og:image:alt", "")), 500)
    text = _text(body, url) if body.count(b"<") <= MAX_TAGS else ""
    held = gate(body, len(text))
    return Found(
        "" if held else text, absolute(url, head.canonical), absolute(url, image), alt, held
    )


def _text(body: bytes, url: str) -> str:
    import trafilatura

    try:
        found = trafilatura.extract(
            body, url=url, include_comments=False, include_tables=False, favor_precision=True
        )
    except MemoryError:
        raise
    except Exception:
        # A stranger's page, and a parser in C behind a large library.
        return ""
    lines = (one_line(line) for line in (found or "").split("\n"))
    text = cut("\n".join(line for line in lines if line), MAX_TEXT)
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
