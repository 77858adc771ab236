"""What moved in a story since a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.shown.lead import StoryMember
from digest.newsdesk.stories.shown.news import NewsSince, news_since

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRE = "A fire was reported on a ferry off Port Lorn with some 240 people aboard. "
SAVED = "Rescuers have taken all 214 people off the ferry. Two were treated for smoke. "


def member(minute: int, title: str, text: str, **fields: object) -> StoryMember:
    plain = {"language": "en", "source": f"s{minute}", "at": NOON + timedelta(minutes=minute)}
    return StoryMember(minute, title, text, **{**plain, **fields})  # type: ignore[arg-type]


BEFORE = [member(n, "Fire reported on ferry off Port Lorn", FIRE * 8) for n in (0, 5, 9)]
AFTER = member(120, "All 214 taken off burning ferry", FIRE + SAVED * 6)
MOMENT = NOON + timedelta(hours=1)


def test_the_new_report_its_outlet_what_it_says_first_and_its_figures_are_told() -> None:
    found = news_since([*BEFORE, AFTER], MOMENT)
    assert found
    assert found.reports == (AFTER,)
    assert found.outlets == ("s120",)
    assert (found.article, found.headline) == (120, "All 214 taken off burning ferry")
    assert found.sentence == "Rescuers have taken all 214 people off the ferry."
    assert (found.source, found.figures, found.corrected) == ("s120", ("214",), False)


def test_nothing_is_news_where_no_report_of_substance_came() -> None:
    assert not news_since(BEFORE, MOMENT)
    assert not news_since([], MOMENT)
    for nothing in (
        member(90, AFTER.title, AFTER.text, is_copy=True),
        member(90, "Opinion: Why ferries burn", FIRE * 9),
        member(90, "Live updates: ferry burns off Port Lorn", FIRE * 9),
        member(90, "BREAKING: Ferry burns", "A ferry burns."),
        member(90, "Ferry burns off Port Lorn", ""),
    ):
        assert not news_since([*BEFORE, nothing], MOMENT), nothing.title


def test_a_flash_is_news_only_where_there_was_nothing() -> None:
    flash = member(90, "BREAKING: Ferry burns", "A ferry burns off Port Lorn.")
    assert news_since([flash], MOMENT).headline == "Ferry burns"
    assert not news_since([*BEFORE, flash], MOMENT)


def test_a_correction_is_said_to_be_one() -> None:
    corrected = member(70, "Correction: Ferry had 214 aboard", "The ferry had 214 people aboard.")
    found = news_since([*BEFORE, corrected], MOMENT)
    assert found.corrected
    assert found.figures == ("214",)


def test_an_outlet_that_reported_before_is_not_new_under_another_of_its_names() -> None:
    known = member(0, "Fire on ferry", FIRE * 8, source="The Post")
    again = member(90, AFTER.title, AFTER.text, source="Post.com")
    assert news_since([known, again], MOMENT).outlets == ()


def test_the_words_are_of_the_wanted_language_where_it_has_news() -> None:
    german = member(130, "Alle 214 gerettet", "Alle 214 Menschen sind von der Fähre. " * 20,
                    language="de")  # fmt: skip
    story = [*BEFORE, AFTER, german]
    assert news_since(story, MOMENT, language="de").headline == "Alle 214 gerettet"
    assert news_since(story, MOMENT, language="en").article == 120
    assert len(news_since(story, MOMENT, language="en").reports) == 2


@given(
    st.lists(
        st.builds(
            member,
            st.integers(0, 200),
            st.text(max_size=60),
            st.text(max_size=900),
            is_copy=st.booleans(),
            language=st.sampled_from(["en", "zh", "ru-RU"]),
        ),
        max_size=8,
    ),
    st.integers(-10, 210),
)
def test_any_members_and_moment_have_an_answer_that_does_not_depend_on_order(
    story: list[StoryMember], minute: int
) -> None:
    moment = NOON + timedelta(minutes=minute)
    story = list({each.article: each for each in story}.values())
    found = news_since(story, moment)
    assert isinstance(found, NewsSince)
    assert all(each.at > moment for each in found.reports)
    assert news_since(story[::-1], moment) == found


@pytest.mark.parametrize("title", ["Live: ", "[속보]", ""])
def test_titles_of_nothing_but_labels_do_no_harm(title: str) -> None:
    assert news_since([member(90, title, FIRE * 9)], MOMENT).article in (0, 90)
