"""A muted feed is read on: alone its reports are no story, beside others they count for nothing."""

from datetime import timedelta

import pytest

from digest.models import Article, AuditEntry, Feed, Sighting, Story, StoryArticle
from digest.newsdesk.editions.candidates import candidates
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.day import order
from digest.newsdesk.stories import muting
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.coverage import coverage
from digest.newsdesk.stories.memory import forget
from tests.newsdesk.desk import editor
from tests.newsdesk.wire import BANK, MISSILE, NOON, article

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def feed(name: str) -> Feed:
    return Feed.objects.create(url=f"https://{name}.example/rss", next_check_at=NOON)


def shown(by: Feed, title: str, minutes: float = 0) -> Article:
    made = article(title, minutes)
    sighted(by, made)
    return made


def sighted(by: Feed, made: Article) -> None:
    mark = made.pk.to_bytes(32, "big")
    Sighting.objects.create(
        article=made, feed=by, entry_key=mark, entry_hash=mark, seen_at=made.first_seen_at
    )


def offered() -> set[int]:
    window = EditionWindow(NOON - timedelta(hours=6), LATER + timedelta(hours=6), "UTC")
    return {each.story_id for each in candidates(window, language="en", any_topic=True)}


@pytest.fixture
def noisy() -> Feed:
    forget()
    made = feed("noisy")
    assert muting.mute(made.pk, until=None, now=NOON, member=editor())
    return made


def test_alone_its_reports_are_no_story(noisy: Feed) -> None:
    shown(noisy, BANK[0])
    assign(now=LATER)
    story = Story.objects.get()
    assert (story.article_count, story.source_count) == (0, 0)
    assert order(now=LATER) == () and offered() == set()
    heard = feed("heard")
    shown(heard, BANK[1], 5)
    assign(now=LATER)
    story = Story.objects.get(pk=StoryArticle.objects.latest("pk").story_id)
    assert story.article_count == 1
    assert order(now=LATER) == (story.pk,) and offered() == {story.pk}


def test_with_others_it_leads_nothing_and_counts_for_nothing(noisy: Feed) -> None:
    heard = feed("heard")
    first = shown(heard, MISSILE[0])
    for number, title in enumerate(MISSILE[1:], 1):
        shown(noisy, title, number)
    assign(now=LATER)
    story = Story.objects.get()
    assert StoryArticle.objects.filter(story=story).count() == 4
    assert (story.article_count, story.source_count) == (1, 1)
    assert (story.lead_article_id, story.headline) == (first.pk, first.title)
    told = coverage([story.pk])[story.pk]
    assert told.lead is not None and told.lead.article_id == first.pk and told.reports == 1


def test_what_another_feed_shows_too_is_heard(noisy: Feed) -> None:
    made = shown(noisy, BANK[0])
    sighted(feed("heard"), made)
    article(MISSILE[0])  # an editor's own, that no feed showed
    assign(now=LATER)
    assert set(Story.objects.values_list("article_count", flat=True)) == {1}


def test_a_mute_is_felt_at_once_and_so_is_its_end(noisy: Feed) -> None:
    assert muting.unmute(noisy.pk, now=NOON, member=editor("Bo"))
    shown(noisy, BANK[0])
    assign(now=LATER)
    story = Story.objects.get()
    assert story.article_count == 1
    until = LATER + timedelta(days=1)
    ann = editor("Cy")
    assert muting.mute(noisy.pk, until=until, now=LATER, member=ann)
    assert not muting.mute(noisy.pk, until=until, now=LATER, member=ann), "twice is once"
    story.refresh_from_db()
    assert story.article_count == 0
    assert muting.end_mutes(now=until - timedelta(seconds=1)) == 0
    assert muting.end_mutes(now=until) == 1
    story.refresh_from_db()
    noisy.refresh_from_db()
    assert story.article_count == 1 and not noisy.is_muted
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["muted", "unmuted", "muted", "unmuted"]


@pytest.mark.parametrize("what", ["mute", "unmute", "its end"])
def test_a_mute_is_felt_or_it_is_not_written(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    noisy, ann = feed("noisy"), editor()
    if what != "mute":
        muting.mute(noisy.pk, until=LATER, now=NOON, member=ann)
    shown(noisy, BANK[0])
    assign(now=NOON)
    before = AuditEntry.objects.count()

    def killed(story_ids: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(muting, "refresh", killed)
        if what == "mute":
            muting.mute(noisy.pk, until=LATER, now=NOON, member=ann)
        elif what == "unmute":
            muting.unmute(noisy.pk, now=NOON, member=ann)
        else:
            muting.end_mutes(now=LATER)
    noisy.refresh_from_db()
    assert noisy.is_muted == (what != "mute")
    assert StoryArticle.objects.get().is_muted == (what != "mute")
    assert AuditEntry.objects.count() == before
