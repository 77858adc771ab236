"""What topics and languages offer stands in the order of strength, however it is cut."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.editions.candidates import OfferedStory
from digest.newsdesk.editions.core.rank import EditionWindow, StoryCandidate, order, strength
from digest.newsdesk.editions.together.choice import WindowOffer

END = datetime(2026, 11, 23, 7, tzinfo=UTC)
WINDOW = EditionWindow(END - timedelta(days=1), END, "UTC")


@st.composite
def offers(draw: st.DrawFn) -> list[OfferedStory]:
    return [
        OfferedStory(
            StoryCandidate(
                story_id=pk,
                sources=draw(st.integers(1, 6)),
                weight=draw(st.sampled_from([0.0, 1.0, 3.5])),
                new_sources=draw(st.integers(0, 4)),
                last_at=END - timedelta(hours=draw(st.integers(0, 5))),
            ),
            frozenset(draw(st.sets(st.sampled_from(["en", "ko", "fr"]), min_size=1))),
            tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))),
        )
        for pk in range(1, draw(st.integers(0, 12)) + 1)
    ]


@given(offers(), st.sets(st.integers(1, 5), max_size=4), st.sets(st.sampled_from(["en", "ko-KR"])))
def test_a_choice_is_what_is_offered_in_the_order_of_strength(
    offered: list[OfferedStory], topics: set[int], languages: set[str]
) -> None:
    window = WindowOffer(WINDOW, offered)
    choice = window.choice(sorted(topics), sorted(languages))
    spoken = {each.partition("-")[0] for each in languages}
    wanted = {
        each.candidate.story_id
        for each in offered
        if topics & set(each.topics) and spoken & each.new_in
    }
    assert {scored[1].story_id for scored in choice.strongest} == wanted
    assert {pk for pk in range(14) if pk in choice} == wanted
    assert bool(choice) is bool(wanted)
    assert list(choice.strongest) == sorted(choice.strongest, key=order, reverse=True)
    assert choice.on_topics is any(topics & set(each.topics) for each in offered)
    on_topics = {each.candidate.story_id for each in offered if topics & set(each.topics)}
    told = window.on_topics(sorted(topics))
    assert set(told) == on_topics
    assert [pk for pk in told if pk in wanted] == [one.story_id for _, one in choice.strongest]


@given(
    offers(), st.dictionaries(st.integers(1, 12), st.integers(0, 40)), st.sets(st.integers(1, 9))
)
def test_what_readers_had_stands_where_the_news_in_it_puts_it(
    offered: list[OfferedStory], had: dict[int, int], left_out: set[int]
) -> None:
    """As all of them weighed one by one would stand, though few are asked for."""
    names = {1: "Sea", 2: "Land", 3: "Air"}
    window = WindowOffer(WINDOW, offered)
    choice = window.choice(sorted(names), ["en"])
    again = {pk: END - timedelta(hours=hours) for pk, hours in had.items() if pk in choice}
    wanted = []
    for each in offered:
        pk = each.candidate.story_id
        if pk in choice and pk not in left_out:
            one = replace(each.candidate, topics=tuple(names[t] for t in each.topics if t in names))
            if pk in again:
                one = replace(one, in_earlier=True, had_at=again[pk])
            wanted.append((strength(one, WINDOW), one))
    wanted.sort(key=order, reverse=True)
    assert list(window.told(choice, names, again, frozenset(left_out))) == wanted
