"""What a story shows of its members."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.shown.headline import clean, headline
from digest.newsdesk.stories.shown.lead import StoryMember, face
from digest.newsdesk.stories.shown.summary import LIMIT as SUMMARY_LIMIT
from digest.newsdesk.stories.shown.summary import summary
from digest.newsdesk.stories.text.sentences import sentences

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG = "The ferry sank at dawn off Port Lorn. " * 15


def member(number: int, title: str, text: str = "", **fields: object) -> StoryMember:
    at = NOON + timedelta(minutes=number)
    plain = {"language": "en", "source": f"s{number}", "at": at}
    return StoryMember(number, title, text, **{**plain, **fields})  # type: ignore[arg-type]


def test_original_leads_over_copy_fuller_over_thinner_later_over_earlier() -> None:
    thin, copy = member(5, "Ferry sinks"), member(6, "Ferry sinks", LONG, is_copy=True)
    full, late = member(3, "Ferry sinks", LONG), member(4, "Ferry sinks", LONG)
    assert face([thin, copy, full, late]).lead == 4
    assert face([thin, copy]).lead == 5


def test_the_newest_report_of_substance_leads_whatever_most_had_said_before() -> None:
    flashes = [
        member(n, "Fire reported on ferry off Port Lorn", "A fire was reported on a ferry. " * 14)
        for n in range(5)
    ]
    saved = member(
        240,
        "All 214 taken off burning ferry",
        "Rescuers have taken all 214 people off a burning ferry near Port Lorn. " * 8,
    )
    for order in ([*flashes, saved], [saved, *flashes]):
        shown = face(order)
        assert (shown.lead, shown.headline) == (240, "All 214 taken off burning ferry")
    flash = member(300, "BREAKING: Ferry off Port Lorn", "Ferry off Port Lorn towed in.")
    assert face([*flashes, saved, flash]).lead == 240
    copy = member(301, saved.title, saved.text, is_copy=True)
    view = member(302, "Opinion: Why the ferry off Port Lorn burned", LONG)
    ticker = member(303, "Live updates: Ferry burns off Port Lorn", LONG)
    assert face([*flashes, saved, copy, view, ticker]).lead == 240


@pytest.mark.parametrize("label", ["CORRECTION: ", "UPDATE 2-", "(Corrected) ", "Korrektur: "])
def test_a_correction_or_an_update_leads_over_what_it_corrects_however_short(label: str) -> None:
    full = member(1, "Ferry with 240 aboard burns off Port Lorn", LONG)
    short = member(30, f"{label}Ferry with 214 aboard burns off Port Lorn", "It had 214 aboard.")
    assert face([full, short]).lead == 30
    plain = member(30, "Ferry with 214 aboard burns off Port Lorn", "It had 214 aboard.")
    assert face([full, plain]).lead == 1


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
    assert (shown.language, shown.lead) == ("ko", 3)


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


def test_captions_lists_of_headlines_and_calls_to_read_on_are_no_summary() -> None:
    assert summary("A launcher of the Patriot system\nBerlin calls up reserves. More follow.") == (
        "Berlin calls up reserves. More follow."
    )
    listed = "Judge rules for Spears CNN Britney Can Skip Deposition The Daily Beast"
    assert summary(listed, source="Top stories - Google News") == ""
    assert summary("Prices rose by a tenth. Continue reading…") == "Prices rose by a tenth."
    assert summary("Он назвал это «законной целью». Дальше.").startswith("Он назвал это «законной")


def test_the_source_of_the_summary_is_named() -> None:
    shown = face([member(1, "Ferry sinks"), member(2, "Ferry sinks off Port Lorn", LONG)])
    assert (shown.summary_source, shown.summary != "") == ("s2", True)


def test_the_newsrooms_own_language_comes_first_where_a_member_speaks_it() -> None:
    korean = [member(n, "여객선 침몰, 이백 명 탑승", language="ko") for n in (2, 3)]
    mixed = [member(1, "Ferry sinks off Port Lorn"), *korean]
    assert face(mixed, language="en").headline == "Ferry sinks off Port Lorn"
    assert face(mixed, language="fr").language == "ko"


def test_the_form_and_the_outlet_are_no_part_of_a_headline() -> None:
    for title, plain in (
        ("LIVE: Ferry sinks off Port Lorn", "Ferry sinks off Port Lorn"),
        ("Video | Ferry sinks off Port Lorn", "Ferry sinks off Port Lorn"),
        ("[단독] 여객선 침몰", "여객선 침몰"),
        ("【视频】渡轮在洛恩港外沉没", "渡轮在洛恩港外沉没"),
        ("EN DIRECT - Un ferry coule au large", "Un ferry coule au large"),
        ("Ferry sinks off Port Lorn - The Daily Star", "Ferry sinks off Port Lorn"),
        ("Live music returns to Port Lorn", "Live music returns to Port Lorn"),
        ("Watch: ", "Watch:"),
    ):
        assert clean(title, "Daily Star") == plain


def test_bait_and_questions_give_way_to_what_happened() -> None:
    titles = [
        ("You won't believe what happened to this ferry off Port Lorn", "a"),
        ("Is the ferry off Port Lorn lost with all two hundred aboard?", "b"),
        ("Ferry with two hundred aboard sinks off Port Lorn", "c"),
    ]
    assert headline(titles, 0) == titles[2][0]


def test_an_aggregators_title_loses_the_outlet_it_names() -> None:
    titles = [
        ("Ferry sinks off Port Lorn, hundreds missing - CNN", "News of the web"),
        ("x", "CNN"),
    ]
    assert headline(titles, 0) == "Ferry sinks off Port Lorn, hundreds missing"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("He came at 5 p.m. on Monday. She left.", 2),
        ("Am 3. März sank die Fähre. Es war kalt.", 2),
        ("渡轮沉没。“救命！”他喊道。没有人听见。", 3),
        ("غرقت العبارة. لم ينج أحد؟ ربما.", 3),
        ("여객선이 침몰했다. 이백 명이 탔다.", 2),
        ("Паром затонул 3 марта 2026 г. в море. Никто не спасся.", 2),
        ("फेरी डूब गई। कोई नहीं बचा।", 2),
        ("No end at all", 1),
        ("", 0),
    ],
)
def test_sentences_end_as_the_script_ends_them(text: str, number: int) -> None:
    assert len(sentences(text)) == number


def test_thai_is_cut_at_spaces_into_pieces_of_a_sentences_length() -> None:
    phrase = "เรือเฟอร์รี่ล่มนอกชายฝั่งเมื่อเช้าวันจันทร์"
    found = sentences(" ".join([phrase] * 4))
    assert len(found) == 2
    assert all(len(each) >= 60 for each in found)


@given(st.text(max_size=400))
def test_no_sentence_is_empty_and_none_has_a_line_break(text: str) -> None:
    assert all(each and "\n" not in each for each in sentences(text))


@pytest.mark.parametrize(
    ("title", "source", "wanted"),
    [
        ("Record quarter for the ferry line [Shipping]", "s", "Record quarter for the ferry line"),
        ("[lornlist] Ferry line seeks a new master", "s", "Ferry line seeks a new master"),
        ("★ The ferry, day one at the new pier", "s", "The ferry, day one at the new pier"),
        ("News: Climate: the ocean takes more heat", "s", "Climate: the ocean takes more heat"),
        ("Ferry stuck in the ice off Lorn: Live updates", "s", "Ferry stuck in the ice off Lorn"),
        ("Lorn Post: Ferry stuck in the ice", "Lorn Post News", "Ferry stuck in the ice"),
        ("China: Exports fall for a third month", "China Daily", None),
        ("He said [the ferry] would sail again", "s", None),
        ("Sinks [Ferry]", "s", None),
    ],
)
def test_rubrics_lists_and_ornaments_are_no_part_of_a_headline(
    title: str, source: str, wanted: str | None
) -> None:
    assert clean(title, source) == (wanted or title)


def test_the_rest_of_a_broken_line_is_no_summary() -> None:
    assert summary(
        "are just amazing.\nmovies ever.\nThe film took 155 million dollars in May."
    ) == ("The film took 155 million dollars in May.")
    assert summary("Longtime reader Jo Kim writes: The ferry was sold today to a bank.") == (
        "The ferry was sold today to a bank."
    )
    assert summary("Points: 60 # Comments: 103") == ""


def test_a_report_that_shares_one_word_does_not_lead() -> None:
    stray = member(1, "Jackson the skateboarder comes to Lorn", LONG)
    others = [
        member(2, "Court overturns fine over Jackson's show", "Thin."),
        member(3, "Court tosses fine for Jackson's half-time show", "Thin."),
        member(4, "Jackson's show: court lifts the regulator's fine", "Thin."),
    ]
    assert face([stray, *others]).lead == 4
    assert face([stray, others[0]]).lead == 1
