"""A process that reads its memory from the database goes on as the one before it would have."""

from collections import defaultdict

import pytest
from django.db import transaction

from digest.models import StoryArticle, StoryLink
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.setting import Setting
from digest.newsdesk.stories.shard_lock import SHARD
from tests.newsdesk.stories.planted import planted
from tests.newsdesk.wire import NOON, article

pytestmark = pytest.mark.django_db

Groups = set[frozenset[int]]


@pytest.fixture(autouse=True)
def _forget() -> None:
    memory.forget()


def stored(count: int, *, days: float) -> list[int]:
    """Reports of the planted wire, every tenth a copy of the one before, as they stand stored."""
    made: list[int] = []
    before = None
    for number, each in enumerate(planted(count, days=days)):
        told = each.arrival
        is_copy = number % 10 == 9
        before = article(
            told.title, told.at / 60, text=told.text, duplicate_of=before if is_copy else None
        )
        made.append(before.pk)
    return made


def groups(column: str) -> Groups:
    found = defaultdict(set)
    for story, each in StoryArticle.objects.values_list(column, "article_id"):
        found[story].add(each)
    return {frozenset(members) for members in found.values()}


def run(*, restarts: bool) -> tuple[Groups, Groups]:
    """Place what waits in batches; the labels on arrival and those that stand in the end."""
    with transaction.atomic():
        while assign(now=NOON, limit=45).article_ids:
            if restarts:
                memory.forget()
        found = groups("first_story_id"), groups("story_id")
        transaction.set_rollback(True)
    memory.forget()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("days", [3, 12])
@pytest.mark.parametrize("whole", [3_000, 50], ids=["whole", "touched"])
def test_a_restart_after_each_batch_changes_no_decision(
    days: float, whole: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the window is clustered anew whole or where it was touched, and as it moves on."""
    monkeypatch.setattr(memory, "Setting", lambda: Setting(repair_whole=whole))
    made = stored(360, days=days)
    for one, other, kind in ((3, 40, "must"), (12, 13, "cannot"), (60, 300, "must")):
        StoryLink.objects.create(
            article_id=made[one], other_id=made[other], kind=kind, at=NOON
        )  # fmt: skip
    went_on = run(restarts=False)
    assert run(restarts=True) == went_on
    first, final = went_on
    assert len(final) > 50
    assert first != final


def touched(clusterer: Clusterer) -> set[int]:
    window = clusterer.window
    return {int(window.article[serial & window.mask]) for serial in clusterer.touched}


def test_what_came_in_since_the_last_repair_is_still_to_be_mended_after_a_restart() -> None:
    stored(45, days=0.4)
    assign(now=NOON)
    with transaction.atomic():
        before = memory.take(SHARD).clusterer
    memory.forget()
    with transaction.atomic():
        after = memory.take(SHARD).clusterer
    assert after is not before
    assert after.story_of == before.story_of
    assert 0 < len(touched(before)) < Setting().repair_least * 2
    assert touched(after) == touched(before)
