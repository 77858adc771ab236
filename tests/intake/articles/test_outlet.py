"""Whose report an entry is, and what an aggregator passes on."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.articles.core.canonical import canonical
from digest.intake.articles.core.outlet import outlet, plain_name, without_outlet
from digest.intake.feeds.formats.parse import Entry, Parsed, parse
from digest.models import Article, Sighting
from tests.intake.articles.test_link import entry, feed, show

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN = "https://harbour.example/2026/ferry-sails-again"
OPAQUE = "https://news.google.com/rss/articles/CBMiWkFVX3lxTFBvcGFxdWU?oc=5"
HEADLINE = "Ferry sails again after nine weeks in dock"


def google(number: int, url: str, title: str, source: str = "Harbour Post") -> Entry:
    at_home = "https://harbour.example" if source else ""
    listed = f'<ol><li><a href="{url}">{title}</a></li><li>Others say so too</li></ol>'
    return Entry(f"g{number}", url, title, listed, source=source, source_url=at_home)


def wrapped(url: str) -> str:
    """As Google News wrapped links until 2024: a message that holds the address."""
    message = b"\x08\x13\x22" + bytes([len(url)]) + url.encode() + b"\xd2\x01\x00"
    code = base64.urlsafe_b64encode(message).decode().rstrip("=")
    return f"https://news.google.com/rss/articles/{code}?oc=5"


@pytest.mark.parametrize(
    ("source", "address", "wanted"),
    [
        ("The Other", "https://other.example/rss", "The Other"),
        ("Ryan Pierse / Getty Images", "", "Harbour Post"),
        ("Сергей Бобылев / ТАСС", "", "Harbour Post"),
        ("Getty Images", "https://getty.example", "Harbour Post"),
        ("Jo Kim", "", "Harbour Post"),
        ("harbour post", "", "harbour post"),
        ("https://harbour.example/rss", "https://harbour.example/rss", "Harbour Post"),
        ("", "", "Harbour Post"),
    ],
)
def test_an_outlet_is_never_a_credit(source: str, address: str, wanted: str) -> None:
    given = Entry("1", OWN, "Ferry", source=source, source_url=address)
    assert outlet(given, "Harbour Post", {}) == wanted


def test_a_pictures_source_inside_an_item_is_not_the_items() -> None:
    document = b"""<rss version="2.0" xmlns:n="https://n.example">
    <channel><title>Harbour Post</title>
    <item><title>Ferry</title><link>https://harbour.example/1</link>
    <n:image><source>Mike Hewitt / Getty Images</source></n:image></item></channel></rss>"""
    parsed = parse(document, {}, "https://harbour.example/rss")
    assert isinstance(parsed, Parsed)
    (found,) = parsed.entries
    assert outlet(found, parsed.about.title, {}) == "Harbour Post"


def test_an_aggregators_item_bears_its_outlets_name_and_loses_the_suffix() -> None:
    signed = google(1, OPAQUE, f"{HEADLINE} - Harbour Post")
    assert outlet(signed, "Top stories - Google News", {}) == "Harbour Post"
    assert without_outlet(signed.title, signed, "Harbour Post") == HEADLINE
    bare = google(1, OPAQUE, f"{HEADLINE} - Harbour Post", source="")
    assert outlet(bare, "Top stories - Google News", {}) == "Harbour Post"
    named = outlet(signed, "Top stories - Google News", {"harbour.example": "The Post"})
    assert named == "The Post"
    assert without_outlet(signed.title, signed, named) == HEADLINE
    own = Entry("2", OWN, f"{HEADLINE} - Harbour Post")
    assert without_outlet(own.title, own, "Harbour Post") == own.title


def test_a_link_that_holds_the_publishers_address_is_opened() -> None:
    assert canonical(wrapped(OWN)) == OWN
    long = f"https://harbour.example/{'a' * 100}"
    message = b"\x08\x13\x22" + bytes([0x80 | (len(long) & 0x7F), len(long) >> 7]) + long.encode()
    code = base64.urlsafe_b64encode(message + b"rest").decode().rstrip("=")
    assert canonical(f"https://news.google.com/rss/articles/{code}") == long
    assert canonical(OPAQUE) == OPAQUE


@pytest.mark.parametrize("first", ["outlet", "aggregator"])
def test_an_aggregators_item_is_a_copy_of_the_outlets_own(db: None, first: str) -> None:
    harbour = feed("harbour", site_url="https://www.harbour.example/")
    news = feed("news")

    def tell(who: str, at: datetime) -> None:
        if who == "outlet":
            show(harbour, entry(1, "The ferry sails.", "harbour", title=HEADLINE), at=at)
        else:
            show(
                news, google(1, OPAQUE, f"{HEADLINE} - The Harbour Post", "The Harbour Post"), at=at
            )

    tell(first, NOW)
    tell({"outlet": "aggregator", "aggregator": "outlet"}[first], NOW + timedelta(hours=1))
    own, passed_on = Article.objects.order_by("url")
    assert (own.duplicate_of_id, passed_on.duplicate_of_id) == (None, own.pk)
    assert (own.source, passed_on.source) == ("Harbour", "Harbour")
    assert (passed_on.title, passed_on.text, passed_on.summary) == (HEADLINE, "", "")


def test_another_outlets_same_headline_is_no_copy_of_an_aggregators(db: None) -> None:
    show(feed("city"), entry(1, "It sails.", "city", title=HEADLINE))
    show(feed("news"), google(1, OPAQUE, f"{HEADLINE} - Harbour Post"))
    assert not Article.objects.exclude(duplicate_of=None).exists()


def test_the_outlets_own_words_replace_an_aggregators_of_the_same_page(db: None) -> None:
    news, harbour = feed("news"), feed("harbour")
    show(news, google(1, wrapped(OWN), f"{HEADLINE} - Harbour Post"))
    assert Article.objects.get().text == ""
    told = entry(1, "The ferry sails again.", "harbour", url=OWN, title="Ferry back at sea")
    show(harbour, told, at=NOW + timedelta(hours=1))
    article = Article.objects.get()
    assert (article.title, article.text) == ("Ferry back at sea", "The ferry sails again.")
    assert Sighting.objects.count() == 2
    again = google(1, wrapped(OWN), "A new headline of theirs - Harbour Post")
    show(news, again, at=NOW + timedelta(hours=2))
    article.refresh_from_db()
    assert article.title == "Ferry back at sea"


@pytest.mark.parametrize(
    ("title", "site", "wanted"),
    [
        ("Harbour News | Front Page | UK Edition", "", "Harbour News"),
        ("Harbour Week - RSS Feeds", "", "Harbour Week"),
        ("HBR > Technology", "", "HBR"),
        ("Ferries: News for Those Who Sail", "", "Ferries"),
        (
            "Health & More - The Harbour Post",
            "https://www.harbourpost.example/",
            "The Harbour Post",
        ),
        ("Top Stories", "", "Top Stories"),
        ("항구일보", "", "항구일보"),
    ],
)
def test_an_outlets_name_is_its_feeds_title_without_section_and_slogan(
    title: str, site: str, wanted: str
) -> None:
    assert plain_name(title, site) == wanted
