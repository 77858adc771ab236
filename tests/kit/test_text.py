"""Text from outside: one line stays one line, and a cut never splits a word it need not split."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.kit.text import cut, is_https, one_line


@given(st.text())
def test_one_line_is_one_line_without_control_characters(text: str) -> None:
    found = one_line(text)
    assert found == found.strip()
    assert "  " not in found
    assert not any(
        unicodedata.category(char).startswith("C") or (char.isspace() and char != " ")
        for char in found
    )


@given(st.text())
def test_one_line_twice_changes_nothing(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1)))
def test_words_keep_their_order_and_letters(words: list[str]) -> None:
    assert one_line("\r\n\t ".join(words)) == " ".join(words)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Subject\r\nBcc: all@readers.example", "Subject Bcc: all@readers.example"),
        ("safe \u202egpj.exe", "safe gpj.exe"),
        ("a\x00b\x07c", "abc"),
        ("\u2028line\u2029", "line"),
        ("한국어 제목", "한국어 제목"),
    ],
)
def test_headlines_cannot_break_out_or_turn_around(said: str, kept: str) -> None:
    assert one_line(said) == kept


@given(st.text(max_size=300), st.integers(0, 320), st.sampled_from(["…", "...", ""]))
def test_a_cut_fits(text: str, limit: int, mark: str) -> None:
    assert len(cut(text, limit, mark)) <= limit


@given(st.text(max_size=300), st.integers(0, 320))
def test_what_fits_is_not_touched_and_what_does_not_says_so(text: str, limit: int) -> None:
    found = cut(text, limit)
    if len(text) <= limit:
        assert found == text
    elif limit:
        assert found.endswith("…")
        assert text.startswith(found[:-1])


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=2), st.integers(30, 200))
def test_a_cut_falls_between_words(words: list[str], limit: int) -> None:
    text = " ".join(words)
    found = cut(text, limit)
    if found != text:
        kept = found[:-1].split(" ")
        assert kept == words[: len(kept)]


def test_a_word_longer_than_the_limit_and_text_without_spaces_are_cut_where_they_must_be() -> None:
    assert cut("a" * 50, 10) == "a" * 9 + "…"
    assert cut("국제원자력기구대표단이평양에도착했다", 8) == "국제원자력기구…"


def test_no_stray_comma_stands_before_the_mark() -> None:
    assert cut("Ferries, trams, and buses return", 16) == "Ferries, trams…"


@pytest.mark.parametrize(
    "typed",
    ["https://bank.example", "https://bank.example/?a=1&b=2#c", "https://shop.bank.example:8443/a",
     "https://münchen.example/über", "https://뉴스.example/가"],
)  # fmt: skip
def test_a_whole_web_address_may_be_typed(typed: str) -> None:
    assert is_https(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "https://", "https://bank", "https://...", "https://.bank.example", "https://bank..example",
     "http://bank.example", "//bank.example", "javascript:alert(1)", "https://u:p@bank.example",
     "https://bank.example@evil.example", "https://bank.example:99999/", "https://bank.example:x/",
     "https://[::1", "https://-bank.example", 'https://bank.example/"onclick=',
     "https://bank.example/a b",
     "https://bank.example/\u202egpj.exe", "https://bank.example/\u200b", "https://bank.example/\n",
     f"https://bank.example/{'a' * 500}"],
)  # fmt: skip
def test_what_leads_nowhere_or_elsewhere_than_it_seems_is_no_web_address(typed: str) -> None:
    assert not is_https(typed)


@given(st.text())
def test_anything_may_be_asked_whether_it_is_a_web_address(text: str) -> None:
    assert not is_https(text) or text.startswith("https://")
    assert not is_https("https://" + text) or "@" not in text.partition("/")[0]
