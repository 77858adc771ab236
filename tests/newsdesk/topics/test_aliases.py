"""Names of one thing: a query that uses one of them asks for all."""

import pytest

from digest.newsdesk.topics.query.aliases import MAX_TERMS, NONE, expand, parse_aliases
from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import QueryError
from digest.newsdesk.topics.query.wordlist import beside, headwords

KOREA = parse_aliases(
    ["# the two Koreas", "", 'DPRK = North Korea = 북한 = "조선" = 朝鲜', "ROK = South Korea"]
)


def matches(query: str, title: str, language: str = "en") -> bool:
    expanded = expand(parse(query), KOREA)
    return bool(Matcher({0: expanded}).match(ArticleText(title, language=language)))


@pytest.mark.parametrize(
    ("query", "title", "language", "expected"),
    [
        ("DPRK", "North Korea fires a missile", "en", True),
        ("dprk", "조선은 미사일을 쏘았다", "ko", True),
        ("조선", "DPRK leader in Beijing", "en", True),
        ("朝鲜", "북한이 발사", "ko", True),
        ('"North Korea"', "访问朝鲜首都", "zh", True),
        ("DPRK", "조선업 호황", "ko", False),
        ("DPRK", "South Korea wins", "en", False),
        ("title:DPRK", "朝鲜领导人", "zh", True),
        ("missile near/3 DPRK", "North Korea’s missile", "en", True),
        ("missile near/1 DPRK", "Missile seen far from North Korea", "en", False),
        ("missile NOT DPRK", "North Korea’s missile", "en", False),
        ("(DPRK OR ROK) talks", "South Korea talks", "en", True),
    ],
)
def test_one_name_asks_for_all(query: str, title: str, language: str, expected: bool) -> None:
    assert matches(query, title, language) is expected


def test_an_expanded_query_prints_as_a_query_that_means_the_same() -> None:
    expanded = expand(parse("(DPRK OR kim) near/5 missile NOT title:ROK"), KOREA)
    assert parse(str(expanded)) == expanded
    assert expand(expanded, KOREA) == expanded


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("DPRK", 0, "line 1 has one name only"),
        ("DPRK = ", 7, "line 1: the query is empty"),
        ("DPRK = a (", 10, "line 1:"),
        ("DPRK = NOT", 10, "line 1: something is missing"),
        ("DPRK = source:x", 7, "is no name"),
        ("a = b = A", 0, "twice in one"),
        (" = ".join(f"name{n}" for n in range(70)), 0, "over 60 names"),
        ("x" * 3000 + " = y", 2000, "too long"),
    ],
)
def test_a_bad_line_is_named_with_its_place(line: str, position: int, words: str) -> None:
    with pytest.raises(QueryError, match="line") as caught:
        parse_aliases([line])
    assert words in str(caught.value)
    assert caught.value.position == position


def test_a_name_stands_in_one_set_only() -> None:
    with pytest.raises(QueryError, match="line 2: a stands in two sets"):
        parse_aliases(["a = b", "c = a"])


def test_aliases_cannot_blow_a_query_up() -> None:
    many = parse_aliases([" = ".join(f"name{n}x{k}" for k in range(60)) for n in range(100)])
    query = parse(" OR ".join(f"name{n}x0" for n in range(100)))
    with pytest.raises(QueryError, match=f"over {MAX_TERMS} terms"):
        expand(query, many)


@pytest.mark.parametrize(
    ("query", "title", "language", "expected"),
    [
        ("~flood", "Floods cut off valley", "en", True),
        ("~flood", "강원 홍수 경보", "ko", True),
        ("~flood", "Banjir landa Kelantan", "ms", True),
        ("~banjir", "Inondations dans le Var", "fr", True),
        ("title:~flood", "洪水来袭", "zh", True),
        ("flood", "Banjir landa Kelantan", "ms", False),
        ("~flood near/2 DPRK", "North Korea floods", "en", True),
        # One thing under two names is one of the list.
        ("of/2 (~flood OR ~fire OR DPRK)", "Flood, deluge and inundation", "en", False),
        ("of/2 (~flood OR ~fire OR DPRK)", "Fire after flood", "en", True),
        ("of/2 (~flood OR ~fire OR DPRK)", "북한에 홍수", "ko", True),
    ],
)
def test_a_tilde_asks_for_the_word_in_every_language_of_the_list(
    query: str, title: str, language: str, expected: bool
) -> None:
    assert matches(query, title, language) is expected


def test_every_name_of_the_word_list_can_be_asked_for() -> None:
    for head in headwords():
        bare = head.strip('"')
        assert head in beside(bare)
        expand(parse(f'~"{bare}"'), NONE)
