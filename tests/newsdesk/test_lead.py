"""What a story shows of its members."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.lead import Member, face
from digest.newsdesk.stories.sentences import sentences
from digest.newsdesk.stories.summary import LIMIT as SUMMARY_LIMIT
from digest.newsdesk.stories.summary import summary

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG = "The ferry sank at dawn off Port Lorn. " * 15


def member(number: int, title: str, text: str = "", **fields: object) -> Member:
    at = NOON + timedelta(minutes=number)
    plain = {"language": "en", "source": f"s{number}", "at": at}
    return Member(number, title, text, **{**plain, **fields})  # type: ignore[arg-type]


def test_original_leads_over_copy_fuller_over_thinner_earlier_over_later() -> None:
    thin, copy = member(1, "Ferry sinks"), member(2, "Ferry sinks", LONG, is_copy=True)
    full, late = member(3, "Ferry sinks", LONG), member(4, "Ferry sinks", LONG)
    assert face([thin, copy, full, late]).lead == 3
    assert face([thin, copy]).lead == 1


def test_the_headline_says_what_most_members_say() -> None:
    shown = face(
        [
            member(1, "What we know so far about the night?"),
            member(2, "Ferry with two hundred aboard sinks off Port Lorn"),
            member(3, "Two hundred aboard as ferry sinks off Port Lorn"),
        ]
    )
    assert "ferry" in shown.headline.lower()


def test_labels_of_urgency_are_not_part_of_the_headline() -> None:
    assert face([member(1, "BREAKING: Ferry sinks off Port Lorn")]).headline == (
        "Ferry sinks off Port Lorn"
    )
    assert face([member(1, "Live: ")]).headline


def test_the_face_speaks_the_language_of_most_members() -> None:
    korean = [member(n, "여객선 침몰, 이백 명 탑승", language="ko") for n in (2, 3)]
    shown = face([member(1, "Ferry sinks off Port Lorn"), *korean])
    assert (shown.language, shown.lead) == ("ko", 2)


def test_a_summary_is_two_sentences_that_say_more_than_the_headline() -> None:
    text = "Ferry sinks off Port Lorn. Mr. Tan of the U.S. coast guard saw it. “Bad,” he said. End."
    assert summary(text, "Ferry sinks off Port Lorn") == (
        "Mr. Tan of the U.S. coast guard saw it. “Bad,” he said."
    )


def test_chinese_sentences_end_without_spaces() -> None:
    assert sentences("朝鲜发射导弹。日本提出抗议。") == ["朝鲜发射导弹。", "日本提出抗议。"]


@given(st.text(max_size=600), st.text(max_size=80))
def test_any_text_has_a_summary_on_one_line_within_its_limit(text: str, headline: str) -> None:
    made = summary(text, headline)
    assert len(made) <= SUMMARY_LIMIT
    assert "\n" not in made
    face([member(1, headline, text)])
