"""Every command with the database or the broker down: one line that says what to do."""

import json
import os
import shlex
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
import redis

from digest import __main__ as command
from tests.house import test_docs

# They run for themselves, or tell of the parts as they are.
_OTHERS = {"up", "demo", "doctor", "diffsettings", "evaluate"}
# Each is tried with what the document has it called with; a file need not be there.
_LINES = [
    words[1:]
    for words in map(shlex.split, test_docs.examples("docs/commands.md", "digest"))
    if words[1] not in _OTHERS
]
_TRY = """
import contextlib, io, json, sys, traceback
from digest.__main__ import main
found = []
for words in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(words)
        except BaseException:
            code = traceback.format_exc()
    found.append([words, code, said.getvalue()])
print(json.dumps(found))
"""


def tried(lines: list[list[str]], home: Path, **addresses: str) -> list[tuple[str, int, str]]:
    """The exit code of each line and what it said on standard error; a traceback as the code."""
    done = subprocess.run(
        [sys.executable, "-c", _TRY],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ | addresses | {"DIGEST_HOME": str(home), "DIGEST_PRODUCTION": "0"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [(" ".join(each), *rest) for each, *rest in json.loads(done.stdout.splitlines()[-1])]


def one_line(said: str, setting: str) -> bool:
    lines = [line for line in said.splitlines() if line]
    return len(lines) == 1 and lines[0].startswith("digest: ") and setting in lines[0]


def test_every_command_of_the_document_is_tried() -> None:
    assert {words[0] for words in _LINES} == test_docs.command_names() - _OTHERS


@pytest.mark.timeout(300)
def test_without_a_database_each_command_says_so_in_one_line(tmp_path: Path) -> None:
    nobody = "127.0.0.1:1"
    for line, code, said in tried(
        [*_LINES, ["migrate"]],
        tmp_path,
        DATABASE_URL=f"postgresql://me:secret@{nobody}/digest",
        REDIS_URL=f"redis://{nobody}/0",
    ):
        assert code == 2, (line, code, said)
        assert one_line(said, "DATABASE_URL"), (line, said)
        assert "secret" not in said


@pytest.mark.parametrize(
    "error",
    [redis.ConnectionError("Error 111 connecting"), redis.ResponseError("OOM")],
)
def test_a_broker_that_fails_a_command_is_named_in_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(words: list[str]) -> int:
        raise error

    monkeypatch.setattr(command, "_django", fails)
    monkeypatch.setattr(command, "parts", nullcontext)
    monkeypatch.setattr(command, "bring_tables_up_to_date", lambda: None)
    assert command.main(["quiet"]) == 2
    assert one_line(capsys.readouterr().err, "REDIS_URL")
    with pytest.raises(type(error)):
        command.main(["quiet", "--traceback"])


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(words: list[str]) -> int:
        raise KeyError("a fault")

    monkeypatch.setattr(command, "_django", fails)
    monkeypatch.setattr(command, "parts", nullcontext)
    monkeypatch.setattr(command, "bring_tables_up_to_date", lambda: None)
    with pytest.raises(KeyError):
        command.main(["quiet"])
