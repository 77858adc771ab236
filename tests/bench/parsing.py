"""What reading one new item costs, against feedparser with its defaults on the whole document.

``python -m tests.bench.parsing --json``; the poll bench prints the same three figures.
"""

import argparse
import io
import json
import os
import random
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import feedparser

from digest.intake.feeds.formats.incremental import NewEntries, read

ITEMS = 50
GENERATED = 20
ROUNDS = 5
URL = "https://harbour.example/feeds/news.xml"
WORDS = [
    "harbour", "ferry", "council", "vote", "tide", "crane", "strike", "mayor", "budget", "inquiry",
    "storm", "market", "pilot", "union", "court", "fishing", "quay", "bridge", "school", "minister",
]  # fmt: skip


def measure() -> dict[str, object]:
    """CPU milliseconds of one new item and of feedparser, and their ratio: medians over documents.

    ``parse_ms_one_new_item``, ``feedparser_ms`` and ``ratio_one_new_item`` are over all documents
    together; ``of_generated`` and ``of_real`` give them apart, with the number of ``documents``.
    """
    generated = [_compared(body) for body in _generated()]
    real = [_compared(body) for body in _real()]
    return {
        **_medians(generated + real),
        "of_generated": _medians(generated),
        "of_real": _medians(real) if real else None,
    }


def document(number: int) -> bytes:
    """One realistic document of 50 items: RSS and Atom in turn, leads and whole texts, pictures."""
    chance = random.Random(number)
    make = (_rss, _atom)[number % 2]
    return make(chance, paragraphs=(1, 3, 8, 15)[number // 2 % 4]).encode()


def _generated() -> Iterator[bytes]:
    return (document(number) for number in range(GENERATED))


def _real() -> Iterator[bytes]:
    folder = os.environ.get("DIGEST_DATA")
    if not folder:
        return
    feeds = Path(folder) / "feeds"
    for each in json.loads((feeds / "manifest.json").read_text()):
        if each["real"] and each["items"] >= 40:
            yield (feeds / each["path"]).read_bytes()


def _compared(body: bytes) -> tuple[float, float]:
    """Best of a few rounds of both, in turn, so that a busy machine slows both."""
    first = read(body, {}, URL)
    assert isinstance(first, NewEntries)
    seen = frozenset(first.item_hashes[1:])
    again = read(body, {}, URL, seen)
    assert isinstance(again, NewEntries)
    assert not seen or len(again.parsed.entries) == 1
    rounds = [
        (_cpu_ms(lambda: read(body, {}, URL, seen)), _cpu_ms(lambda: _feedparser(body)))
        for _ in range(ROUNDS)
    ]
    return min(ours for ours, _ in rounds), min(theirs for _, theirs in rounds)


def _feedparser(body: bytes) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(io.BytesIO(body))


def _cpu_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _medians(pairs: list[tuple[float, float]]) -> dict[str, object]:
    return {
        "parse_ms_one_new_item": round(statistics.median(ours for ours, _ in pairs), 3),
        "feedparser_ms": round(statistics.median(theirs for _, theirs in pairs), 3),
        "ratio_one_new_item": round(statistics.median(theirs / ours for ours, theirs in pairs), 2),
        "documents": len(pairs),
    }


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count)).capitalize()


def _body(chance: random.Random, paragraphs: int) -> str:
    return "".join(
        f'<p>{_words(chance, 40)}, <a href="/story/{n}?a=1&amp;b=2">{_words(chance, 3)}</a>. '
        f"<em>{_words(chance, 6)}</em>.</p>"
        for n in range(paragraphs)
    )


def _rss(chance: random.Random, paragraphs: int) -> str:
    items = "".join(
        f"<item><title>{_words(chance, 9)}</title><link>https://harbour.example/{n}?utm_source=rss"
        f"</link><guid isPermaLink='false'>harbour-{n}</guid><dc:creator>{_words(chance, 2)}"
        f"</dc:creator><pubDate>Mon, 23 Nov 2026 {n % 24:02}:{n % 60:02}:00 +0900</pubDate>"
        f"<category>{_words(chance, 1)}</category><category>{_words(chance, 1)}</category>"
        f"<description>{escape(_body(chance, 1))}</description>"
        f"<content:encoded><![CDATA[{_body(chance, paragraphs)}]]></content:encoded>"
        f"<media:content url='https://harbour.example/{n}.jpg' medium='image' width='1200'>"
        f"<media:description>{_words(chance, 8)}</media:description>"
        f"<media:credit>{_words(chance, 2)}</media:credit></media:content></item>\n"
        for n in range(ITEMS)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/'"
        " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'"
        " xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Harbour News</title>"
        f"<link>https://harbour.example/</link><atom:link rel='self' href='{URL}'/>"
        "<description>All the tides</description><language>en</language><ttl>10</ttl>"
        f"{items}</channel></rss>"
    )


def _atom(chance: random.Random, paragraphs: int) -> str:
    entries = "".join(
        f"<entry><title type='html'>{_words(chance, 9)}</title><id>tag:harbour.example,2026:{n}"
        f"</id><link rel='alternate' type='text/html' href='/{n}'/><author><name>"
        f"{_words(chance, 2)}</name></author><published>2026-11-23T{n % 24:02}:{n % 60:02}:00Z"
        f"</published><updated>2026-11-23T{n % 24:02}:{n % 60:02}:30Z</updated>"
        f"<category term='{_words(chance, 1)}'/><summary type='html'>"
        f"{escape(_body(chance, 1))}</summary><content type='html'>"
        f"{escape(_body(chance, paragraphs))}</content></entry>\n"
        for n in range(ITEMS)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'"
        " xml:lang='en' xml:base='https://harbour.example/'><title>Harbour News</title>"
        f"<id>tag:harbour.example,2026:feed</id><link rel='self' href='{URL}'/>"
        f"<updated>2026-11-23T12:00:00Z</updated>{entries}</feed>"
    )


def main() -> None:
    """Print the figures; with ``--json`` as one JSON object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    found = measure()
    if parser.parse_args().json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
