"""Strangers' HTML becomes text, and credit is kept."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core import clean


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<b>bo</b>ld", "bold"),
        ("AT&amp;T &amp;amp; &lt;i&gt;", "AT&T &amp; <i>"),
        ("a &nbsp; b\t\tc", "a b c"),
        ("<script>alert(1)</script>x<style>y{}</style>", "x"),
        ("x<!-- hidden -->y", "xy"),
        ("<figure><img><figcaption>cap</figcaption></figure>body", "body"),
        ("<p>unclosed <a href='x'>link", "unclosed link"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("a\u202eb\x00c\x07", "abc"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("", ""),
    ],
)
def test_text(markup: str, wanted: str) -> None:
    assert clean.text(markup) == wanted


@pytest.mark.parametrize(
    ("markup", "agency", "photo", "rest"),
    [
        ("<p>Body.</p><p>Source: Reuters</p>", "Reuters", "", "Body."),
        ("<p>Body.</p><p>(Source: Harbour Wire)</p>", "Harbour Wire", "", "Body."),
        ("<p>Text.</p>Quelle: dpa", "dpa", "", "Text."),
        ("<p>본문</p><p>출처: 연합뉴스</p>", "Yonhap", "", "본문"),
        ("<p>正文</p><p>来源：新华社</p>", "Xinhua", "", "正文"),
        ("<p>Photo: Jo Kim / Harbour Wire</p><p>Body.</p>", "", "Jo Kim / Harbour Wire", "Body."),
        ("<p>Photo by Jo Kim</p>Body.", "", "Jo Kim", "Body."),
        ("<p>SEOUL, Nov 23 (Reuters) - Talks.</p>", "Reuters", "",
         "SEOUL, Nov 23 (Reuters) - Talks."),
        ("Berlin (dpa) – Der Rat tagt.", "dpa", "", "Berlin (dpa) – Der Rat tagt."),
        ("<figure><figcaption>Ships. Photo: Jo Kim/AFP</figcaption></figure>Body.", "",
         "Jo Kim/AFP", "Body."),
        ("<figure><figcaption>Ships (Photo by Jo Kim)</figcaption></figure>x", "", "Jo Kim", "x"),
        ("<figure><figcaption>© Jo Kim</figcaption></figure>x", "", "Jo Kim", "x"),
        ("<p>Body.</p><p>The post Body first appeared on Harbour.</p>", "", "", "Body."),
        ("The source: a spokesman who would not be named spoke", "", "",
         "The source: a spokesman who would not be named spoke"),
        ("He said (AP) was wrong about it", "", "", "He said (AP) was wrong about it"),
        ("Photographs were taken.", "", "", "Photographs were taken."),
    ],
)  # fmt: skip
def test_credits_are_taken_out_and_kept(markup: str, agency: str, photo: str, rest: str) -> None:
    assert clean.clean(markup) == clean.Cleaned(rest, agency, photo)


def test_text_is_cut_between_words() -> None:
    assert clean.text("word " * 50, 22) == "word word word word…"


@pytest.mark.parametrize(
    "hostile",
    ["<div>" * 40_000, "<figcaption>" * 20_000, "(" * 200_000, "&" * 200_000, "<" * 200_000,
     "<!--" * 50_000, "photo by " * 20_000, "- " * 100_000, "\n" * 200_000, "<a b='" * 30_000],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_hostile_markup_costs_little_time(hostile: str) -> None:
    began = time.process_time()
    clean.clean(hostile)
    assert time.process_time() - began < 2


@given(st.text() | st.text("<>/&;apbdivscript\"'= \n", max_size=300))
def test_any_text_is_cleaned(markup: str) -> None:
    found = clean.clean(markup)
    assert "\x00" not in found.text
    assert all(line == line.strip() and line for line in found.text.split("\n") if found.text)
    found.text.encode()
    assert len(clean.headline(markup)) <= 500
    assert "\n" not in clean.headline(markup)
