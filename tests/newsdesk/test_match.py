"""Queries against texts, one by one and many at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.topics.match import Matcher, Reading
from digest.newsdesk.topics.query import parse

SUMMIT = Reading(
    title="North Korea's Kim and South Korean president agree to peace talks",
    text="The leaders met in Panmunjom, officials told Reuters. Missiles were not discussed.",
    language="en",
    names=("The Harbour Times", "Reuters"),
)
SEOUL = Reading(
    title="조선중앙통신 “북한, 미사일 발사” 보도",
    text="북한이 단거리 탄도미사일을 발사했다고 합동참모본부가 밝혔다.",
    language="ko",
)
BEIJING = Reading(title="朝鲜领导人访问北京", text="朝鲜领导人周一抵达北京。", language="zh")


def matches(query: str, reading: Reading) -> bool:
    return bool(Matcher({1: parse(query)}).match(reading))


@pytest.mark.parametrize(
    ("query", "reading", "expected"),
    [
        ("korea", SUMMIT, True),
        ("KOREA", SUMMIT, True),
        ("missile", SUMMIT, True),
        ('"missile"', SUMMIT, False),
        ('"peace talks"', SUMMIT, True),
        ('"talks peace"', SUMMIT, False),
        ('"peace talks the leaders"', SUMMIT, False),
        ('"south korea*"', SUMMIT, True),
        ('"south korea"', SUMMIT, False),
        ("panmun*", SUMMIT, True),
        ("title:panmunjom", SUMMIT, False),
        ("title:kim", SUMMIT, True),
        ("kim near/3 president", SUMMIT, False),
        ("kim near/4 president", SUMMIT, True),
        ('president near/4 "kim"', SUMMIT, True),
        ("korea NOT football", SUMMIT, True),
        ("korea NOT missiles", SUMMIT, False),
        ("source:reuters", SUMMIT, True),
        ('source:"harbour times"', SUMMIT, True),
        ("source:harbor", SUMMIT, False),
        ("lang:en korea", SUMMIT, True),
        ("lang:ko korea", SUMMIT, False),
        ("북한", SEOUL, True),
        ("조선", SEOUL, True),
        ("탄도미사일", SEOUL, True),
        ('"북한 미사일"', SEOUL, True),
        ("북한 near/3 미사일", SEOUL, True),
        ("title:합동참모본부", SEOUL, False),
        ("朝鲜", BEIJING, True),
        ("北京 NOT 平壤", BEIJING, True),
        ("평양 OR 朝鲜", BEIJING, True),
    ],
)
def test_a_query_finds_what_it_says(query: str, reading: Reading, expected: bool) -> None:
    assert matches(query, reading) is expected


def test_diacritics_are_folded_on_both_sides() -> None:
    lula = Reading(title="Lula viaja a São Paulo", language="pt")
    assert matches("sao paulo", lula)
    assert matches("SÃO", Reading(title="Sao Paulo votes", language="en"))


def test_inflections_match_in_the_language_of_the_article() -> None:
    assert matches("wahl", Reading(title="Die Wahlen beginnen", language="de"))
    assert matches("élection", Reading(title="Les élections commencent", language="fr"))


def test_an_explanation_names_the_terms_found_and_absent() -> None:
    matcher = Matcher({"k": parse('(korea OR dprk) "peace talks" NOT football')})
    explanation = matcher.explain("k", SUMMIT)
    assert explanation.matched
    assert explanation.found == ("korea", '"peace talks"')
    assert explanation.absent == ("dprk", "football")


_WORDS = st.sampled_from(["kim", "korea", "peace", "talk*", '"peace talks"', "title:kim", "북한"])
_QUERIES = st.recursive(
    _WORDS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        st.tuples(_WORDS, inner).map(lambda pair: f"({pair[0]} NOT {pair[1]})"),
    ),
    max_leaves=6,
)


@given(
    st.lists(_QUERIES, min_size=1, max_size=8),
    st.lists(st.sampled_from(["kim", "korea", "peace", "talks", "북한이", "the"]), max_size=6),
    st.lists(
        st.sampled_from(["kim", "korean", "peace", "talking", "talks", "북한", "the"]), max_size=8
    ),
)
def test_many_queries_at_once_match_what_they_match_alone(
    queries: list[str], title: list[str], text: list[str]
) -> None:
    reading = Reading(title=" ".join(title), text=" ".join(text), language="en")
    together = Matcher(dict(enumerate(map(parse, queries)))).match(reading)
    alone = {at for at, query in enumerate(queries) if matches(query, reading)}
    assert together == alone


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["", "en", "ko", "xx"]))
def test_no_text_makes_the_matcher_fail(title: str, text: str, language: str) -> None:
    matcher = Matcher({1: parse('a OR "b c" OR 北 OR 조선* OR x near/2 y OR nuclear* OR source:a')})
    matcher.match(Reading(title, text, language, (text,)))
