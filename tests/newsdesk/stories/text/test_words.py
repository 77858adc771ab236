"""Folding, tokens and terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.text.words import fold, is_unspaced, terms, tokens


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The banks' rates ROSE in U.S. trading", ["bank", "rate", "rose", "trade"]),
        ("de", "Die Wahlen begannen in München", ["wahl", "begann", "munch"]),
        ("zh", "朝鲜发射", ["朝鲜", "鲜发", "发射"]),
        ("ko", "북한이 발사", ["북한", "한이", "발사"]),
        ("ja", "K ポップ 2026", ["ポッ", "ップ", "2026"]),
        ("th", "กรุงเทพ", ["กร", "รุ", "ุง", "งเ", "เท", "ทพ"]),
        ("xx", "Zorg blaat", ["zorg", "blaat"]),
    ],
)
def test_terms_follow_the_script_and_the_language(
    language: str, text: str, expected: list[str]
) -> None:
    assert terms(fold(text), language) == expected


def test_letters_writers_leave_out_are_folded() -> None:
    assert fold("Łódź Pjöngjang Señor Ça") == "lodz pjongjang senor ca"
    assert fold("أنقرة") == fold("انقرة")
    assert fold("ＡＢＣ") == "abc"


def test_scripts_without_word_borders_are_known() -> None:
    assert is_unspaced("K팝")
    assert not is_unspaced("Пхеньян é")


@given(st.text(max_size=100))
def test_folding_twice_folds_no_further_in_its_tokens(text: str) -> None:
    once = fold(text)
    assert tokens(fold(once)) == tokens(once)


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("ta", "துறைமுகங்களில் கப்பல்கள்", ["துறைமுகங்களில்", "கப்பல்கள்"]),
        ("hi", "सरकार ने कहा, दिल्ली में।", ["सरकार", "ने", "कहा", "दिल्ली", "में"]),
        ("bn", "ঢাকায় বৃষ্টি", ["ঢাকায়", "বৃষ্টি"]),
        ("si", "කොළඹ වරාය", ["කොළඹ", "වරාය"]),
    ],
)
def test_words_of_indic_scripts_are_whole(language: str, text: str, words: list[str]) -> None:
    assert [tokens(fold(each))[0] for each in words] == [fold(each) for each in words]
    assert tokens(fold(text)) == [fold(each) for each in words]
