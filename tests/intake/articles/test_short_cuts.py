"""Where preparing an entry takes a shorter way, it comes to the same end as the long one."""

import re
from collections import Counter
from hashlib import blake2b
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core import boilerplate, canonical, clean, copies, endings, language

_NEVER = re.compile(r"(?!)")
_PIECES = [
    "<p>", "</p>", "<br>", "<BR/>", "<br />", "<div>", "</div>", "<b>", "</b>", "</em>", "</a>",
    '<a href="https://a.example/?b=1&amp;c=2" title="x y">', "<a href='x'>", '<a href="x>y">',
    "<span>", '<span class="a">', "<script>", "</script>", "<!-- ", " -->", "<figure>", "<", ">",
    "&", "&amp;", "&lt;", "&lt;b&gt;", "&nbsp;", "&#8217;", "&#160;", "&hellip;", "&copy", "&#1;",
    "amp;", "lt;", "\r", "\n", "\x0c", "\u00a0", "\u2028", "\ufeff", "\u202e", "Ferry", " ", "é",
    "한국", "\x00", "\ud800", "\u0085", '"', "'", "=",
]  # fmt: skip


def _long_text(markup: str) -> str:
    with patch.object(clean, "_simply", lambda markup: None):
        return clean.text(markup)


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_plain_markup_is_read_as_an_html_parser_reads_it(markup: str) -> None:
    assert clean.text(markup) == _long_text(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>The ferry left.</p><p>It is &#8220;late&#8221;.</p>",
        'A <a href="https://a.example/?b=1&amp;c=2">harbour</a><br/>reopens',
        "Kim &amp; Lee &lt;staff&gt;",
    ],
)
def test_what_most_feeds_write_needs_no_parser(markup: str) -> None:
    with patch.object(clean.nh3, "clean", side_effect=AssertionError):
        assert clean.text(markup)
    assert clean.text(markup) == _long_text(markup)


_ENDS = [
    "The ferry left.", "It is late!", " ", "\n", "…", "...", "[…]", "[...]", "(…)", "→", "»", ">>",
    "&raquo;", "Read more", "continue reading", "Continue reading The ferry", "(more)", "more →",
    "Weiterlesen", "더 보기", "続きを読む", "全文はこちら", "[詳細]", "（全文）", "[", "]", "(",
    ")", ":", "。", "about ferries", "The post A appeared first on B", "x.example", "Mehr…",
]  # fmt: skip


@given(st.lists(st.sampled_from(_ENDS), max_size=9).map("".join))
def test_every_invitation_is_found_that_a_search_of_the_whole_end_finds(plain: str) -> None:
    found = boilerplate.without_tail(plain)
    with (
        patch.object(boilerplate, "_may_invite", lambda tail: True),
        patch.object(boilerplate, "_CLOSING", ""),
    ):
        assert found == boilerplate.without_tail(plain)


@pytest.mark.parametrize("words", [0, 1, 4, 5, 6, 30, 199, 200, 230])
def test_runs_of_words_have_the_hashes_that_a_plain_sum_gives(words: int) -> None:
    text = " ".join(f"wörd{number % 37}한" for number in range(words))
    assert copies.shingles(text) == [
        _plainly(run) for run in _runs(re.findall(r"\w+", text)[:200], 5)
    ]  # fmt: skip


def _runs(words: list[str], length: int) -> list[list[str]]:
    return [words[at : at + length] for at in range(len(words) - length + 1)]


def _plainly(words: list[str]) -> int:
    """What is stored with every article so far: it may never change."""
    bits, rolled = (1 << 64) - 1, 0
    for word in words:
        of_word = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
        rolled = (rolled * 0x9E3779B97F4A7C15 + of_word) & bits
    rolled = ((rolled ^ (rolled >> 32)) * 0xBF58476D1CE4E5B9) & bits
    return ((rolled ^ (rolled >> 29)) ^ 1 << 63) - (1 << 63)


_ADDRESS = [
    "https://", "http://", "www.", "m.", "amp.", "harbour.example", "A.example", "google.com",
    "news.google.com", "www.bing.com", "x.cdn.ampproject.org", "localhost", "a..b", "-a.example",
    ":80", ":8080", "/", "//", "/amp", ".amp.html", "/a_b/C-d;e=f,(g)!$&'*+:@", "%7e", "%2F", "é",
    "?utm_source=x", "?a=1&b=2", "#x", "#!x", "\\", " ", "[", "/url?q=https://a.example/",
]  # fmt: skip


@given(st.lists(st.sampled_from(_ADDRESS), max_size=6).map("".join))
def test_a_tidy_address_is_what_tidying_makes_of_it(url: str) -> None:
    found = canonical.canonical(url)
    mark = canonical.identity(found) if found else b""
    with patch.object(canonical, "_TIDY", _NEVER):
        assert found == canonical.canonical(url)
        assert mark == (canonical.identity(found) if found else b"")


@given(st.lists(st.sampled_from(["A. Read on", "B. Read on", "C on", "D", "on", ""]), max_size=20))
def test_endings_are_those_that_counting_all_of_them_finds(ends: list[str]) -> None:
    kept = [end for end in ends if end]
    counted = Counter(ending for end in kept for ending in set(endings._endings(end)))
    wanted = {ending for ending, times in counted.items() if times >= max(5, 0.6 * len(kept))}
    assert endings.learned(ends) == (wanted if len(kept) >= endings.ENOUGH else set())


@pytest.mark.parametrize("letters", [19, 20, 59, 60, 61, 200])
@pytest.mark.parametrize("lead", ["", "7 " * 90])
def test_letters_count_wherever_they_stand(letters: int, lead: str) -> None:
    sure = ("de", 0.99)
    text = lead + "a" * letters
    assert language.detect(text, "en", sure) == ("de" if letters >= language.ENOUGH else "en")
    assert language.detect(text, "", sure) == ("de" if letters >= language.ENOUGH // 3 else "")
