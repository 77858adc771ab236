"""Stories in two languages that report one event."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.models import Article, Story, StoryArticle
from digest.newsdesk.stories import memory, mend
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.cross import cross
from digest.newsdesk.stories.languages.crossing import DAY, ComparedStory, anchors_of, crossings
from digest.newsdesk.topics.compiled import name_sets
from tests.newsdesk.desk import editor
from tests.newsdesk.wire import NOON, article
from workers.newsdesk import assign as assign_task

# Labelled by hand. Several events share their people, places or numbers: those are the hard ones.
LABELLED = Path(__file__).with_name("crossed.jsonl")
NAMES = (
    ("North Korea", "DPRK", "북한", "朝鲜", "北朝鮮", "кндр", "Nordkorea"),
    ("Kim Jong Un", "김정은", "金正恩", "ким чен ын"),
    ("ECB", "EZB", "BCE", "European Central Bank"),
    ("TSMC", "台积电"),
    ("Samsung Electronics", "삼성전자"),
)


def measured(names: tuple[tuple[str, ...], ...]) -> tuple[float, float]:
    """Precision of the pairs found, and the share of events in several languages that got one."""
    rows = [json.loads(line) for line in LABELLED.read_text().splitlines()]
    told = [
        ComparedStory(number, row["hour"] * 3600, row["language"], row["text"])
        for number, row in enumerate(rows)
    ]
    found = crossings(told, names)
    event = [row["event"] for row in rows]
    right = [event[pair.one] for pair in found if event[pair.one] == event[pair.other]]
    several = [each for each, count in Counter(event).items() if count > 1]
    return len(right) / len(found), len(set(right)) / len(several)


def test_labelled_pairs_are_joined_precisely_and_more_of_them_with_aliases() -> None:
    precision, recall = measured(NAMES)
    bare_precision, bare_recall = measured(())
    print(f"precision {precision:.3f} recall {recall:.3f} without aliases", end=" ")
    print(f"{bare_precision:.3f} {bare_recall:.3f}")
    assert precision == bare_precision == 1.0
    assert recall >= 0.6
    assert bare_recall >= 0.55


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("en", "Zelensky in Kramatorsk"), ("ru", "Зеленский в Краматорске")),
        (("en", "Macron in Gaziantep"), ("ko", "마크롱, 가지안테프에서")),
        (("en", "Trump and Stoltenberg"), ("ko", "트럼프와 스톨텐베르그")),
        (("en", "Krasznahorkai"), ("ja", "クラスナホルカイ氏")),
    ],
)
def test_names_are_known_in_other_letters(one: tuple[str, str], other: tuple[str, str]) -> None:
    shared = anchors_of(one[1], one[0]).keys() & anchors_of(other[1], other[0]).keys()
    assert any(key.isalpha() for key in shared)


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("1.4 billion euros", "1,4 млрд евро", "#1400000000"),
        ("30,000 people", "3만 명", "#30000"),
        ("2,400 homes", "2.400 casas", "#2400"),
        ("3.25% rate", "3,25 Prozent", "#3.25"),
        ("325.3 billion", "3253亿", "#3.253e+11"),
    ],
)
def test_numbers_are_read_as_each_language_writes_them(one: str, other: str, number: str) -> None:
    assert number in anchors_of(one, "en").keys() & anchors_of(other, "xx").keys()


def test_a_year_and_a_small_number_say_nothing() -> None:
    assert not anchors_of("in 2026 the 3 of them", "en")


def test_neither_one_language_nor_days_between_nor_one_number_make_a_pair() -> None:
    text = "Zelensky meets Scholz in Berlin, 1,230 Gepard tanks, 67 Leopard tanks"
    assert crossings([ComparedStory(1, 0, "en", text), ComparedStory(2, 60, "de", text)])
    assert not crossings([ComparedStory(1, 0, "en", text), ComparedStory(2, 60, "en-GB", text)])
    assert not crossings([ComparedStory(1, 0, "en", text), ComparedStory(2, 2 * DAY, "de", text)])
    assert not crossings(
        [ComparedStory(1, 0, "en", "1,230 hurt"), ComparedStory(2, 0, "de", "1.230 Tote")]
    )


@given(some.lists(some.tuples(some.sampled_from(["en", "ko", "ru"]), some.text(max_size=80))))
def test_any_text_can_be_compared(texts: list[tuple[str, str]]) -> None:
    told = [ComparedStory(n, 0.0, language, text) for n, (language, text) in enumerate(texts)]
    found = crossings(told, NAMES)
    used = [story for pair in found for story in (pair.one, pair.other)]
    assert len(used) == len(set(used))


ENGLISH = (
    "Magnitude 6.4 quake kills 57 in Kahramanmaras, 1,230 hurt",
    "Kahramanmaras: magnitude 6.4 quake kills 57 and leaves 1,230 hurt",
)
KOREAN = (
    "카흐라만마라쉬 규모 6.4 지진 57명 사망 1230명 부상",
    "규모 6.4 카흐라만마라쉬 지진, 57명 사망 1230명 부상",
)


def quake() -> tuple[list[Article], list[Article]]:
    memory.forget()
    english = [article(title, n) for n, title in enumerate(ENGLISH)]
    korean = [article(title, 9 + n, language="ko") for n, title in enumerate(KOREAN)]
    return english, korean


def stories_of(articles: list[Article]) -> set[int]:
    return set(StoryArticle.objects.filter(article__in=articles).values_list("story", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("apart")
def test_two_stories_become_one_and_stay_so_through_repairs_and_restarts() -> None:
    english, korean = quake()
    placed = assign(now=NOON)
    assert stories_of(english) != stories_of(korean)
    (pair,) = cross(placed.story_ids, now=NOON, names=name_sets()).pairs
    assert "#6.4" in pair.shared
    assign(now=NOON)
    (home,) = stories_of([*english, *korean])
    assert home == pair.one
    for n in range(9):
        article(f"Something else {n} entirely", 20 + n)
        memory.forget()
        placed = assign(now=NOON)
        assert not cross(placed.story_ids, now=NOON).pairs
        assert stories_of([*english, *korean]) == {home}
    assert Story.objects.get(pk=pair.other).merged_into_id == home


@pytest.mark.django_db
@pytest.mark.parametrize("by_the_step", [False, True])
def test_an_editor_who_parts_them_has_the_last_word(
    by_the_step: bool, request: pytest.FixtureRequest
) -> None:
    if by_the_step:
        request.getfixturevalue("apart")
    english, korean = quake()
    cross(assign(now=NOON).story_ids, now=NOON)
    assign(now=NOON)
    (home,) = stories_of([*english, *korean])
    mend.split(home, [each.pk for each in korean], member=editor(), now=NOON)
    placed = assign(now=NOON)
    apart = stories_of(english) | stories_of(korean)
    assert len(apart) == 2
    assert not cross([*placed.story_ids, *apart], now=NOON).pairs
    memory.forget()
    assign(now=NOON)
    assert stories_of(english).isdisjoint(stories_of(korean))


@pytest.mark.django_db
@pytest.mark.parametrize("wished", [False, True])
def test_the_worker_joins_them_only_where_the_newsroom_wishes(wished: bool, settings: Any) -> None:
    settings.DIGEST_CROSS_LANGUAGES = wished
    english, korean = quake()
    for _ in range(2):
        assign_task()
    assert (len(stories_of([*english, *korean])) == 1) == wished
