"""Documents made to hurt are refused or read, in bounded time and memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import NotAFeed
from digest.intake.feeds.polling.lanes import READ
from digest.kit.apart.process import Apart, Killed
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/rss"
HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>t</title>'
TAIL = b"</item></channel></rss>"


def attributes(count: int, form: str = '{}="1"') -> bytes:
    return " ".join(form.format(f"a{n}") for n in range(count)).encode()


# Made by the test that reads it: every process that collects tests would else make them all.
REFUSED = {
    "100,000 attributes": lambda: HEAD + b"<a " + attributes(100_000) + b"/>" + TAIL,
    "attributes without values": lambda: HEAD + b"<a " + attributes(9_000, "{}") + b"/>" + TAIL,
    "attributes in single quotes": lambda: (
        HEAD + b"<a " + attributes(9_000, "{}='>'") + b"/>" + TAIL
    ),
    "attributes of the root": lambda: (
        b"<rss " + attributes(600, 'xmlns:{}="u"') + b"><channel/></rss>"
    ),
    "attributes of an item": lambda: HEAD + b"</item><item " + attributes(5_000) + b">" + TAIL,
    "blanks in a tag": lambda: HEAD + b"<a" + b" " * 14_000_000 + b"/>" + TAIL,
    "new lines in an end tag": lambda: HEAD + b"<a></a" + b"\n" * 4_000_000 + b">" + TAIL,
    "one long value": lambda: HEAD + b'<a b="' + b"x" * 2_000_000 + b'"/>' + TAIL,
    "a tag that does not end": lambda: HEAD + b"<a b='" + b"c" * 900_000,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_tags_made_to_hurt_are_refused_unread(kind: str) -> None:
    found = read(REFUSED[kind](), {}, URL)
    assert isinstance(found, NotAFeed) and "tag of more than" in found.reason


def test_long_text_and_many_attributes_in_all_are_no_fault() -> None:
    long = "a = b, 'c' = d; " * 30_000
    pictures = "<media:thumbnail url='https://x.example/a' width='1' height='2'/>" * 400
    for extra in (f"<description><![CDATA[<p>{long}</p>]]></description>",
                  f"<description>{long}</description>", f"<!-- {long} -->", pictures):  # fmt: skip
        found = read(rss(item(1, extra=extra)), {}, URL)
        assert isinstance(found, NewEntries) and len(found.parsed.entries) == 1


MANY = {
    "objects in JSON": lambda: b'{"version":"https://jsonfeed.org/version/1","items":['
    + b"{}," * 4_500_000 + b"{}]}",
    "strings in JSON": lambda: b'{"version":"https://jsonfeed.org/version/1","items":['
    + b'"ab",' * 2_500_000 + b"{}]}",
    "lists in lists": lambda: b'{"version":"https://jsonfeed.org/version/1","items":'
    + b"[[]," * 900 + b"[]" + b"]" * 900 + b"}",
    "escapes": lambda: HEAD + b"<description>" + b"&amp;lt;b&gt;" * 300_000
    + b"</description>" + TAIL,
    "letters of four bytes": lambda: HEAD + b"<description>" + "\U0001f600é".encode() * 700_000
    + b"</description>" + TAIL,
    "letters with one lost": lambda: HEAD + b"<description>" + "한".encode() * 900_000
    + b"\xff</description>" + TAIL,
    "items": lambda: HEAD + b"</item>" + b"<item><title>a</title></item>" * 20_000
    + b"</channel></rss>",
    "comments": lambda: HEAD + b"<!-- " * 200_000 + TAIL,
    "sections": lambda: HEAD + b"<![CDATA[" * 200_000 + TAIL,
}  # fmt: skip


@pytest.fixture
def process() -> Iterator[Apart]:
    running = Apart()
    running.call(READ, rss(item(1)), {}, URL, frozenset())
    yield running
    running.close()


def peak_bytes(process: Apart, name: str = "VmHWM:") -> int:
    assert process._process is not None
    status = Path(f"/proc/{process._process.pid}/status").read_text()
    lines = (line.split() for line in status.splitlines())
    return next(int(line[1]) * 1024 for line in lines if line[0] == name)


def test_the_first_long_words_of_a_process_pay_for_no_library(process: Apart) -> None:
    """What BLAS takes at its first product too large for the stack was taken before."""
    before = peak_bytes(process, "VmData:")
    words = "".join(chr(0x4E00 + place * 37 % 5_000) for place in range(800))
    body = HEAD + f"<description>{words}</description>".encode() + TAIL
    assert isinstance(process.call(READ, body, {}, URL, frozenset()), NewEntries)
    assert peak_bytes(process, "VmData:") - before < 8 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.parametrize("kind", MANY)
def test_no_document_takes_more_than_its_memory(process: Apart, kind: str) -> None:
    """At most ten times its size and 50 MB, what the process had before not counted."""
    body = MANY[kind]()
    before = peak = peak_bytes(process)
    process.begin(READ, body, {}, URL, frozenset())
    ended = False
    while not ended:
        peak = max(peak, peak_bytes(process))
        ended, answer = process.finish(seconds=0.02)
    assert isinstance(answer, NewEntries | NotAFeed | Killed)
    assert peak - before <= 10 * len(body) + 50 * 1024 * 1024
