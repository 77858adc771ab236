"""The feeds a page names."""

from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats.discover import Link, feed_links

PAGE = "https://harbour.example/news/"


def links(page: str) -> list[Link]:
    return feed_links(page.encode(), PAGE)


def test_declared_feeds_come_first_and_absolute() -> None:
    page = """<head><link rel="alternate stylesheet" href="/a.css">
      <link rel=alternate type="application/rss+xml" title="Harbour &amp; Post" href="/rss">
      <LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" HREF="atom">
      </head><a href="/other.rss">x</a>"""
    assert links(page) == [
        Link("https://harbour.example/rss", "Harbour & Post"),
        Link("https://harbour.example/news/atom"),
    ]


def test_comments_and_the_same_feed_in_another_format_are_left_out() -> None:
    page = """<link rel=alternate type=application/rss+xml title="Post RSS 2.0" href="/rss">
      <link rel=alternate type=application/atom+xml title="Post Atom 1.0" href="/atom">
      <link rel=alternate type=application/rss+xml title="Post » Comments" href="/c">
      <link rel=alternate type=application/rss+xml title="Post » Sport" href="/sport">"""
    assert [link.url for link in links(page)] == [
        "https://harbour.example/rss",
        "https://harbour.example/sport",
    ]


def test_a_json_feed_is_found_and_is_the_same_as_its_like_in_another_format() -> None:
    own = "<link rel=alternate type=application/feed+json title='Post JSON Feed' href=/j.json>"
    both = "<link rel=alternate type=application/rss+xml title='Post RSS' href=/rss>" + own
    assert [link.url for link in links(own)] == ["https://harbour.example/j.json"]
    assert [link.url for link in links(both)] == ["https://harbour.example/rss"]


def test_links_that_look_like_feeds_are_guessed() -> None:
    page = "<a href='/feed/'>RSS</a><a href='/a.html'>x</a><a href='world.rss?x=1'>y</a>"
    assert [link.url for link in links(page)] == [
        "https://harbour.example/feed/",
        "https://harbour.example/news/world.rss?x=1",
    ]


def test_the_base_of_the_page_counts() -> None:
    page = "<base href='https://cdn.example/x/'><link rel=alternate type=text/xml href=rss>"
    assert links(page) == [Link("https://cdn.example/x/rss")]


def test_other_schemes_are_not_feeds() -> None:
    assert links("<link rel=alternate type=text/xml href='javascript:alert(1)'>") == []
    assert links("<link rel=alternate type=text/xml href='file:///etc/passwd'>") == []


@given(st.binary(max_size=400))
def test_any_bytes_are_searched(page: bytes) -> None:
    for link in feed_links(b"<link rel=alternate type=text/xml href=" + page, PAGE):
        assert link.url.startswith(("http://", "https://"))
