"""The step from stories to topics, the preview, and the commands on top of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from digest.demo import newsroom
from digest.models import (
    Article,
    ArticleTopic,
    AuditEntry,
    Story,
    StoryArticle,
    StoryLink,
    StoryTopic,
    Topic,
)
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.revise import revise
from digest.newsdesk.topics.compiled import matcher
from digest.newsdesk.topics.define import define
from digest.newsdesk.topics.file import file
from digest.newsdesk.topics.name import name
from digest.newsdesk.topics.preview import preview
from digest.newsdesk.topics.propose import missing_terms, profiles, strays
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import QueryError
from digest.newsdesk.topics.tag import tag
from tests.newsdesk.wire import BANK, MISSILE, NOON, article

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _forget() -> None:
    memory.forget()


def korea(query: str = '"north korea*" OR pyongyang') -> Topic:
    return Topic.objects.get(pk=define("korea", query=query, now=NOON).topic_id)


def topics_of(story: Story) -> dict[str, str]:
    return dict(StoryTopic.objects.filter(story=story).values_list("topic__slug", "by"))


def placed(*titles: str) -> list[Story]:
    """Each title as an article, assigned; the story each went to."""
    made = [article(title, minutes=n) for n, title in enumerate(titles)]
    assign(now=NOON)
    homes = dict(StoryArticle.objects.values_list("article_id", "story_id"))
    return [Story.objects.get(pk=homes[each.pk]) for each in made]


def alone(title: str) -> Story:
    """A story of one article, whatever else there is."""
    only = article(title)
    at = only.published_at
    story = Story.objects.create(
        headline=title, first_at=at, last_at=at, article_count=1, source_count=1, lead_article=only
    )
    StoryArticle.objects.create(
        story=story,
        article=only,
        assigned_at=at,
        sequence=10_000 + only.pk,
        first_story_id=story.pk,
    )
    return story


def test_a_story_falls_under_the_topic_its_articles_match() -> None:
    topic = korea()
    missile, *_, bank = placed(*MISSILE, BANK[0])
    assert set(tag(now=NOON).story_ids) == {missile.pk, bank.pk}
    row = StoryTopic.objects.get()
    assert (row.story, row.topic, row.by) == (missile, topic, "rule")
    assert row.share == ArticleTopic.objects.count() / missile.members.count()
    assert tag(now=NOON).story_ids == ()


def test_a_story_few_of_whose_articles_match_does_not() -> None:
    korea("protest")
    story, *_ = placed(*MISSILE)
    tag(now=NOON)
    assert ArticleTopic.objects.count() == 1
    assert topics_of(story) == {}


def test_a_changed_query_is_applied_to_the_last_days() -> None:
    korea()
    missile, bank = placed(MISSILE[0], BANK[0])
    tag(now=NOON)
    define("korea", query="inflation", now=NOON)
    assert set(tag(now=LATER).story_ids) == {missile.pk, bank.pk}
    assert topics_of(missile) == {}
    assert topics_of(bank) == {"korea": "rule"}
    assert AuditEntry.objects.get(verb="change query").detail["after"] == "inflation"


def test_a_topic_that_is_new_is_applied_to_the_last_days_however_it_was_made() -> None:
    story, _ = placed(MISSILE[0], BANK[0])
    tag(now=NOON)
    Topic.objects.create(slug="made-by-hand", name="By hand", query="missile")
    tag(now=LATER)
    assert topics_of(story) == {"made-by-hand": "rule"}


def test_what_editors_pin_and_bar_stays() -> None:
    topic = korea()
    missile, bank = placed(MISSILE[0], BANK[0])
    StoryTopic.objects.create(story=missile, topic=topic, by="barred")
    StoryTopic.objects.create(story=bank, topic=topic, by="pinned")
    tag(now=NOON)
    assert topics_of(missile) == {"korea": "barred"}
    assert topics_of(bank) == {"korea": "pinned"}
    assert StoryTopic.objects.get(story=missile).share == 1.0
    assert StoryTopic.objects.get(story=bank).share == 0.0


def test_a_pin_goes_over_to_the_story_it_was_merged_into() -> None:
    topic = korea("nothingmatchesthis")
    stays, goes = placed(MISSILE[0], BANK[0])
    StoryTopic.objects.create(story=goes, topic=topic, by="pinned")
    tag(now=NOON)
    one, other = (story.members.get().article for story in (stays, goes))
    StoryLink.objects.create(article=one, other=other, kind="must", at=NOON)
    assign(now=NOON)
    tag(now=NOON)
    assert topics_of(stays) == {"korea": "pinned"}
    assert topics_of(goes) == {}


def test_a_pin_and_a_bar_are_audited_and_can_be_left_to_the_rule_again() -> None:
    topic = korea()
    missile, bank = placed(MISSILE[0], BANK[0])
    tag(now=NOON)
    assert file(bank.pk, topic.pk, "pinned", now=NOON).changed
    assert not file(bank.pk, topic.pk, "pinned", now=NOON).changed
    assert file(missile.pk, topic.pk, "barred", now=NOON).by == "barred"
    tag(now=LATER)
    assert topics_of(missile) == {"korea": "barred"}
    assert file(missile.pk, topic.pk, "rule", now=LATER).by == "rule"
    assert file(bank.pk, topic.pk, "rule", now=LATER).by == ""
    assert topics_of(bank) == {}
    verbs = AuditEntry.objects.order_by("id").values_list("verb", "detail__before")
    assert list(verbs) == [
        ("made", None),
        ("pin to topic", ""),
        ("bar from topic", "rule"),
        ("leave to the rule", "barred"),
        ("leave to the rule", "pinned"),
    ]
    with pytest.raises(ValueError, match="Use pinned, barred or rule"):
        file(bank.pk, topic.pk, "loved", now=LATER)


def test_a_pin_on_a_merged_story_goes_to_where_it_went() -> None:
    topic = korea("nothingmatchesthis")
    stays, goes = placed(MISSILE[0], BANK[0])
    Story.objects.filter(pk=goes.pk).update(merged_into=stays)
    assert file(goes.pk, topic.pk, "pinned", now=NOON).changed
    assert topics_of(stays) == {"korea": "pinned"}


def test_copies_and_light_feeds_weigh_less() -> None:
    korea("pyongyang")
    story, *_ = placed(*MISSILE)
    first, *others = Article.objects.order_by("id")
    first.title = "Pyongyang fires"
    first.save()
    for other in others:
        other.title = "Missile fired"
        other.duplicate_of = first
        other.save()
    tag(now=NOON)
    assert StoryTopic.objects.get(story=story).share == pytest.approx(1 / 1.75)


def test_a_name_asks_for_its_aliases_and_changed_aliases_are_applied() -> None:
    korea("DPRK")
    missile, bank = placed(MISSILE[0], BANK[0])
    tag(now=NOON)
    assert topics_of(missile) == {"korea": "rule"}
    changed = name("DPRK = central bank", now=NOON)
    assert changed.topic_ids == (Topic.objects.get().pk,)
    tag(now=LATER)
    assert topics_of(missile) == {}
    assert topics_of(bank) == {"korea": "rule"}
    assert name("DPRK = central bank", now=NOON).topic_ids == ()
    assert name("DPRK = central bank\nROK = Seoul", now=NOON).topic_ids == ()
    entry = AuditEntry.objects.filter(verb="change aliases").order_by("id").first()
    assert entry is not None
    assert entry.detail["after"] == "DPRK = central bank"
    with pytest.raises(QueryError, match="line 1"):
        name("DPRK", now=NOON)


def test_the_matcher_is_compiled_once_until_a_topic_changes() -> None:
    korea()
    first = matcher(Topic.objects.all())
    assert matcher(Topic.objects.all()) is first
    define("korea", query="inflation", now=NOON)
    assert matcher(Topic.objects.all()) is not first


def test_terms_that_would_have_caught_a_pinned_story_are_suggested() -> None:
    topic = korea()
    _, bank, _ = placed(MISSILE[0], BANK[0], "Tulip show opens in Keukenhof")
    tag(now=NOON)
    assert missing_terms(topic, now=LATER) == ()
    file(bank.pk, topic.pk, "pinned", now=NOON)
    suggested = [each.term for each in missing_terms(topic, now=LATER)]
    assert '"central bank"' in suggested


def test_a_story_under_no_topic_is_shown_its_nearest() -> None:
    topic = korea()
    placed(MISSILE[0])
    stray = alone("Seoul museum shows a ballistic calculator of 1958")
    tag(now=NOON)
    (found,) = strays(profiles([topic], now=LATER), now=LATER)
    assert (found.story_id, found.near.topic) == (stray.pk, topic.pk)
    file(stray.pk, topic.pk, "barred", now=NOON)
    assert strays(profiles([topic], now=LATER), now=LATER) == ()


def test_a_query_that_cannot_be_read_stops_nothing_and_keeps_what_it_had() -> None:
    topic = korea()
    missile, _ = placed(MISSILE[0], BANK[0])
    tag(now=NOON)
    Topic.objects.filter(pk=topic.pk).update(query="((", query_version=2)
    Topic.objects.create(slug="bank", name="Bank", query="inflation")
    tag(now=LATER)
    assert topics_of(missile) == {"korea": "rule"}
    assert StoryTopic.objects.filter(topic__slug="bank").count() == 1


def test_changed_words_are_shown_and_tagged_again_and_the_story_stays() -> None:
    korea()
    story, _ = placed(BANK[0], BANK[1])
    tag(now=NOON)
    lead = story.lead_article
    assert lead is not None
    lead.title = "Pyongyang central bank raises interest rates by half a point"
    lead.save()
    for member in story.members.exclude(article=lead):
        member.article.delete()
    assert revise([lead.pk], now=LATER).story_ids == (story.pk,)
    tag(now=LATER)
    story.refresh_from_db()
    assert story.headline == lead.title
    assert topics_of(story) == {"korea": "rule"}


def test_define_refuses_a_query_that_cannot_be_read_before_writing() -> None:
    with pytest.raises(QueryError):
        define("korea", query="korea AND", now=NOON)
    assert not Topic.objects.exists()


@pytest.mark.parametrize("topic", newsroom.topics(), ids=lambda each: each.slug)
def test_the_queries_of_the_sample_newsroom_can_be_read(topic: newsroom.SampleTopic) -> None:
    assert parse(str(parse(topic.query))) == parse(topic.query)


def test_a_preview_counts_and_explains() -> None:
    placed(*MISSILE, *BANK)
    found = preview("missile NOT protest", now=LATER)
    assert (found.searched, found.articles, found.stories, found.sources) == (8, 3, 1, 3)
    assert found.by_day == (("2026-11-20", 3),)
    example = found.examples[0]
    assert example.because == ("missile",)
    assert [example.title[start:end] for start, end in example.title_marks] == ["missile"]
    assert found.one_in == 1


def test_a_preview_of_too_many_looks_at_every_so_many_and_says_so() -> None:
    placed(*MISSILE, *BANK)
    found = preview("missile OR inflation", now=LATER, at_most=4)
    assert (found.one_in, found.searched, found.articles) == (2, 4, 8)
    assert sum(count for _, count in found.by_day) == 8


def test_a_preview_shows_the_text_around_what_it_found() -> None:
    article("Statement", text="Nothing here. " * 40 + "Then Pyongyang answered. " + "More. " * 90)
    (example,) = preview("DPRK OR pyongyang", now=LATER).examples
    ((start, end),) = example.excerpt_marks
    assert example.excerpt[start:end] == "Pyongyang"
    assert len(example.excerpt) <= 220


def test_the_preview_command_prints_one_object_even_on_an_empty_database() -> None:
    out = StringIO()
    call_command("topics", "preview", "korea OR 조선", "--json", stdout=out)
    printed = json.loads(out.getvalue().splitlines()[-1])
    assert printed["articles"] == printed["searched"] == 0
    assert printed["query"] == "korea OR 조선"


def test_the_preview_command_points_at_the_mistake() -> None:
    with pytest.raises(CommandError, match=r"At character 8: .*\n  korea \(\n {9}\^"):
        call_command("topics", "preview", "korea (", stdout=StringIO())


def test_the_list_command_names_each_topic() -> None:
    korea()
    placed(MISSILE[0])
    tag(now=NOON)
    out = StringIO()
    call_command("topics", "list", "--json", stdout=out)
    (row,) = json.loads(out.getvalue())["topics"]
    assert (row["slug"], row["stories"]) == ("korea", 1)


@pytest.mark.django_db(transaction=True)
def test_two_taggers_at_once_tag_every_article_and_count_every_share() -> None:
    for n in range(40):
        article(MISSILE[n % 4], minutes=n)
    korea("missile")
    assign(now=NOON)

    def work() -> None:
        try:
            while tag(now=NOON, limit=5).story_ids:
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(work), pool.submit(work)]:
            task.result()
    assert not StoryArticle.objects.filter(tagged_at=None).exists()
    assert ArticleTopic.objects.count() == 40
    assert set(StoryTopic.objects.values_list("share", flat=True)) == {1.0}


def test_what_a_long_text_mentions_in_passing_far_down_is_not_its_topic() -> None:
    korea()
    deep = "The week in gadgets and games. " * 100 + "Pyongyang came up, too."
    for text, wanted in ((deep, set()), (f"Pyongyang speaks first. {deep}", {"korea"})):
        only = article("Notes on a week", summary="", text=text)
        assign(now=NOON)
        tag(now=NOON)
        found = ArticleTopic.objects.filter(article=only)
        assert set(found.values_list("topic__slug", flat=True)) == wanted
