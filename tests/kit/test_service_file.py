"""A second shell speaks of the service that runs, and of none that has ended."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest import __main__ as command
from digest.kit import service_file

GIVEN = {
    "DIGEST_BASE_URL": "http://127.0.0.1:8007",
    "DIGEST_SMTP_URL": "smtp://its:25",
    "DIGEST_ALLOWED_RECIPIENTS": "*",
}


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in GIVEN:
        # Set and deleted, so that what is taken over is undone afterwards.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIGEST_HOME", str(tmp_path))
    service_file.write(tmp_path, GIVEN)
    return monkeypatch


def test_what_a_running_service_was_given_is_known_to_a_second_shell(
    shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command.know_the_running_service()
    assert {name: os.environ.get(name) for name in GIVEN} == GIVEN
    assert (tmp_path / "up.json").stat().st_mode & 0o077 == 0


def test_a_shell_with_a_relay_of_its_own_is_not_let_write_to_everybody(
    shell: pytest.MonkeyPatch,
) -> None:
    shell.setenv("DIGEST_SMTP_URL", "smtp://mine:25")
    command.know_the_running_service()
    assert os.environ["DIGEST_SMTP_URL"] == "smtp://mine:25"
    assert "DIGEST_ALLOWED_RECIPIENTS" not in os.environ
    assert "DIGEST_BASE_URL" not in os.environ


def test_the_file_of_a_service_that_ended_is_not_believed(tmp_path: Path) -> None:
    told = f"""
from pathlib import Path
from digest.kit import service_file
service_file.write(Path({str(tmp_path)!r}), {{"A": "b"}})
"""
    subprocess.run([sys.executable, "-c", told], check=True)
    assert service_file.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", '{"pid": "x"}', json.dumps({"pid": 1, "began": 0})])
def test_a_broken_file_is_no_service(tmp_path: Path, text: str) -> None:
    (tmp_path / "up.json").write_text(text)
    assert service_file.read(tmp_path) is None


HOLD = """
import sys
from collections.abc import Iterator
from pathlib import Path
from digest.kit import service_file
home = Path(sys.argv[1])
with service_file.only_one(home, say=print):
    for line in sys.stdin:
        if line.strip() == "end":
            break
        service_file.write(home, {"DIGEST_BASE_URL": "http://here"}, is_ending=line == "ending\\n")
        print("noted", flush=True)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A service that does as it is told: ``up``, ``ending``, ``end``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def tell(other: subprocess.Popen[str], word: str) -> None:
    assert other.stdin and other.stdout
    other.stdin.write(word + "\n")
    other.stdin.flush()
    if word != "end":
        assert other.stdout.readline() == "noted\n"


def test_of_two_services_on_one_folder_the_second_is_refused(
    other: subprocess.Popen[str], tmp_path: Path
) -> None:
    tell(other, "up")
    with (
        pytest.raises(service_file.RunsAlready, match=rf"process {other.pid}, http://here/"),
        service_file.only_one(tmp_path, say=print),
    ):
        pytest.fail("two run on one folder")


def test_one_that_is_ending_is_waited_for_and_one_that_was_killed_holds_nobody_up(
    other: subprocess.Popen[str], tmp_path: Path
) -> None:
    tell(other, "up")
    tell(other, "ending")
    said: list[str] = []

    def hear(words: str) -> None:
        said.append(words)
        tell(other, "end")

    with service_file.only_one(tmp_path, say=hear):
        assert len(said) == 1 and "waiting" in said[0]
        other.kill()
    with service_file.only_one(tmp_path, say=pytest.fail):
        pass


def test_whoever_waits_gives_up_in_the_end(other: subprocess.Popen[str], tmp_path: Path) -> None:
    tell(other, "ending")
    with (
        pytest.raises(service_file.RunsAlready, match="DIGEST_HOME of its own"),
        service_file.only_one(tmp_path, say=print, patience=0.2),
    ):
        pytest.fail("two run on one folder")
