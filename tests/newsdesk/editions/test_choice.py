"""What topics and languages offer stands in the order of strength, however it is cut."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.editions.candidates import OfferedStory
from digest.newsdesk.editions.core.rank import EditionWindow, StoryCandidate, order
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
    choice = WindowOffer(WINDOW, offered).choice(sorted(topics), sorted(languages))
    spoken = {each.partition("-")[0] for each in languages}
    wanted = {
        each.candidate.story_id
        for each in offered
        if topics & set(each.topics) and spoken & each.new_in
    }
    assert {scored[1].story_id for scored in choice.strongest} == choice.stories == wanted
    assert list(choice.strongest) == sorted(choice.strongest, key=order, reverse=True)
    assert choice.on_topics is any(topics & set(each.topics) for each in offered)
