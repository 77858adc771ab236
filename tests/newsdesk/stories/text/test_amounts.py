"""Numbers are one term however outlets write them, and no number's parts are terms of their own."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.newsdesk.stories.clustering.features import Arrival, frequencies
from digest.newsdesk.stories.text.amounts import plainly
from digest.newsdesk.stories.text.words import fold, term_keys


@pytest.mark.parametrize(
    ("language", "same"),
    [
        ("en", ["$60bn", "$60 billion", "$60-billion", "$60,000 million", "$60b", "60.0 Billion"]),
        ("en", ["140K jobs", "140,000 jobs", "140 thousand jobs", "140000 jobs", "0.14m jobs"]),
        ("en", ["the U.N. chief", "the UN chief"]),
        ("en", ["Washington D.C.", "Washington DC"]),
        ("de", ["140.000 Stellen", "140 Tsd Stellen", "140 tausend Stellen"]),
        ("de", ["1,5 Milliarden", "1,5 Mrd", "1500 Millionen", "1.500.000.000"]),
        ("fr", ["140 000 emplois", "140\u00a0000 emplois", "140.000 emplois", "140 mille emplois"]),
        ("es", ["2 mil millones", "2.000 millones", "2.000.000.000"]),
        ("ru", ["1,5 млрд рублей", "1,5 миллиарда рублей", "1500 млн рублей"]),
        ("vi", ["1,6 triệu người", "1.600.000 người"]),
        ("ja", ["3万人", "30,000人", "３万人"]),
        ("zh", ["1.2亿元", "120000000元", "12000万元"]),
        ("ko", ["5만명", "50,000명"]),
        ("pt", ["3 milhões", "3.000.000"]),
    ],
)  # fmt: skip
def test_one_number_is_one_term_however_it_is_written(language: str, same: list[str]) -> None:
    assert len(same) > 1
    found = {tuple(term_keys(plainly(fold(each), language), language)) for each in same}
    assert len(found) == 1, [plainly(fold(each), language) for each in same]
    assert found != {()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("prices rose 4.2 percent", "prices rose 5.4 percent"),
        ("719,000 claims", "800,000 claims"),
        ("$60bn", "$60m"),
        ("$6bn", "$60bn"),
    ],
)
def test_two_numbers_are_two_terms(one: str, other: str) -> None:
    assert term_keys(plainly(one, "en"), "en") != term_keys(plainly(other, "en"), "en")


def test_a_decimal_leaves_a_trace() -> None:
    """Its parts are single figures, which are no terms at all."""
    assert term_keys("rose 4.2", "en") == term_keys("rose", "en")
    assert len(term_keys(plainly("rose 4.2", "en"), "en")) == 2


@pytest.mark.parametrize(
    "text",
    ["on 28.11.2026", "at 10:30", "flight mh370", "version 1.2.3", "7-9 march", "in 2014 we",
     "9/11", "12m2", "5 bnp", "1 kg", "u.sports"],
)  # fmt: skip
def test_what_is_no_amount_stays_as_it_is(text: str) -> None:
    assert plainly(text, "en") == text


def test_reports_that_share_a_sum_of_money_share_its_term() -> None:
    one = frequencies(Arrival(1, 0.0, "China hits back with tariffs on $60bn of goods"))
    other = frequencies(Arrival(2, 0.0, "Beijing levies duties on another $60 billion in imports"))
    assert len(set(one.keys.tolist()) & set(other.keys.tolist())) == 1


@given(
    some.text(alphabet="0123456789.,- kmbnus百万億млрд", max_size=60),
    some.sampled_from(["en", "fr", "ja", "x"]),
)
def test_letters_that_are_no_scale_and_all_words_stay(text: str, language: str) -> None:
    words = f"ferry {text} quake"
    found = plainly(fold(words), language)
    assert found.startswith("ferry ") and found.endswith(" quake")


@pytest.mark.parametrize("text", ["1," * 5_000, "1" * 20_000, "1 000" * 5_000, "a." * 10_000])
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    for language in ("en", "fr"):
        plainly(text[:1_200], language)
    assert time.process_time() - began < 0.5
