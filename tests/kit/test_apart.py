"""A call in a process apart ends by itself, or is ended, and the next one finds a process."""

import mmap
import os
import re
import resource
import signal
import time
from collections.abc import Iterator

import pytest

from digest.kit.apart import process as apart
from digest.kit.apart.limits import raise_limit
from digest.kit.apart.process import Apart, Killed


@pytest.fixture
def process() -> Iterator[Apart]:
    running = Apart()
    yield running
    running.close()


def echoed(body: bytes, *more: object) -> object:
    return len(body), more


def failing(body: bytes) -> None:
    raise LookupError(body.decode())


def spinning(body: bytes) -> None:
    while True:
        try:
            re.match(r"(a+)+$", "a" * 40 + "b")
        except Exception:
            continue


def sleeping(body: bytes) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def hoarding(body: bytes) -> int:
    return len([bytes(1000) + str(n).encode() for n in range(400_000)])


def dying(body: bytes) -> None:
    os.abort()


_kept: list[mmap.mmap] = []


def hollowing(body: bytes, size: int) -> int:
    """Leaves addresses behind that count as data, without a page in them."""
    mapped = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    mapped.write(b"x" * size)
    mapped.madvise(mmap.MADV_DONTNEED)
    _kept.append(mapped)
    return os.getpid()


def room(body: bytes) -> tuple[int, int]:
    """Who answers, and how many bytes it may fill beyond what it holds."""
    memory = apart._Memory.now()
    allowed = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return os.getpid(), allowed - (memory.data - memory.hollow)


def printing(body: bytes) -> str:
    print("hello")
    return "said"


HERE = "tests.kit.test_apart:"
MB = 1024 * 1024


def test_a_call_brings_its_answer(process: Apart) -> None:
    assert process.call(HERE + "echoed", b"x" * 3_000_000, {"a": 1}) == (3_000_000, ({"a": 1},))
    assert process.call(HERE + "printing", b"") == "said"


def test_what_a_call_raises_is_raised_here_and_ends_nothing(process: Apart) -> None:
    with pytest.raises(LookupError, match="nobody"):
        process.call(HERE + "failing", b"nobody")
    assert process.call(HERE + "echoed", b"") == (0, ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "reason"),
    [("spinning", "seconds of computing"), ("sleeping", "seconds of computing"),
     ("hoarding", "more memory"), ("dying", "died")],
)  # fmt: skip
def test_a_call_beyond_its_limits_is_killed_and_the_next_is_answered(
    process: Apart, monkeypatch: pytest.MonkeyPatch, function: str, reason: str
) -> None:
    monkeypatch.setattr(apart, "CPU_SECONDS", 1)
    monkeypatch.setattr(apart, "WALL_FACTOR", -18.0 if function == "sleeping" else 100)
    found = process.call(HERE + function, b"")
    assert isinstance(found, Killed) and reason in found.reason and found.reason.endswith(".")
    monkeypatch.undo()
    assert process.call(HERE + "echoed", b"") == (0, ())


def test_what_earlier_calls_left_empty_is_part_of_what_a_call_may_fill(process: Apart) -> None:
    first, before = process.call(f"{HERE}room", b"")
    assert process.call(f"{HERE}hollowing", b"", 5 * MB) == first
    same, after = process.call(f"{HERE}room", b"")
    assert same == first
    assert abs(after - before) < MB, "the same, whatever was there before"


def test_a_process_of_which_much_lies_empty_is_replaced(process: Apart) -> None:
    hollow = process.call(f"{HERE}hollowing", b"", 40 * MB)
    assert process.call(f"{HERE}room", b"")[0] != hollow


def test_a_process_that_died_while_idle_is_replaced(process: Apart) -> None:
    process.call(HERE + "echoed", b"")
    assert process._process is not None
    process._process.kill()
    process._process.wait(30)
    assert process.call(HERE + "echoed", b"ab") == (2, ())


class SoftTimeLimitExceeded(Exception):
    """As a worker's library calls it."""


@pytest.mark.parametrize("limit", [MemoryError(), SoftTimeLimitExceeded()])
def test_limits_pass_handlers_of_any_error(limit: Exception) -> None:
    with pytest.raises(type(limit)):
        raise_limit(limit)
    raise_limit(ValueError())
