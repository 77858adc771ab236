"""Labels such as [속보] and 【速報】 come off a title whole, whatever stands around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.shown.headline import clean
from digest.newsdesk.stories.text.urgent import urgent_word, without_label

BRACKETS = (
    "[]", "()", "{}", "<>", "【】", "（）", "〔〕", "《》", "〈〉", "「」", "『』", "≪≫",
    "＜＞", "［］", "｛｝", "«»", "‹›", "**",
)  # fmt: skip
WORDS = (
    "속보", "긴급", "긴급속보", "1보", "호외", "速報", "緊急", "号外", "快讯", "快訊",
    "突发", "突發",
    "ด่วน", "BREAKING", "Breaking News", "URGENT", "Eilmeldung", "Alerte info", "Última hora",
    "Urgente", "Son dakika", "Pilne", "СРОЧНО", "Терміново", "عاجل", "דחוף", "ब्रेकिंग न्यूज़",
    "Tin nóng", "Terkini",
)  # fmt: skip
TITLES = (
    "규모 7 지진 발생해 수백 명 대피",
    "首都直下で地震が発生、数百人が避難",
    "Ferry sinks off Port Lorn",
)


@pytest.mark.parametrize("brackets", BRACKETS)
@pytest.mark.parametrize("word", WORDS)
def test_a_label_of_urgency_comes_off_with_its_brackets(word: str, brackets: str) -> None:
    for space in ("", " "):
        for title in TITLES:
            told = f"{brackets[0]}{space}{word}{space}{brackets[1]}{space}{title}"
            assert (clean(told), urgent_word(told)) == (title, word)


@pytest.mark.parametrize(
    "label",
    ["[속보·1보]", "[속보/긴급]", "[속보](종합)", "[[속보]]", "🚨 [속보]", "[속보] [단독]",
     "【速報】【LIVE】", "(종합2보)", "[상보]", "【続報】", "［영상］", "＜写真＞"],
)  # fmt: skip
def test_several_labels_come_off_together(label: str) -> None:
    assert clean(f"{label} {TITLES[0]}") == TITLES[0]


@pytest.mark.parametrize(
    "title",
    [
        "[Apple] unveils a cheaper phone",
        '"Breaking" is the word of the year, says a dictionary',
        "(Almost) breaking even: how the club survived",
        "「緊急事態宣言」解除へ、政府が方針固める",
        "《突发事件应对法》修订通过",
        "*Urgently* needed: 200 nurses for the coast",
    ],
)
def test_what_is_no_label_stays(title: str) -> None:
    assert without_label(title) == title
    assert urgent_word(title) == ""


@given(st.sampled_from(BRACKETS), st.sampled_from(WORDS), st.text(max_size=60))
def test_no_title_is_left_with_half_a_bracket_of_its_label(
    brackets: str, word: str, rest: str
) -> None:
    left = without_label(f"{brackets[0]}{word}{brackets[1]} plain {rest}")
    assert left.startswith("plain")
