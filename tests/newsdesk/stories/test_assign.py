"""The step from articles to stories, with its rows."""

import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

import digest.demo
from digest.models import Article, Story, StoryArticle, StoryLink
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.labels import Moved
from digest.newsdesk.stories.refresh import refresh
from tests.newsdesk.wire import BANK, MISSILE, NOON, article

SAMPLE = Path(digest.demo.__file__).parent / "newsroom" / "articles-korea.json"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget() -> None:
    memory.forget()


def story_of(each: Article) -> Story:
    return StoryArticle.objects.get(article=each).story


def grouping() -> set[frozenset[int]]:
    groups = defaultdict(set)
    for story, each in StoryArticle.objects.values_list("story_id", "article_id"):
        groups[story].add(each)
    return {frozenset(members) for members in groups.values()}


def test_reports_of_one_event_become_one_story_with_what_it_knows_of_itself() -> None:
    reports = [article(title, minutes=10 * n) for n, title in enumerate(MISSILE)]
    other = article(BANK[0], minutes=5)
    done = assign(now=NOON)
    assert set(done.article_ids) == {each.pk for each in [*reports, other]}
    assert len(done.story_ids) == 2
    story = story_of(reports[0])
    assert story.article_count == story.source_count == 4
    assert story.first_at == reports[0].published_at
    assert story.last_at == reports[3].published_at
    assert story.headline in MISSILE
    assert story.lead_article_id == reports[-1].pk
    assert story.language == "en"
    assert story_of(other).article_count == 1


def test_a_second_call_finds_nothing_to_do() -> None:
    article(BANK[0])
    assert assign(now=NOON).article_ids
    assert assign(now=NOON) == assign(now=NOON)
    assert assign(now=NOON).article_ids == ()
    assert StoryArticle.objects.count() == 1


def test_a_limit_takes_the_oldest_first() -> None:
    late, early = article(BANK[0], minutes=60), article(MISSILE[0])
    assert assign(now=NOON, limit=1).article_ids == (early.pk,)
    assert assign(now=NOON, limit=1).article_ids == (late.pk,)


def test_the_summary_is_two_sentences_of_the_lead() -> None:
    text = (
        f"{BANK[0]}. The bank in Port Lorn acted on Friday. Prices rose 6%. Nobody was surprised."
    )
    each = article(BANK[0], text=text)
    assign(now=NOON)
    assert story_of(each).summary == "The bank in Port Lorn acted on Friday. Prices rose 6%."


def test_a_copy_follows_its_original_and_does_not_lead() -> None:
    original = article(BANK[0], minutes=30)
    copy = article("Wholly other words about nothing", minutes=0, duplicate_of=original)
    assign(now=NOON)
    assert story_of(copy) == story_of(original)
    assert story_of(copy).lead_article_id == original.pk
    later = article("Other words again", minutes=40, duplicate_of=original)
    assign(now=NOON)
    assert story_of(later) == story_of(original)
    assert story_of(later).source_count == 3


def test_a_withdrawn_article_founds_no_story() -> None:
    article(BANK[0], withdrawn_at=NOON)
    assert assign(now=NOON).article_ids == ()


def test_after_a_restart_the_next_reports_join_the_stories_that_stand() -> None:
    first = [article(title, minutes=n) for n, title in enumerate((MISSILE[0], BANK[0]))]
    assign(now=NOON)
    memory.forget()
    second = [article(title, minutes=9 + n) for n, title in enumerate((MISSILE[1], BANK[1]))]
    assign(now=NOON)
    assert [story_of(each) for each in second] == [story_of(each) for each in first]


def test_a_restart_after_each_article_gives_the_same_stories_as_none() -> None:
    titles = [title for pair in zip(MISSILE, BANK, strict=True) for title in pair]
    reports = [article(title, minutes=7 * n) for n, title in enumerate(titles)]
    with transaction.atomic():
        assign(now=NOON)
        at_once = grouping()
        transaction.set_rollback(True)
    for _ in reports:
        memory.forget()
        assign(now=NOON, limit=1)
    assert grouping() == at_once


