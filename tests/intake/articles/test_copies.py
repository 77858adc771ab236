"""Copies of one wire text are recognised however outlets cut and dress them, and nothing else."""

import random
import time
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core.copies import (
    LEAST,
    RUN,
    ComparedText,
    _least_of_windows,
    are_copies,
    containment,
    fingerprints,
    shingles,
)
from digest.intake.articles.core.reading import minutes

WIRE = (
    "SEOUL (Reuters) - A passenger ferry with 212 people on board caught fire off the southern "
    "port of Yeosu early on Monday, the coast guard said, and two patrol ships and a helicopter "
    "were taking passengers off. Nobody was known to have died. The fire broke out on the lower "
    "car deck shortly before five in the morning, when most of those on board were asleep, and "
    "smoke reached the cabins within minutes, according to the ferry's operator. The ship left "
    "Jeju on Sunday evening. Prosecutors said they would look into when its extinguishers had last "
    "been inspected, after a similar fire on a sister ship in spring had injured eleven."
)
OTHER = (
    "The central bank left its key rate unchanged at three per cent on Monday and said that it "
    "saw inflation returning to its target by the middle of next year, in line with what most "
    "economists had expected. Two of the seven members of its board voted for a cut of a quarter "
    "of a point, the first dissent since the spring of last year, and the won fell."
)
_VOCABULARY = [f"{a}{b}" for a in "bcdfghjklmnprst" for b in ("alo", "ember", "ist", "urn", "ova")]


def words(seed: int, count: int = 150) -> str:
    chosen = random.Random(seed)
    return " ".join(chosen.choice(_VOCABULARY) for _ in range(count))


def report(text: str, source: str = "A", title: str = "T") -> ComparedText:
    return ComparedText(title, text, source)


@pytest.mark.parametrize(
    "copy",
    [
        WIRE,
        WIRE.upper(),
        WIRE.replace("SEOUL (Reuters) - ", ""),
        WIRE[:330],
        WIRE + " This newspaper's own correspondent adds: " + OTHER,
        WIRE.replace(". ", ".\n"),
        WIRE.replace("early on Monday", "before dawn on Monday"),
    ],
)
def test_a_wire_text_is_found_whole_cut_and_dressed(copy: str) -> None:
    assert set(fingerprints(WIRE)) & set(fingerprints(copy))
    assert are_copies(report(WIRE), report(copy, "B", "Another headline"))


@pytest.mark.parametrize(
    "other",
    [
        OTHER,
        "",
        "A passenger ferry caught fire.",
        # The same event in an outlet's own words.
        "Coast guard ships were evacuating a ferry off Yeosu on Monday morning after its car deck "
        "had gone up in flames. All 212 passengers are thought to be safe, officials told "
        "reporters at the port, where relatives had gathered since daybreak. The cause is not "
        "known; the operator spoke of thick smoke on the lower deck before five o'clock.",
    ],
)
def test_own_words_on_the_same_event_are_no_copy(other: str) -> None:
    assert not are_copies(report(WIRE), report(other, "B"))


def test_an_outlets_own_tables_are_no_copies_of_each_other() -> None:
    table = f"Closing prices of today in full: {words(1)}"
    one, two = report(table, title="Prices, Monday"), report(table, title="Prices, Tuesday")
    assert not are_copies(one, two)
    assert are_copies(one, report(table, title="prices, monday"))
    assert are_copies(one, report(table, "B", "Prices, Tuesday"))


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    report_zh = "韩国海警星期一凌晨说一艘载有二百一十二人的客轮在丽水附近海域起火巡逻船正在疏散乘客"
    assert containment(report_zh, f"本报讯{report_zh}") == 1.0
    assert set(fingerprints(report_zh)) & set(fingerprints(f"本报讯{report_zh}"))


def test_a_text_too_short_has_no_fingerprints() -> None:
    assert fingerprints("one two three four five six seven") == []
    assert fingerprints(" ".join(_VOCABULARY[: LEAST + 3])) == []
    assert fingerprints(" ".join(_VOCABULARY[: LEAST + 4]))


@given(st.lists(st.text("ab한é", min_size=1, max_size=2), max_size=40))
def test_a_run_has_one_hash_wherever_it_stands(words: list[str]) -> None:
    alone = [shingles(" ".join(words[at : at + RUN]))[0] for at in range(len(words) - RUN + 1)]
    assert shingles(" ".join(words)) == alone


@given(st.lists(st.integers(-9, 9), min_size=1), st.integers(1, 30))
def test_the_least_of_each_window_is_kept(values: list[int], width: int) -> None:
    width = min(width, len(values))
    expected = {min(values[at : at + width]) for at in range(len(values) - width + 1)}
    assert _least_of_windows(values, width) == expected


def test_a_run_in_another_order_is_another_run() -> None:
    words = ["a", "b", "c", "d", "e"]
    hashes = {shingles(" ".join(order))[0] for order in permutations(words)}
    assert len(hashes) == 120


def test_fingerprints_are_the_same_in_every_process() -> None:
    assert fingerprints(" ".join(str(number) for number in range(28))) == [-8092843223402139979]


@given(st.integers(0, 10**6), st.integers(0, 100))
def test_a_shared_run_of_words_is_a_shared_fingerprint(seed: int, cut: int) -> None:
    whole, strange = words(seed), words(seed + 1, 60)
    run = " ".join(whole.split()[cut : cut + 28])
    shared = set(fingerprints(whole)) & set(fingerprints(f"{strange} {run}"))
    assert shared or len(run.split()) < 28


@given(st.text(max_size=400))
def test_any_text_has_fingerprints_that_fit_a_bigint(text: str) -> None:
    assert all(-(2**63) <= each < 2**63 for each in fingerprints(text))
    assert len(fingerprints(text)) <= len(shingles(text))


def test_a_monstrous_text_costs_no_more_than_its_head() -> None:
    began = time.process_time()
    fingerprints("wort " * 1_000_000 + "字" * 100_000)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", None), ("word " * 99, None), ("word " * 100, 1), ("word " * 714, 3),
     ("字" * 199, None), ("字" * 1500, 3), ("字" * 500 + " word" * 238, 2)],
)  # fmt: skip
def test_reading_time_counts_words_or_characters(text: str, wanted: int | None) -> None:
    assert minutes(text) == wanted
