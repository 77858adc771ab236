"""Both halves of the tests run to their end, and both are told of."""

import sys
from pathlib import Path

import pytest

from tests import side_by_side

# Each says that it is there and waits until the other has said so: one after the other, neither
# would come to its end.
_MEETING = """
import sys, time
from pathlib import Path
folder, mine, other, code = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
(folder / mine).touch()
until = time.monotonic() + 60
while not (folder / other).exists():
    assert time.monotonic() < until, "the other half does not run"
    time.sleep(0.01)
print("words of the", mine, "half")
raise SystemExit(code)
"""


def half(folder: Path, mine: str, other: str, code: int) -> list[str]:
    return [sys.executable, "-c", _MEETING, str(folder), mine, other, str(code)]


@pytest.mark.parametrize(("quick", "slow"), [(0, 0), (1, 0), (0, 1), (3, 1)])
def test_both_run_at_once_to_their_end_and_say_how_it_was(
    quick: int, slow: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = side_by_side.run(
        half(tmp_path, "quick", "slow", quick), half(tmp_path, "slow", "quick", slow), kept=tmp_path
    )
    assert ended == (quick, slow)
    said = capfd.readouterr().out
    assert "words of the quick half" in said and "words of the slow half" in said


@pytest.mark.parametrize(
    ("ended", "again", "code"),
    [((0, 0), 1, 0), ((1, 0), 0, 1), ((0, 1), 0, 0), ((0, 1), 1, 1), ((1, 1), 0, 1)],
)
def test_a_failure_of_either_half_fails_all_unless_it_passes_alone(
    ended: tuple[int, int], again: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Done:
        returncode = again

    monkeypatch.setattr(side_by_side, "run", lambda *_, **__: ended)
    monkeypatch.setattr(side_by_side.subprocess, "run", lambda *_, **__: Done)
    assert side_by_side.main() == code


def test_no_test_is_in_neither_half_and_none_in_both() -> None:
    words = side_by_side.slow_words(Path("none"))
    assert side_by_side.quick_words()[1] == f"not ({words[1]})"
    assert "tests/chaos/test_faults.py" in words and "tests/browser/test_axe.py" in words