def test_a_rolled_back_step_leaves_no_trace_in_the_process() -> None:
    first = article(MISSILE[0])
    with transaction.atomic():
        assign(now=NOON)
        transaction.set_rollback(True)
    assert not StoryArticle.objects.exists()
    assign(now=NOON)
    assert StoryArticle.objects.get().article == first
    assert Story.objects.get().article_count == 1


def test_sequence_counts_on_from_what_stands() -> None:
    for n in range(3):
        article(BANK[n], minutes=n)
        memory.forget()
        assign(now=NOON)
    assert list(StoryArticle.objects.order_by("sequence").values_list("sequence", flat=True)) == [
        0,
        1,
        2,
    ]


def test_an_editors_must_link_merges_and_the_emptied_story_leads_on() -> None:
    one, other = article(MISSILE[0]), article(BANK[0], minutes=1)
    assign(now=NOON)
    stays, goes = story_of(one), story_of(other)
    StoryArticle.objects.update(tagged_at=NOON)
    StoryLink.objects.create(article=one, other=other, kind="must", at=NOON)
    done = assign(now=NOON)
    assert story_of(other) == stays
    goes.refresh_from_db()
    assert (goes.merged_into, goes.article_count) == (stays, 0)
    assert set(done.story_ids) == {stays.pk, goes.pk}
    assert StoryArticle.objects.get(article=other).tagged_at is None
    assert StoryArticle.objects.get(article=other).first_story_id == goes.pk


def test_a_story_founded_and_emptied_within_one_step_gets_no_row() -> None:
    reports = json.loads(SAMPLE.read_text())
    for minutes, each in enumerate(reports):
        article(each["title"], minutes, language=each.get("language", "en"))
    done = assign(now=NOON, limit=len(reports))
    assert StoryArticle.objects.exclude(first_story_id=F("story_id")).exists()
    assert not Story.objects.filter(members__isnull=True).exists()
    assert set(done.story_ids) == set(Story.objects.values_list("id", flat=True))


def test_an_editors_cannot_link_parts_and_is_kept_over_restarts_and_repairs() -> None:
    one, other = article(MISSILE[0]), article(MISSILE[1], minutes=1)
    assign(now=NOON)
    assert story_of(one) == story_of(other)
    StoryLink.objects.create(article=one, other=other, kind="cannot", at=NOON)
    for n in range(20):
        memory.forget()
        article(MISSILE[n % 4], minutes=2 + n)
        assign(now=NOON)
        assert story_of(one) != story_of(other)


def test_an_article_an_editor_placed_stays_there() -> None:
    one, other = article(MISSILE[0]), article(BANK[0], minutes=1)
    assign(now=NOON)
    home = story_of(one)
    StoryArticle.objects.filter(article=other).update(story=home, assigned_by="editor")
    memory.forget()
    for n in range(20):
        article((*MISSILE, *BANK)[n % 8], minutes=2 + n)
        assign(now=NOON)
    assert story_of(other) == home


@pytest.mark.django_db(transaction=True)
def test_two_assigners_at_once_place_every_article_once() -> None:
    for n in range(60):
        article(f"{(*MISSILE, *BANK)[n % 8]}", minutes=n)

    def work() -> list[int]:
        try:
            taken: list[int] = []
            while done := assign(now=NOON, limit=7).article_ids:
                taken.extend(done)
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, other = [task.result() for task in [pool.submit(work), pool.submit(work)]]
    assert sorted([*one, *other]) == sorted(Article.objects.values_list("pk", flat=True))
    assert StoryArticle.objects.count() == 60
    counts = Story.objects.filter(merged_into=None, article_count__gt=0)
    assert sum(counts.values_list("article_count", flat=True)) == 60
    assert all(story.members.count() == story.article_count for story in counts)


