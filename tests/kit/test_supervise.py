"""Children run as long as their supervisor does, no longer and no shorter."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from digest.kit.supervise import Child, ChildProcesses
from tests.deadlines import patience, until

pytestmark = pytest.mark.slow

SLEEP = "import time\nwhile True: time.sleep(1)"
# Writes its pid where the test looks, then sleeps.
NOTE = "import os, pathlib, sys\npathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n" + SLEEP
SUPERVISOR = """
import sys
from digest.kit.supervise import Child, supervise
notes = sys.argv[2:]
children = [Child(note, [sys.executable, "-c", sys.argv[1], note]) for note in notes]
raise SystemExit(supervise(children))
"""


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def noted(path: Path) -> int:
    """The pid that a child has written down, 0 while it has not."""
    try:
        return int(path.read_text() or 0)
    except OSError:
        return 0


@pytest.fixture
def notes(tmp_path: Path) -> list[Path]:
    return [tmp_path / "one", tmp_path / "two"]


@pytest.fixture
def supervisor(notes: list[Path]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, NOTE, *map(str, notes)], start_new_session=True
    )
    until(lambda: all(map(noted, notes)), "both children run")
    yield process
    process.kill()
    process.wait()
    for pid in map(noted, notes):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_child_that_died_is_started_again(
    supervisor: subprocess.Popen[bytes], notes: list[Path]
) -> None:
    died, other = map(noted, notes)
    os.kill(died, signal.SIGKILL)
    until(lambda: noted(notes[0]) not in {0, died}, "it was started again")
    assert alive(noted(notes[0]))
    assert noted(notes[1]) == other
    assert supervisor.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_of_them(
    supervisor: subprocess.Popen[bytes], notes: list[Path], number: signal.Signals
) -> None:
    supervisor.send_signal(number)
    assert supervisor.wait(patience(20)) == 0
    assert not any(alive(noted(note)) for note in notes)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux's")
def test_children_end_with_a_supervisor_that_was_killed(
    supervisor: subprocess.Popen[bytes], notes: list[Path]
) -> None:
    supervisor.kill()
    supervisor.wait()
    until(lambda: not any(alive(noted(note)) for note in notes), "the children have ended")


# As a server whose event loop is about to run, and forgets what it is told until then.
HARD_OF_HEARING = """
import os, signal
from digest.kit import supervise
supervise.end_with_parent()
told = []
def hear(*given):
    told.append(given)
    if len(told) == 2:
        os._exit(0)
signal.signal(signal.SIGTERM, hear)
"""


def test_a_child_that_missed_its_signal_is_told_again(tmp_path: Path) -> None:
    note = tmp_path / "one"
    child = HARD_OF_HEARING + NOTE
    above = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    process = subprocess.Popen([sys.executable, "-c", above, child, str(note)])
    try:
        until(lambda: noted(note), "the child runs")
    finally:
        process.kill()
        process.wait()
    until(lambda: not alive(noted(note)), "the child has ended")


def test_a_child_that_keeps_failing_is_tried_less_and_less_often() -> None:
    with ChildProcesses([Child("hasty", [sys.executable, "-c", "raise SystemExit(3)"])]) as crew:
        pids: set[int] = set()
        began = time.monotonic()
        starts: list[float] = []
        while len(pids) < 4:
            assert time.monotonic() - began < 30
            crew.look()
            if crew.pid("hasty") not in pids:
                pids.add(crew.pid("hasty"))
                starts.append(time.monotonic())
            time.sleep(0.005)
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4
    assert pauses[2] >= 0.8


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + NOTE
    note = tmp_path / "note"
    crew = ChildProcesses([Child("stubborn", [sys.executable, "-c", stubborn, str(note)])])
    with crew:
        until(lambda: noted(note), "it runs")
        crew.end(patience=0.3)
        assert not alive(noted(note))


def test_children_get_their_environment_and_their_log(tmp_path: Path) -> None:
    script = "import os; print(os.environ['DIGEST_COLOUR'], flush=True)"
    child = Child("speaker", [sys.executable, "-c", script], {"DIGEST_COLOUR": "teal"})
    with ChildProcesses([child], log_folder=str(tmp_path)):
        until(lambda: (tmp_path / "speaker.log").read_text(), "it has spoken")
    assert (tmp_path / "speaker.log").read_text() == "teal\n"


def test_a_child_with_one_task_is_started_again_only_when_it_failed(tmp_path: Path) -> None:
    note = tmp_path / "starts"
    told = f"""
import sys
with open({str(note)!r}, "a+") as file:
    file.write("x")
    file.seek(0)
    sys.exit(0 if len(file.read()) > 1 else 3)
"""
    child = Child("task", [sys.executable, "-c", told], once=True)
    with ChildProcesses([child]) as running:

        def settled() -> bool:
            running.look()
            return note.exists() and note.read_text() == "xx"

        until(settled, "it failed once and was started again")
        until(lambda: not alive(running.pid("task")), "the second one ended")
        for _ in range(20):
            running.look()
    assert note.read_text() == "xx"
