"""Whatever comes out when: nobody is told a story again that did not move since they had it."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.models import EditionRevision, Story
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.history import ReaderHistory
from digest.newsdesk.editions.personal import DigestRun, PersonalEdition, compose_many
from tests.newsdesk.desk import ALL_SAVED, NOW, SLOT, hours, report, story, topic

pytestmark = pytest.mark.django_db
STORIES = 4
# What happens at an hour: to which story, and whether its report says anything new.
happenings = st.lists(
    st.tuples(
        st.integers(0, 71), st.integers(0, STORIES - 1), st.sampled_from(["new", "copy", "thin"])
    ),
    max_size=12,
)
# When readers are told by an alert, and of which story.
alerts = st.lists(st.tuples(st.integers(0, 71), st.integers(0, STORIES - 1)), max_size=3)


def moment(hour: int) -> datetime:
    return SLOT - hours(72) + timedelta(hours=hour, minutes=7)


def happen(stories: list[Story], what: list[tuple[int, int, str]]) -> dict[int, list[datetime]]:
    """Report it; when each story truly moved."""
    moves = {each.pk: [moment(5 * n)] for n, each in enumerate(stories)}
    for number, (hour, which, kind) in enumerate(sorted(what)):
        told, at = stories[which], moment(hour)
        if kind == "new":
            text = (
                f"Figure {1000 + number} was named by office {number}. {ALL_SAVED[::-1]} {number}"
            )
            report(told, f"Outlet {number}", at, title=f"Turn {number} of it", text=text)
            moves[told.pk].append(at)
        elif kind == "copy":
            first = told.members.order_by("article_id")[0].article
            report(told, f"Outlet {number}", at, text=ALL_SAVED, duplicate_of=first)
        else:
            report(told, f"Outlet {number}", at)
    return moves


# By signature: one reader who gets alerts too, one who does not, and one who wishes the same as
# the second, so that both share an edition.
ALERTED, QUIET, ALIKE = "a" * 64, "b" * 64, "c" * 64


def digests(day: int, alerted: list[tuple[int, datetime]]) -> dict[str, list[EditionContent]]:
    end = SLOT - hours(24 * (2 - day))
    made = compose_many(
        [
            PersonalEdition(
                key, [topic("Korea").pk], "en", EditionWindow(end - hours(24), end, "UTC"), end,
                date(2026, 3, 1) + timedelta(days=day), "Korea", ("en",),
                ReaderHistory(alerted=[e for e in alerted if e[1] <= end and key == ALERTED]),
            )
            for key in (ALERTED, QUIET, ALIKE)
        ],
        now=NOW,
        run=DigestRun(),
    )  # fmt: skip
    assert made[1] == made[2]
    return {
        key: [
            EditionContent.from_document(each.content)
            for each in EditionRevision.objects.filter(edition=one.edition_id)
        ]
        for key, one in zip((ALERTED, QUIET, ALIKE), made, strict=True)
    }


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(what=happenings, warned=alerts)
def test_a_story_comes_again_only_when_it_moved(
    what: list[tuple[int, int, str]], warned: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        try_once(what, warned)
        transaction.set_rollback(True)  # each example begins anew


def try_once(what: list[tuple[int, int, str]], warned: list[tuple[int, int]]) -> None:
    stories = [
        story(f"Event {n}", ["A"], at=moment(n * 5), topics=["Korea"], text=ALL_SAVED)
        for n in range(STORIES)
    ]
    by_public = {str(each.public_id): each.pk for each in stories}
    moves = happen(stories, what)
    alerted = [(stories[which].pk, moment(hour)) for hour, which in warned]
    had: dict[tuple[str, int], datetime] = {}
    for day in range(3):
        end = SLOT - hours(24 * (2 - day))
        for pk, at in alerted:
            if at <= end:
                had[ALERTED, pk] = max(had.get((ALERTED, pk), at), at)
        for reader, contents in digests(day, alerted).items():
            for item in [item for content in contents for item in content.items]:
                place = reader, by_public[item.story]
                if place in had:
                    news = any(had[place] < at < end for at in moves[place[1]])
                    assert news, (reader, day, item.headline)
                    assert item.is_update
                had[place] = end
