"""Personal digests: one edition per signature and window, none when nothing is new."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier

import pytest
from django.db import connection

from digest.models import Edition, EditionRevision
from digest.newsdesk.editions.compose import PersonalEdition, compose_personal
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.rank import EditionWindow
from tests.newsdesk.desk import NOW, SLOT, hours, report, story, topic

pytestmark = pytest.mark.django_db
YESTERDAY = SLOT - hours(24)


def digest(
    *topics: str,
    key: str = "a" * 64,
    start: datetime = YESTERDAY,
    end: datetime = SLOT,
    language: str = "en",
) -> int | None:
    wanted = PersonalEdition(
        key,
        [topic(name).pk for name in topics],
        language,
        EditionWindow(start, end, "Asia/Singapore"),
        end,
        date(2026, 3, 2),
        "Korea and Trade",
    )
    return compose_personal(wanted, now=NOW)


def content(edition_id: int | None) -> EditionContent:
    return EditionContent.from_document(
        EditionRevision.objects.get(edition=edition_id, revision=1).content
    )


def test_a_digest_is_published_at_once_with_its_stories_under_their_topics() -> None:
    story("Border talks", ["A", "B", "C"], topics=["Korea"])
    story("Ports a day behind", ["A", "B", "C", "D"], topics=["Trade"])
    story("Missile test", ["A"], topics=["Korea"])
    story("Elsewhere", ["A", "B", "C", "D", "E"], topics=["Health"])
    made = digest("Korea", "Trade")
    edition = Edition.objects.get(pk=made)
    assert (edition.state, edition.published_at, edition.newsletter) == ("published", NOW, None)
    said = content(made)
    assert (said.kind, said.title, said.topics) == (
        "personal",
        "Korea and Trade",
        ("Korea", "Trade"),
    )
    assert [(item.section, item.headline) for item in said.items] == [
        ("Trade", "Ports a day behind"),
        ("Korea", "Border talks"),
        ("Korea", "Missile test"),
    ]


def test_nothing_new_makes_no_digest() -> None:
    story("Border talks", at=SLOT - hours(30), topics=["Korea"])
    story("Elsewhere", topics=["Health"])
    assert digest("Korea", "Trade") is None
    assert digest() is None
    assert Edition.objects.count() == 0


def test_a_digest_of_withdrawn_articles_alone_is_not_made() -> None:
    only = story("Hostile", topics=["Korea"], url="javascript:alert(1)")
    assert only.topics.exists()
    assert digest("Korea") is None
    assert Edition.objects.count() == 0


def test_one_signature_and_window_make_one_edition() -> None:
    story("Border talks", topics=["Korea"])
    made = digest("Korea")
    story("Later", topics=["Korea"])
    assert digest("Korea") == made
    assert digest("Korea", key="b" * 64) != made
    assert Edition.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_calls_at_once_make_one_edition() -> None:
    story("Border talks", topics=["Korea"])
    together = Barrier(4)

    def compose(_: int) -> int | None:
        together.wait(10)
        try:
            return digest("Korea")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(compose, range(4)))
    assert len(made) == 1
    assert None not in made
    assert Edition.objects.count() == EditionRevision.objects.count() == 1


def test_a_story_the_reader_had_yesterday_is_an_update_today() -> None:
    running = story("Border talks", ["A"], at=SLOT - hours(30), topics=["Korea"])
    digest("Korea", start=SLOT - hours(48), end=SLOT - hours(24))
    report(running, "B", NOW)
    story("New one", topics=["Korea"])
    said = content(digest("Korea"))
    assert {item.headline: item.is_update for item in said.items} == {
        "Border talks": True,
        "New one": False,
    }


def test_a_story_barred_from_a_topic_stays_out_of_it() -> None:
    barred = story("Wrongly filed", topics=["Korea"])
    barred.topics.update(by="barred")
    assert digest("Korea") is None


def test_a_reader_gets_the_reports_in_their_language_first() -> None:
    story("Auf Deutsch", ["A", "B"], topics=["Korea"], language="de")
    story("In English", ["A", "B"], topics=["Korea"])
    assert [item.headline for item in content(digest("Korea", language="de")).items] == [
        "Auf Deutsch",
        "In English",
    ]
