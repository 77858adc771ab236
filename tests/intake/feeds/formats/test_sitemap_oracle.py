"""News sitemaps are read as ultimate-sitemap-parser reads them, where that is installed.

It is no dependency: ``pip install ultimate-sitemap-parser`` makes these run.
"""

import html
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats import sitemap
from digest.intake.feeds.formats.entries import Parsed

usp = pytest.importorskip("usp.tree", reason="ultimate-sitemap-parser is not installed")
BASE = "https://harbour.example/news.xml"
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="<>"),
    min_size=1, max_size=12,
)  # fmt: skip
TITLES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
MOMENTS = st.builds(
    lambda at, hours: at.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours))),
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    st.integers(-11, 13),
)
LANGUAGES = st.sampled_from(["en", "ko", "de", "zh-cn"])
KEYWORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=6), max_size=4, unique=True)
ITEMS = st.lists(st.tuples(TITLES, MOMENTS, LANGUAGES, KEYWORDS), min_size=1, max_size=8)
PREFIXES = st.sampled_from(["news", "n", "NS1"])


def document(items: list[tuple[str, datetime, str, list[str]]], p: str) -> str:
    urls = "".join(
        f"<url><loc>https://harbour.example/{number}?a=1&amp;b=2</loc><{p}:news><{p}:publication>"
        f"<{p}:name>Harbour &amp; Post</{p}:name><{p}:language>{language}</{p}:language>"
        f"</{p}:publication><{p}:publication_date>{moment.isoformat()}</{p}:publication_date>"
        f"<{p}:title>{escape(title)}</{p}:title><{p}:keywords>{', '.join(keywords)}</{p}:keywords>"
        f"</{p}:news></url>"
        for number, (title, moment, language, keywords) in enumerate(items)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset '
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:{p}="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def theirs(text: str) -> list[tuple[Any, ...]]:
    return sorted(
        (
            page.url, " ".join(page.news_story.title.split()),
            page.news_story.publish_date.astimezone(UTC), page.news_story.publication_name,
            page.news_story.publication_language, tuple(page.news_story.keywords),
        )
        for page in usp.sitemap_from_str(text).all_pages()
    )  # fmt: skip


def ours(text: str) -> list[tuple[Any, ...]]:
    found = sitemap.parse(text.encode(), BASE)
    assert isinstance(found, Parsed)
    return sorted(
        (
            each.url, " ".join(html.unescape(each.title).split()), each.published, each.source,
            each.language, each.categories,
        )
        for each in found.entries
    )  # fmt: skip


@given(ITEMS, PREFIXES)
def test_news_is_what_the_oracle_finds(
    items: list[tuple[str, datetime, str, list[str]]], prefix: str
) -> None:
    # The oracle knows the vocabulary by its usual prefix alone.
    assert ours(document(items, prefix)) == theirs(document(items, "news"))
