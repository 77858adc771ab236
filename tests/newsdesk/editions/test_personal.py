"""Personal digests: one edition per signature and window, none when nothing is new."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from digest.models import Edition, EditionRevision
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.history import ReaderHistory
from digest.newsdesk.editions.personal import (
    NOTHING_NEW,
    ComposedDigest,
    PersonalEdition,
    compose_many,
    compose_personal,
)
from digest.newsdesk.editions.publish import publish
from tests.newsdesk.desk import ALL_SAVED, NOW, SLOT, hours, newsletter, report, story, topic

pytestmark = pytest.mark.django_db
YESTERDAY = SLOT - hours(24)


def digest(
    *topics: str,
    key: str = "a" * 64,
    start: datetime = YESTERDAY,
    end: datetime = SLOT,
    language: str = "en",
    languages: tuple[str, ...] = (),
    **reached: Any,
) -> int | None:
    return why(
        *topics, key=key, start=start, end=end, language=language, languages=languages, **reached
    ).edition_id


def why(
    *topics: str,
    key: str = "a" * 64,
    start: datetime = YESTERDAY,
    end: datetime = SLOT,
    language: str = "en",
    languages: tuple[str, ...] = (),
    **reached: Any,
) -> ComposedDigest:
    wanted = PersonalEdition(
        key,
        [topic(name).pk for name in topics],
        language,
        EditionWindow(start, end, "Asia/Singapore"),
        end,
        date(2026, 3, 2),
        "Korea and Trade",
        languages,
        ReaderHistory(**reached),
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
    report(running, "B", NOW, title="All 214 taken off", text=ALL_SAVED)
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


def headlines(made: int | None) -> list[str]:
    return [item.headline for item in content(made).items]


def test_what_is_in_no_language_of_the_reader_never_appears() -> None:
    story("Auf Deutsch", ["A", "B"], topics=["Korea"], language="de")
    story("In English", ["A", "B"], topics=["Korea"])
    assert headlines(digest("Korea", language="de")) == ["Auf Deutsch"]
    both = digest("Korea", key="b" * 64, language="de", languages=("de", "en"))
    assert set(headlines(both)) == {"Auf Deutsch", "In English"}


def test_one_event_is_told_once_and_from_a_report_in_the_readers_language() -> None:
    told = story("Typhoon nears the coast", ["A", "B"], topics=["Korea"])
    report(
        told, "C", NOW, title="태풍이 해안에 접근", language="ko", image_url="https://c.example/p"
    )
    report(told, "D", NOW, title="Un typhon approche", language="fr", summary="Il vient de l’est.")
    (item,) = content(digest("Korea", language="fr", languages=("fr", "ko"))).items
    assert (item.headline, item.blurb, item.language) == (
        "Un typhon approche", "Il vient de l’est.", "fr",
    )  # fmt: skip
    assert set(item.sources) == {"C", "D"}
    only = digest("Korea", key="b" * 64, language="fr", languages=("fr",))
    (item,) = content(only).items
    assert (item.sources, item.picture) == (("D",), None)


def test_news_in_another_language_alone_bring_no_old_words_back() -> None:
    told = story("Un typhon approche", ["A"], at=SLOT - hours(30), topics=["Korea"], language="fr")
    report(told, "B", NOW, title="태풍이 해안에 접근", language="ko", text=ALL_SAVED)
    made = why("Korea", language="fr")
    assert (made.edition_id, made.reason) == (None, "Nothing new in fr.")


def test_an_empty_digest_says_why_it_is_not_made() -> None:
    assert why("Korea").reason == "Nothing new on its topics."
    running = story("Border talks", ["A"], at=SLOT - hours(20), topics=["Korea"])
    digest("Korea", start=SLOT - hours(48), end=SLOT - hours(12))
    report(running, "B", NOW)
    made = why("Korea", start=SLOT - hours(12))
    assert (made.edition_id, made.reason) == (None, "Nothing that its reader had not had before.")


def test_what_a_newsletter_or_an_alert_told_the_reader_is_not_told_again_unless_it_moved() -> None:
    letter = newsletter(size=5)
    carried = story("Border talks", ["A", "B"], topics=["Korea"])
    alerted = story("Missile test", ["A"], topics=["Korea"])
    story("Only here", ["A"], topics=["Korea"], at=NOW - hours(1))
    (edition,) = compose_due(now=NOW).edition_ids
    Edition.objects.get(pk=edition).items.exclude(story=carried).delete()
    had = {"newsletter_ids": (letter.pk,), "alerted": ((alerted.pk, NOW - hours(1)),)}
    assert headlines(digest("Korea", **had)) == ["Only here"]
    assert len(headlines(digest("Korea", key="b" * 64))) == 3
    publish(edition, now=SLOT, by="by rule")
    for told in (carried, alerted):
        report(told, "C", SLOT + hours(1), title="It moved on", text=ALL_SAVED)
    later = digest("Korea", start=SLOT, end=SLOT + hours(24), **had)
    said = content(later).items
    assert [item.is_update for item in said] == [True, True]
    assert {item.news_since for item in said} == {SLOT.isoformat(), (NOW - hours(1)).isoformat()}
    assert all("214" in item.news for item in said)


def test_a_muted_story_stays_away() -> None:
    muted = story("Border talks", ["A", "B"], topics=["Korea"])
    story("Another", topics=["Korea"])
    assert headlines(digest("Korea", muted=(muted.pk,))) == ["Another"]


def test_sections_and_topics_are_named_in_the_readers_language() -> None:
    story("Un typhon approche", topics=["Korea"], language="fr")
    known = topic("Korea")
    known.names = {"fr": "Corée"}
    known.save()
    said = content(digest("Korea", language="fr-CA"))
    assert (said.topics, said.items[0].section) == (("Corée",), "Corée")


def test_many_at_once_are_those_that_each_would_be_alone() -> None:
    told = story("Typhoon nears the coast", ["A", "B"], topics=["Korea", "Weather"])
    report(told, "D", NOW, title="Un typhon approche", language="fr")
    story("Ports a day behind", ["A"], topics=["Trade"], at=NOW - hours(30))
    story("Ports open again", ["A"], topics=["Trade"])
    asked = [
        PersonalEdition(
            f"{number:064x}", [topic(name).pk for name in names], reads[0],
            EditionWindow(start, SLOT, "UTC"), SLOT, date(2026, 3, 2), "Topics", reads,
        )
        for start in (YESTERDAY, SLOT - hours(48))
        for number, (names, reads) in enumerate(
            [
                (("Korea",), ("en",)), (("Korea", "Trade"), ("fr", "en")), (("Weather",), ("ko",)),
                (("Trade",), ("fr",)), (("Nothing",), ("en",)),
            ]
        )
    ]  # fmt: skip
    made = compose_many(asked, now=NOW)
    assert compose_many(asked, now=NOW) == [
        each if each.edition_id else ComposedDigest(None, each.reason) for each in made
    ]
    for wanted, one in zip(asked, made, strict=True):
        Edition.objects.filter(pk=one.edition_id).update(signature_key="gone" + str(one.edition_id))
        alone = compose_personal(wanted, now=NOW)
        assert alone.reason == one.reason
        if one.edition_id is not None:
            assert headlines(alone.edition_id) == headlines(one.edition_id)
            assert content(alone.edition_id).topics == content(one.edition_id).topics
    reasons = [each.reason for each in made[:5]]
    assert reasons == ["", "", "Nothing new in ko.", "Nothing new in fr.", NOTHING_NEW]