def test_headlines_are_in_the_newsrooms_language_where_a_report_is(settings: Any) -> None:
    settings.DIGEST_LANGUAGE = "en"
    english = article(MISSILE[0], 9)
    story = Story.objects.create(headline="?", first_at=NOON, last_at=NOON)
    korean = [article("북한, 동해상으로 탄도미사일 발사", n, language="ko") for n in (1, 2)]
    for number, each in enumerate([english, *korean]):
        StoryArticle.objects.create(
            story=story,
            article=each,
            assigned_at=NOON,
            sequence=1_000 + number,
            first_story_id=story.pk,
        )
    refresh([story.pk])
    story.refresh_from_db()
    assert (story.headline, story.lead_article_id) == (MISSILE[0], english.pk)


def is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_who_bring_a_story_up_to_its_members_at_once_both_count() -> None:
    one, other = article(MISSILE[0]), article(MISSILE[1], 9)
    assign(now=NOON, limit=1)
    story, written = story_of(one), Event()

    def add() -> None:
        try:
            with transaction.atomic():
                StoryArticle.objects.create(
                    story=story, article=other, assigned_at=NOON, sequence=99,
                    first_story_id=story.pk,
                )  # fmt: skip
                refresh([story.pk])
                written.set()
                give_up = monotonic() + 20
                while not is_waited_for() and monotonic() < give_up:
                    pass
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(add)
        assert written.wait(20)
        with transaction.atomic():
            refresh([story.pk])
        adding.result()
    story.refresh_from_db()
    assert (story.article_count, story.last_at) == (2, other.published_at)


def test_tickers_round_ups_and_galleries_found_no_story_and_join_none() -> None:
    reports = [article(title, minutes=10 * n) for n, title in enumerate(MISSILE)]
    aside = [
        article(f"Live updates: {MISSILE[0]}", minutes=15),
        article(f"Morning Rundown: {MISSILE[0]}, and {BANK[0]}", minutes=16),
        article(f"In pictures: {MISSILE[1]}", minutes=17),
    ]
    done = assign(now=NOON)
    assert set(done.article_ids) == {each.pk for each in reports}
    assert not StoryArticle.objects.filter(article__in=aside).exists()
    assert Story.objects.get().article_count == len(reports)
    later = article(BANK[0], minutes=60)
    for _ in range(2):
        memory.forget()
        assign(now=NOON, limit=1)
        assign(now=NOON, limit=1)
    assert story_of(later)
    assert not StoryArticle.objects.filter(article__in=aside).exists()


def test_those_passed_over_do_not_stand_in_the_way_of_the_rest() -> None:
    for n in range(5):
        article(f"Live updates: day {n}", minutes=n)
    report = article(BANK[0], minutes=30)
    assert assign(now=NOON, limit=1).article_ids == (report.pk,)
    assert assign(now=NOON, limit=1).article_ids == ()


def test_labels_are_mended_before_an_edition_once_for_what_came_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mended: list[int] = []
    repair = Clusterer.repair

    def counted(clusterer: Clusterer) -> tuple[Moved, ...]:
        mended.append(clusterer.live)
        moves = repair(clusterer)
        # As if the second report had been taken for another story.
        first, second = sorted(clusterer.story_of)[:2]
        label = next(clusterer.labels)
        clusterer.relabel(second, label)
        return (*moves, Moved(second, clusterer.story_of[first], label))

    monkeypatch.setattr(Clusterer, "repair", counted)
    reports = [article(title, minutes=10 * n) for n, title in enumerate(MISSILE[:3])]
    assign(now=NOON)
    assert not mended
    done = assign(now=NOON, mend=True)
    assert mended == [3]
    assert story_of(reports[1]) != story_of(reports[0])
    assert set(done.story_ids) == {story_of(reports[0]).pk, story_of(reports[1]).pk}
    for _ in range(2):
        assign(now=NOON, mend=False)
    assert mended == [3]
