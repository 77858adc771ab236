"""The metric against worked examples, and the command on a stream."""

import json
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.evaluate import BadStream, evaluate, read, squeeze
from digest.newsdesk.stories.clustering.score import bcubed, pairwise


def test_bcubed_of_a_worked_example() -> None:
    # Clusters {a a a b} {b b c}: P = (3·¾ + ¼ + 2·⅔ + ⅓) / 7, R = (3 + ⅓ + 2·⅔ + 1) / 7.
    found = [1, 1, 1, 1, 2, 2, 2]
    gold = ["a", "a", "a", "b", "b", "b", "c"]
    agreement = bcubed(found, gold)
    assert agreement.precision == pytest.approx((9 / 4 + 1 / 4 + 4 / 3 + 1 / 3) / 7)
    assert agreement.recall == pytest.approx((3 + 1 / 3 + 4 / 3 + 1) / 7)


def test_pairwise_counts_pairs() -> None:
    found = [1, 1, 1, 1, 2, 2, 2]
    gold = ["a", "a", "a", "b", "b", "b", "c"]
    # 9 pairs found, 6 gold, 3 + 1 of them the same.
    agreement = pairwise(found, gold)
    assert (agreement.precision, agreement.recall) == (pytest.approx(4 / 9), pytest.approx(4 / 6))
    assert agreement.f1 == pytest.approx(8 / 15)


def test_one_blob_has_full_recall_and_singletons_full_precision() -> None:
    gold = ["a", "a", "b", "c"]
    assert bcubed([1] * 4, gold).recall == 1
    assert bcubed([1] * 4, gold).precision == pytest.approx((2 * 0.5 + 2 * 0.25) / 4)
    assert bcubed([1, 2, 3, 4], gold).precision == 1
    assert bcubed([1, 2, 3, 4], gold).recall == pytest.approx(3 / 4)
    assert bcubed([], []).f1 == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_the_metric_is_bounded_symmetric_and_one_for_the_same_grouping(
    pairs: list[tuple[int, int]],
) -> None:
    found, gold = zip(*pairs, strict=True)
    there, back = bcubed(found, gold), bcubed(gold, found)
    assert 0 < there.f1 <= 1
    assert (there.precision, there.recall) == (
        pytest.approx(back.recall),
        pytest.approx(back.precision),
    )
    assert bcubed(found, [-each for each in found]).f1 == pytest.approx(1)
    assert pairwise(found, [-each for each in found]).f1 == pytest.approx(1)


def line(number: int, title: str, story: str, minute: int = 0) -> str:
    row = {
        "id": f"n{number}",
        "title": title,
        "text": "",
        "published": f"2026-01-01T00:{minute:02}",
    }
    return json.dumps({**row, "lang": "en", "source": "x", "story": story})


STREAM = [
    line(1, "Ferry sinks off Port Lorn with two hundred aboard", "ferry"),
    line(2, "Parliament passes budget after night of talks", "budget", 1),
    line(3, "Two hundred aboard ferry that sank off Port Lorn", "ferry", 2),
    line(4, "Budget passes parliament after talks through the night", "budget", 3),
]


def test_a_stream_is_clustered_without_its_gold_labels() -> None:
    done = evaluate(read(STREAM))
    assert done.figures["bcubed_f1"] == done.figures["pairwise_f1"] == 1
    shuffled = [each.replace('"ferry"', '"budget"') for each in STREAM]
    assert evaluate(read(shuffled)).final == done.final


def test_a_squeezed_stream_keeps_its_start_and_its_order_in_less_time() -> None:
    times = [each.arrival.at for each in read(STREAM)]
    squeezed = [each.arrival.at for each in squeeze(read(STREAM), 30)]
    assert squeezed == pytest.approx([times[0] + (each - times[0]) / 10 for each in times])


def test_the_command_prints_the_figures_and_writes_the_labels(tmp_path: Path) -> None:
    file, labels = tmp_path / "stream.jsonl", tmp_path / "labels.jsonl"
    file.write_text("\n".join(STREAM), encoding="utf-8")
    out = StringIO()
    call_command("evaluate", "stories", str(file), "--labels", str(labels), "--json", stdout=out)
    figures = json.loads(out.getvalue().splitlines()[-1])
    assert set(figures) >= {
        "bcubed_precision", "bcubed_recall", "bcubed_f1", "pairwise_f1", "bcubed_f1_first",
        "clusters", "gold_clusters", "articles_per_s", "p99_ms", "rss_mb",
    }  # fmt: skip
    rows = [json.loads(each) for each in labels.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["n1", "n2", "n3", "n4"]
    assert rows[0]["final"] == rows[2]["final"] != rows[1]["final"]
    assert set(rows[0]) == {"id", "first", "as_sent", "final"}


def test_labels_as_sent_are_those_that_stood_at_seven(tmp_path: Path) -> None:
    """The one that came before 07:00 with what was known then; later mending does not count."""
    told = [json.loads(each) for each in STREAM]
    for row, hour in zip(told, ("05", "06", "06", "08"), strict=True):
        row["published"] = f"2026-01-01T{hour}:30"
    done = evaluate(read(json.dumps(row) for row in told))
    assert done.as_sent[0] == done.as_sent[2] != done.as_sent[1]
    assert done.figures["bcubed_f1_as_sent"] == done.figures["pairwise_f1_as_sent"] == 1
    file = tmp_path / "stream.jsonl"
    file.write_text("\n".join(STREAM), encoding="utf-8")
    out = StringIO()
    call_command("evaluate", "stories", str(file), stdout=out)
    shown = out.getvalue().splitlines()
    assert [line.split(",")[0].split("  ")[0] for line in shown[1:5]] == [
        "first label", "as sent", "final label", "every report left alone",
    ]  # fmt: skip
    assert shown[3].split()[-2:] == ["1.0000", "1.0000"]
    assert shown[4].split()[-2:] == ["0.6667", "0.0000"]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("{", "Line 1 is not JSON"),
        ('{"id": "1"}', "lacks 'published'"),
        ('{"id": "1", "published": "today", "story": "s"}', "not an ISO 8601 time"),
        ("[]", "Line 1"),
    ],
)
def test_a_line_that_is_no_article_is_named(bad: str, words: str) -> None:
    with pytest.raises(BadStream, match=words):
        list(read([bad]))


def test_a_file_that_is_not_there_is_an_error_in_words() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("evaluate", "stories", "/nowhere/at/all.jsonl")


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("DIGEST_DATA"), reason="DIGEST_DATA is not set")
def test_labelled_streams_are_grouped_well() -> None:
    streams = sorted(Path(os.environ["DIGEST_DATA"], "streams").glob("*.jsonl"))
    assert streams
    for path in streams:
        with path.open(encoding="utf-8") as lines:
            figures = evaluate(read(lines)).figures
        if path.name.startswith("languages"):
            continue
        assert figures["bcubed_f1"] >= 0.89, path.name
        assert figures["bcubed_f1_first"] >= 0.8, path.name
        assert figures["pairwise_f1"] >= 0.65, path.name
