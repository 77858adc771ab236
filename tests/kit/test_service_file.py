"""A second shell speaks of the service that runs, and of none that has ended."""

import json
import os
import subprocess
import sys
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
