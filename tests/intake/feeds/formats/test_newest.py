"""Of a document with too many items the newest are taken, whatever its order, and that is said."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.feeds.formats.entries import MAX_ENTRIES, newest
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import Parsed, parse

URL = "https://harbour.example/rss"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = MAX_ENTRIES + 50


def moment(number: int) -> datetime:
    return BEGAN + timedelta(hours=number)


def rss_of(numbers: list[int]) -> bytes:
    items = "".join(
        f"<item><guid>{n}</guid><link>https://harbour.example/{n}</link><title>t{n}</title>"
        f"<pubDate>{moment(n):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>" for n in numbers
    )  # fmt: skip
    return f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()


def json_of(numbers: list[int]) -> bytes:
    items = [
        {"id": str(n), "url": f"https://harbour.example/{n}", "title": f"t{n}",
         "date_published": moment(n).isoformat()} for n in numbers
    ]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def sitemap_of(numbers: list[int]) -> bytes:
    urls = "".join(
        f"<url><loc>https://harbour.example/{n}</loc><n:news><n:publication_date>"
        f"{moment(n).isoformat()}</n:publication_date><n:title>t{n}</n:title></n:news></url>"
        for n in numbers
    )
    return (
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        f"xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{urls}</urlset>"
    ).encode()


def shuffled() -> list[int]:
    numbers = list(range(COUNT))
    random.Random(7).shuffle(numbers)
    return numbers


@pytest.mark.parametrize("form", [rss_of, json_of, sitemap_of])
@pytest.mark.parametrize(
    "numbers", [list(range(COUNT)), list(range(COUNT))[::-1], shuffled()],
    ids=["oldest first", "newest first", "shuffled"],
)  # fmt: skip
def test_the_newest_of_too_many_items_are_taken(form: object, numbers: list[int]) -> None:
    body = form(numbers)  # type: ignore[operator]
    whole, cut = parse(body, {}, URL), read(body, {}, URL)
    assert isinstance(whole, Parsed) and isinstance(cut, NewEntries)
    for found in (whole, cut.parsed):
        assert {each.title for each in found.entries} == {f"t{n}" for n in range(50, COUNT)}
        assert found.dropped == 50
        assert f"{COUNT:,} items" in found.notes[0]
    again = read(body, {}, URL, frozenset(cut.item_hashes))
    assert isinstance(again, NewEntries) and again.parsed.entries == ()


def test_without_dates_the_first_are_taken() -> None:
    assert newest(COUNT, lambda place: None) == list(range(MAX_ENTRIES))
