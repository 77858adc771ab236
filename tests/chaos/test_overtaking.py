"""Beside a digest of thousands an alert is out in no time: the bench, in short."""

import pytest

from tests.scenes.finished import finished_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_an_alert_overtakes_a_digest_of_5000() -> None:
    found = finished_run(
        "tests.bench.alert", "--digest", "5000", "--readers", "200", "--delay-ms", "20",
        "--connections", "10", "--channels", "email,webpush,telegram", "--runs", "1",
        "--rest", "0", "--pace", "", "--json",
    )  # fmt: skip
    # On all channels at once, and then on each alone.
    assert [each["together"] for each in found["runs"]] == [3, 3, 3, 1, 1, 1]
    assert [each["channel"] for each in found["runs"]] == ["email", "webpush", "telegram"] * 2
    for each in found["runs"]:
        assert each["accepted"] == 200 and each["digest_under_way"]
        # Seconds are told to the hundredth.
        assert 0 < each["first_ms"] <= 1000 * each["p50_s"] + 5
        assert each["p50_s"] <= each["all_s"]
