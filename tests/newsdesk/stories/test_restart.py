"""A process that reads its memory from the database goes on as the one before it would have."""

import os
import pickle
import shutil
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from digest.models import StoryArticle, StoryLink
from digest.newsdesk.stories import memory, snapshot
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
    """Reports of the planted wire by seven outlets, every tenth a copy of the one before, as they
    stand stored."""
    made: list[int] = []
    before = None
    for number, each in enumerate(planted(count, days=days)):
        told = each.arrival
        is_copy = number % 10 == 9
        before = article(
            told.title,
            told.at / 60,
            text=told.text,
            source=f"Outlet {number % 7}",
            duplicate_of=before if is_copy else None,
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


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a step count as committed though the test's transaction never is."""
    monkeypatch.setattr(memory, "transaction", SimpleNamespace(on_commit=lambda done: done()))


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Path:
    """Has even a small window kept on disk, after a batch or two."""
    settings.DIGEST_HOME = tmp_path
    monkeypatch.setattr(snapshot, "LEAST_LIVE", 0)
    monkeypatch.setattr(memory, "_KEPT_LEAST", 60)
    monkeypatch.setattr(memory, "_KEPT_PATIENCE", 0)
    at_once(monkeypatch)
    return tmp_path / "stories"


def test_a_restart_takes_up_what_was_kept_and_reads_only_what_came_since(
    on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(140, days=3)
    restored = []
    restore = memory._restore
    monkeypatch.setattr(
        memory,
        "_restore",
        lambda all_of, row: (restored.append(row.sequence), restore(all_of, row)),
    )
    while assign(now=NOON, limit=45).article_ids:
        before = memory._kept[next(iter(memory._kept))].clusterer
    memory.forget()
    after = memory.take(SHARD).clusterer
    assert after is not before
    assert after.story_of == before.story_of
    assert touched(after) == touched(before)
    assert 0 < len(restored) < 60
    assert min(restored) >= 89


def test_an_editors_word_since_the_snapshot_holds_after_a_restart(on_disk: Path) -> None:
    stored(120, days=1)
    while assign(now=NOON, limit=60).article_ids:
        pass
    row = StoryArticle.objects.order_by("sequence")[3]
    other = StoryArticle.objects.exclude(story=row.story_id).first()
    assert other is not None
    StoryArticle.objects.filter(pk=row.pk).update(story=other.story_id, assigned_by="editor")
    memory.forget()
    after = memory.take(SHARD).clusterer
    assert after.story_of[row.article_id] == other.story_id
    assert row.article_id in after.fixed


def test_what_a_writer_that_was_killed_left_goes_with_a_later_snapshot(on_disk: Path) -> None:
    stored(120, days=1)
    on_disk.mkdir()
    name = memory._path(SHARD).name
    ours, theirs, fresh = (
        on_disk / each for each in (f"{name}a.part", "other.part", f"{name}b.part")
    )
    for left in (ours, theirs, fresh):
        left.write_bytes(b"as far as it came")
    for left in (ours, theirs):
        os.utime(left, (0, 0))
    while assign(now=NOON, limit=60).article_ids:
        pass
    assert set(on_disk.iterdir()) == {memory._path(SHARD), theirs, fresh}


def test_a_writer_that_is_stopped_leaves_nothing_and_the_old_snapshot_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TimeIsUp(BaseException):
        """As a task's limit comes: anywhere."""

    class Stopped:
        def __init__(self, file: Any, protocol: int) -> None:
            file.write(b"half of it")

        def dump(self, clusterer: Any) -> None:
            raise TimeIsUp

    path = tmp_path / "kept"
    path.write_bytes(b"of before")
    clusterer = Clusterer(Setting())
    links = clusterer.links
    monkeypatch.setattr(snapshot.pickle, "Pickler", Stopped)
    with pytest.raises(TimeIsUp):
        snapshot.write(path, clusterer, snapshot.LastRow(1, 1, ""))
    assert list(tmp_path.iterdir()) == [path]
    assert (path.read_bytes(), clusterer.links) == (b"of before", links)


@pytest.fixture(scope="module")
def whole_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "kept"
    assert snapshot.write(path, Clusterer(Setting()), snapshot.LastRow(1, 1, ""))
    return path


@given(at=st.integers(0, 10**9), byte=st.integers(0, 255))
def test_a_snapshot_with_a_foreign_byte_stops_no_start(
    at: int, byte: int, whole_snapshot: Path
) -> None:
    at %= whole_snapshot.stat().st_size
    # One byte is written, and put back: the file is of many megabytes.
    with whole_snapshot.open("r+b", buffering=0) as file:
        file.seek(at)
        own = file.read(1)
        file.seek(at)
        file.write(bytes([byte]))
        try:
            found = snapshot.read(whole_snapshot)
        finally:
            file.seek(at)
            file.write(own)
    assert found is None or isinstance(found, Clusterer)


@pytest.mark.parametrize("torn", ["cut", "foreign", "other code", "other rows"])
def test_a_snapshot_of_no_use_is_passed_over(torn: str, on_disk: Path) -> None:
    stored(120, days=1)
    while assign(now=NOON, limit=60).article_ids:
        before = dict(memory._kept[next(iter(memory._kept))].clusterer.story_of)
    (path,) = on_disk.iterdir()
    kept = path.read_bytes()
    head, _, body = kept.partition(b"\n")
    if torn == "cut":
        path.write_bytes(kept[: len(kept) // 2])
    elif torn == "foreign":
        path.write_bytes(head + b"\n" + pickle.dumps(Path.unlink))
    elif torn == "other code":
        path.write_bytes(head.replace(b'"code": "', b'"code": "x') + b"\n" + body)
    else:
        StoryArticle.objects.update(assigned_at=NOON.replace(microsecond=7))
    memory.forget()
    assert memory.take(SHARD).clusterer.story_of == before


def test_what_another_process_assigned_is_read_without_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored(90, days=1)
    at_once(monkeypatch)
    assign(now=NOON, limit=45)
    mine = dict(memory._kept)
    memory.forget()
    assign(now=NOON, limit=45)
    theirs = memory._kept[next(iter(memory._kept))].clusterer
    memory._kept.clear()
    memory._kept.update(mine)
    monkeypatch.setattr(memory, "_read", None)
    found = memory.take(SHARD).clusterer
    assert found is next(iter(mine.values())).clusterer
    assert found.story_of == theirs.story_of


@pytest.mark.slow
@pytest.mark.parametrize("days", [3, 12])
@pytest.mark.parametrize("whole", [3_000, 50], ids=["whole", "touched"])
@pytest.mark.parametrize("kept", [False, True], ids=["rows", "snapshot"])
def test_a_restart_after_each_batch_changes_no_decision(
    days: float,
    whole: int,
    kept: bool,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    settings: Any,
) -> None:
    """Whether the window is clustered anew whole or where it was touched, and as it moves on."""
    if kept:
        request.getfixturevalue("on_disk")
    monkeypatch.setattr(memory, "Setting", lambda: Setting(repair_whole=whole))
    made = stored(360, days=days)
    for one, other, kind in ((3, 40, "must"), (12, 13, "cannot"), (60, 300, "must")):
        StoryLink.objects.create(
            article_id=made[one], other_id=made[other], kind=kind, at=NOON
        )  # fmt: skip
    went_on = run(restarts=False)
    if kept:
        shutil.rmtree(settings.DIGEST_HOME / "stories")
    assert run(restarts=True) == went_on
    first, final = went_on
    assert len(final) > 50
    assert first != final


def touched(clusterer: Clusterer) -> set[int]:
    window = clusterer.window
    return {int(window.article[serial & window.mask]) for serial in clusterer.touched}


def test_who_lends_to_whom_is_known_again_after_a_restart() -> None:
    """Neighbours of a fast wire are near in time: what the last repair said of it must hold."""
    stored(300, days=0.4)
    while assign(now=NOON, limit=45).article_ids:
        pass
    with transaction.atomic():
        before = memory.take(SHARD).clusterer
    memory.forget()
    with transaction.atomic():
        after = memory.take(SHARD).clusterer
    assert after.near._lending == before.near._lending != Clusterer().near._lending
    assert after.window.bar.tolist() == before.window.bar.tolist()


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
