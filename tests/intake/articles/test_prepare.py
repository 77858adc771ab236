"""Every rule about an article's words, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.articles.core.prepare import Origin, prepare, published
from digest.intake.feeds.formats.parse import Entry, Image

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEED = Origin("https://harbour.example/rss", "Harbour Post", "en")
ENTRY = Entry(
    "id-1", "https://harbour.example/1?utm_source=rss", "Ferry &amp; port", "<p>Lead.</p>",
    published=NOW - timedelta(hours=1),
)  # fmt: skip
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "updated", "wanted", "repaired"),
    [
        (NOW - MINUTE, None, NOW - MINUTE, False),
        (NOW + 10 * MINUTE, None, NOW + 10 * MINUTE, False),
        (NOW + 11 * MINUTE, None, NOW, True),
        (NOW + 11 * MINUTE, NOW - MINUTE, NOW - MINUTE, False),
        (datetime(1994, 12, 31, tzinfo=UTC), None, NOW, True),
        (datetime(1995, 1, 1, tzinfo=UTC), None, datetime(1995, 1, 1, tzinfo=UTC), False),
        (None, NOW - 2 * MINUTE, NOW - 2 * MINUTE, False),
        (None, None, NOW, True),
    ],
)
def test_absurd_times_are_repaired(
    given: datetime | None, updated: datetime | None, wanted: datetime, repaired: bool
) -> None:
    assert published(replace(ENTRY, published=given, updated=updated), NOW) == (wanted, repaired)


def test_an_entry_becomes_an_article() -> None:
    rich = replace(
        ENTRY,
        content="<p>LONDON (Reuters) - The ferry sails again, the harbour master told reporters."
        "</p><p>Photo: Jo Kim</p>",
        author="By Jo Kim",
        image=Image("https://x.example/a.jpg", "A  ferry"),
    )
    (made,) = prepare([rich], FEED, NOW)
    assert (made.url, made.title) == ("https://harbour.example/1", "Ferry & port")
    assert made.summary == "Lead."
    assert made.text.startswith("LONDON (Reuters) - The ferry") and "Photo" not in made.text
    assert (made.author, made.source, made.agency) == ("Jo Kim", "Harbour Post", "Reuters")
    assert (made.image_alt, made.image_credit, made.language) == ("A ferry", "Jo Kim", "en")


def test_an_entry_without_title_is_called_by_its_first_words() -> None:
    (made,) = prepare([replace(ENTRY, title="")], FEED, NOW)
    assert made.title == "Lead."


def test_an_entry_without_words_is_left_out() -> None:
    assert prepare([Entry("id", "https://x.example/1", "")], FEED, NOW) == []


def test_an_identifier_shared_by_several_links_is_told_apart() -> None:
    entries = [replace(ENTRY, url=f"https://x.example/{n}") for n in (1, 2)]
    assert len({each.entry_key for each in prepare(entries, FEED, NOW)}) == 2


def test_a_repeated_entry_counts_once() -> None:
    assert len(prepare([ENTRY, ENTRY], FEED, NOW)) == 1


@pytest.mark.parametrize("url", ["", "https://harbour.example/", "mailto:x@y.example"])
def test_entries_without_an_address_of_their_own_stay_apart(url: str) -> None:
    entries = [replace(ENTRY, id=str(n), url=url, title=f"Item {n}") for n in range(3)]
    made = prepare(entries, FEED, NOW)
    assert len({each.url_hash for each in made}) == 3
    assert all(each.url.startswith("https://harbour.example/") for each in made)


def test_hashes_tell_words_from_the_rest() -> None:
    (first,) = prepare([ENTRY], FEED, NOW)
    (reworded,) = prepare([replace(ENTRY, title="Other")], FEED, NOW)
    (pictured,) = prepare([replace(ENTRY, image=Image("https://x.example/a"))], FEED, NOW)
    (redated,) = prepare([replace(ENTRY, published=NOW)], FEED, NOW)
    assert first.content_hash != reworded.content_hash
    assert first.content_hash == pictured.content_hash
    assert first.entry_hash != pictured.entry_hash
    assert first.entry_hash == redated.entry_hash
