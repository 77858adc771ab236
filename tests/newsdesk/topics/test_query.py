"""The query language: what it means, how it prints, and how it says no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.topics.query.parse import MAX_DEPTH, parse
from digest.newsdesk.topics.query.tree import (
    And,
    Language,
    Near,
    Not,
    Or,
    Phrase,
    QueryError,
    Some,
    Source,
    Word,
)

_DE = And((Word("d"), Word("e")))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("korea", Word("korea")),
        ("korea missile", And((Word("korea"), Word("missile")))),
        ("a AND b OR c", Or((And((Word("a"), Word("b"))), Word("c")))),
        ("a and (b or c)", And((Word("a"), Or((Word("b"), Word("c")))))),
        ("korea NOT football", And((Word("korea"), Not(Word("football"))))),
        ("korea -football", And((Word("korea"), Not(Word("football"))))),
        ('"peace talks"', Phrase("peace talks")),
        ("“peace talks”", Phrase("peace talks")),
        ("nuclear*", Word("nuclear", prefix=True)),
        ('"north korea*"', Phrase("north korea", prefix=True)),
        ("title:pyongyang", Word("pyongyang", field="title")),
        ("title:(a OR b)", Or((Word("a", field="title"), Word("b", field="title")))),
        ('source:"The Guardian"', Source("The Guardian")),
        ("lang:KO-kr", Language("ko")),
        ("kim near/5 trump", Near((Word("kim"),), (Word("trump"),), 5)),
        (
            "kim near/5 (trump OR biden)",
            Near((Word("kim"),), (Word("trump"), Word("biden")), 5),
        ),
        ("title: korea", Word("korea", field="title")),
        ("「平壤」", Phrase("平壤")),
        ("북한*", Word("북한", prefix=True)),
        ("朝鲜*", Word("朝鲜")),
        ('"or" x', And((Phrase("or"), Word("x")))),
        ("북한 미사일", And((Word("북한"), Word("미사일")))),
        ("covid-19", Word("covid-19")),
        ("~flood", Word("flood", wide=True)),
        ('title:~"central bank"', Phrase("central bank", field="title", wide=True)),
        ("of/2 (a OR b OR c)", Some(2, (Word("a"), Word("b"), Word("c")))),
        ("of/2 ((a OR b) OR c OR d e)", Some(2, (Or((Word("a"), Word("b"))), Word("c"), _DE))),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "remedy"),
    [
        ("", 0, "Write a word"),
        ("korea AND", 9, "Add a word"),
        ("korea OR OR japan", 9, "in quotes"),
        ("(korea", 0, "Add a )"),
        ("korea)", 5, "Remove it"),
        ('korea "peace', 6, 'Add a "'),
        ("colour:red", 0, "title:, source:, lang:"),
        ("nu*ear", 2, "nuclear*"),
        ("n*", 0, "two letters"),
        ("a near/99 b", 2, "near/1 to near/50"),
        ("(a b) near/3 c", 6, "near/5 (b OR c)"),
        ("a near/3 (b OR NOT c)", 2, "near/5 (b OR c)"),
        ("a near/x b", 2, "Write near/5"),
        ("title:a near/3 b", 8, "title:(a near/5 b)"),
        ("korea title:", 6, "title:word"),
        ("NOT korea", 0, "use NOT to narrow"),
        ("korea OR NOT football", 0, "use NOT to narrow"),
        ("korea !!!", 6, "Remove it"),
        ("lang:klingon", 5, "lang:ko"),
        ("title:(source:x)", 7, "Close the parenthesis"),
        ("source:reut*", 7, "source:reut"),
        ("korea ~zzz", 7, "Remove the ~"),
        ("~flood*", 1, "Remove the ~"),
        ("of/2 a", 0, "of/2 (a OR b OR c)"),
        ("of/2 (a OR b)", 0, "of/2 (a OR b OR c)"),
        ("of/2 (a OR b OR c", 5, "Add a )"),
    ],
)
def test_an_error_names_the_place_and_the_remedy(text: str, position: int, remedy: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert remedy in str(caught.value)
    assert f"character {position + 1}:" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "a" + ")" * 5000,
        "NOT " * 1900 + "a",
        "-" * 7000 + "a",
        "a " * 4000,
        "a" * 41_000,
    ],
)
def test_a_query_is_bounded_in_length_depth_and_terms(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)


def test_reasonable_nesting_is_allowed() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == Word("a")


_PIECES = st.sampled_from(
    [
        "a",
        "bee",
        "korea*",
        '"x',
        'y"',
        'y*"',
        "“q”",
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        "-a",
        "-",
        '"',
        "title:",
        "source:",
        "lang:en",
        "title:(a",
        "title:b",
        "a:b",
        "12:30",
        "http://a.b/c",
        ":",
        "near/3",
        "of/2",
        "of/2 (a OR (b OR c) OR ~flood)",
        "~fire",
        "~",
        "near/0",
        "*",
        "조선",
        "朝鲜*",
        "北-x",
        "ñandú",
        "o'neil",
        "İ",
        "ﬁ",
        "ß",
        "\x00",
    ]
)


@given(st.text(max_size=60) | st.lists(_PIECES, max_size=14).map(" ".join))
def test_any_text_is_a_query_or_an_error_and_prints_as_what_it_means(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        return
    assert parse(str(query)) == query
