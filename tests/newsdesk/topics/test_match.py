"""Queries against texts, one by one and many at once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.newsdesk.stories.text.words import fold, tokens
from digest.newsdesk.topics.query.analysis import ArticleText, split
from digest.newsdesk.topics.query.explain import explain
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from tests.newsdesk.topics.plain_matching import holds

SUMMIT = ArticleText(
    title="North Korea's Kim and South Korean president agree to peace talks",
    text="The leaders met in Panmunjom, officials told Reuters. Missiles were not discussed.",
    language="en",
    names=("The Harbour Times", "Reuters"),
)
SEOUL = ArticleText(
    title="조선중앙통신 “북한, 미사일 발사” 보도",
    text="북한이 단거리 탄도미사일을 발사했다고 합동참모본부가 밝혔다.",
    language="ko",
)
BEIJING = ArticleText(title="朝鲜领导人访问北京", text="朝鲜领导人周一抵达北京。", language="zh")


def matches(query: str, reading: ArticleText) -> bool:
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
        ("of/2 (korea OR football OR missile)", SUMMIT, True),
        ("of/2 (korea OR football OR tennis)", SUMMIT, False),
        ("of/2 ((korea OR missile) OR football OR tennis)", SUMMIT, False),
        ("of/2 (NOT football OR tennis OR korea)", SUMMIT, True),
    ],
)
def test_a_query_finds_what_it_says(query: str, reading: ArticleText, expected: bool) -> None:
    assert matches(query, reading) is expected


def test_diacritics_are_folded_on_both_sides() -> None:
    lula = ArticleText(title="Lula viaja a São Paulo", language="pt")
    assert matches("sao paulo", lula)
    assert matches("SÃO", ArticleText(title="Sao Paulo votes", language="en"))


def test_inflections_match_in_the_language_of_the_article() -> None:
    assert matches("wahl", ArticleText(title="Die Wahlen beginnen", language="de"))
    assert matches("élection", ArticleText(title="Les élections commencent", language="fr"))


def test_an_explanation_names_the_terms_found_and_absent() -> None:
    explanation = explain(parse('(korea OR dprk) "peace talks" NOT football'), SUMMIT)
    assert explanation.matched
    assert explanation.found == ("korea", '"peace talks"')
    assert explanation.absent == ("dprk", "football")


THAI = ArticleText(title="เกาหลีเหนือยิงขีปนาวุธ", text="กาแฟและกา", language="th")


@pytest.mark.parametrize(
    ("query", "reading", "expected"),
    [
        ('"조선"', ArticleText(title="조선은 미사일을", language="ko"), True),
        ('"조선"', ArticleText(title="조선에서의 발표", language="ko"), True),
        ('"조선"', ArticleText(title="조선업 호황, 조선소 증설", language="ko"), False),
        ("조선", ArticleText(title="대우조선 수주", language="ko"), True),
        ("조선*", ArticleText(title="대우조선 수주", language="ko"), False),
        ("조선*", ArticleText(title="조선업 호황", language="ko"), True),
        ('"탄도 미사일"', ArticleText(title="단거리 탄도미사일을 발사", language="ko"), True),
        ('"북한 미사일"', ArticleText(title="동북한 미사일", language="ko"), False),
        ("북한", ArticleText(title="동북 한국", language="ko"), False),
        ("朝鲜", ArticleText(title="访问朝鲜首都", language="zh"), True),
        ("AI芯片", ArticleText(title="新款AI 芯片发布", language="zh"), True),
        ("朝鲜 near/3 北京", BEIJING, True),
        ("朝鲜 near/2 北京", ArticleText(title="朝鲜领导人周一抵达北京", language="zh"), False),
        ("เกาหลีเหนือ", THAI, True),
        ("กา near/50 กาแฟ", THAI, True),
        ('"กา" NOT กาแฟ', ArticleText(title="ก่า กาแฟ", language="th"), False),
        ("แฟ", ArticleText(title="แฟ้ม", language="th"), False),
        ("missile near/3 (launch OR leaders)", SUMMIT, False),
        ("(missiles OR panmunjom) near/3 (met OR launch)", SUMMIT, True),
        ("talks near/50 leaders", SUMMIT, False),
        ("ракета", ArticleText(title="Пуск ракеты", language="ru"), True),
        ("صاروخ", ArticleText(title="إطلاق صَارُوخ", language="ar"), True),
    ],
)
def test_each_script_is_matched_by_its_own_rules(
    query: str, reading: ArticleText, expected: bool
) -> None:
    assert matches(query, reading) is expected
    assert holds(parse(query), reading) is expected


def test_only_terms_that_made_it_match_are_named_as_the_reason() -> None:
    query = parse("(korea near/10 talks) OR (missiles AND launch) OR (reuters NOT nothing)")
    explanation = explain(query, SUMMIT)
    assert explanation.because == ("korea", "talks", "reuters")
    assert "missiles" in explanation.found
    assert explain(parse("missiles launch"), SUMMIT).because == ("missiles",)


def test_marks_stand_on_the_words_as_they_were_written() -> None:
    reading = ArticleText(
        title="Straße nach São Paulo: “North Koreans” fire MISSILES",
        text="The ﬁrst missile flew; football did not. 北한 朝鲜领导人",
        language="en",
    )
    query = parse('("north korea*" OR missile OR strasse OR "sao paulo" OR 领导) NOT baseball')
    explanation = explain(query, reading)
    assert [reading.title[start:end] for start, end in explanation.title_marks] == [
        "Straße", "São Paulo", "North Koreans", "MISSILES",
    ]  # fmt: skip
    assert [reading.text[start:end] for start, end in explanation.text_marks] == [
        "missile", "领导",
    ]  # fmt: skip


# fmt: off
_WORDS = st.sampled_from([
    "kim", "korea", "peace", "talk*", '"peace talks"', "title:kim", "북한", '"북한"', "북한*",
    '"북한 미사일"', "朝鲜", '"朝鲜领"', "กา", "covid-19", '"kim korea*"', "lang:en", "lang:ko",
    "source:harbour", 'source:"harbour times"', "AI芯片", "title:朝鲜",
])
# fmt: on
_TEXTUAL = _WORDS.filter(lambda term: ":" not in term)
_NEARS = st.tuples(_TEXTUAL, _TEXTUAL, _TEXTUAL, st.integers(1, 4)).map(
    lambda drawn: f"({drawn[0]} OR {drawn[1]}) near/{drawn[3]} {drawn[2]}"
)
_QUERIES = st.recursive(
    _WORDS | _NEARS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} NOT {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"NOT (NOT {pair[0]} OR {pair[1]})"),
        st.tuples(inner, inner, inner).map(
            lambda drawn: f"of/2 ({drawn[0]} OR NOT {drawn[1]} OR {drawn[2]})"
        ),
    ),
    max_leaves=6,
)
# fmt: off
_PIECES = st.sampled_from([
    "kim", "korea", "korean", "peace", "talks", "talking", "the", "북한", "북한이", "북한군",
    "동북한", "미사일", "북한미사일을", "朝鲜领导", "朝鲜", "กา", "กาแฟ", "ก่า",
    "covid", "19", "covid19", "ai", "芯片", "AI芯片", "Covid-19,", "«Kim»", "ＫＩＭ",
])
# fmt: on
_TEXTS = st.lists(_PIECES, max_size=9).map(" ".join)


@given(
    st.lists(_QUERIES, min_size=1, max_size=6),
    _TEXTS,
    _TEXTS,
    st.sampled_from(["en", "ko", "zh", "th", ""]),
    st.sampled_from([(), ("The Harbour Times",), ("Times Harbour", "Reuters")]),
)
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
def test_one_pass_finds_what_a_slow_and_obvious_evaluator_finds(
    queries: list[str], title: str, text: str, language: str, names: tuple[str, ...]
) -> None:
    reading = ArticleText(title, text, language, names)
    parsed = dict(enumerate(map(parse, queries)))
    together = Matcher(parsed).match(reading)
    assert together == {at for at, query in parsed.items() if holds(query, reading)}
    assert together == {at for at, query in parsed.items() if explain(query, reading).matched}


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["", "en", "ko", "xx"]))
def test_no_text_makes_the_matcher_fail(title: str, text: str, language: str) -> None:
    query = parse('a OR "b c" OR 北 OR "조선" OR 조선* OR x near/2 y OR nu* OR source:a OR กา')
    reading = ArticleText(title, text, language, (text,))
    explanation = explain(query, reading)
    assert explanation.matched is (1 in Matcher({1: query}).match(reading))
    for words, marks in ((title, explanation.title_marks), (text, explanation.text_marks)):
        assert all(0 <= start < end <= len(words) for start, end in marks)


@given(st.text(max_size=80) | st.lists(_PIECES, max_size=30).map("，".join))
def test_an_article_is_split_as_its_folded_text_would_be(text: str) -> None:
    assert split(text) == tokens(fold(text))
