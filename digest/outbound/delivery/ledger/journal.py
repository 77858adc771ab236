"""The journal of a run: a file on this machine, an intent before each final byte.

A plain write reaches the kernel, so it survives the kill of any process; it is synced five times a
second for the day the whole machine is lost. The living run holds a lock on its file. When the
lock is free the run is dead, and what it left behind can be settled exactly: ``recover``.
"""

import fcntl
import os
import struct
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Self

_MAGIC = b"DIGESTJ1"
_HEADER = struct.Struct("<8s16sq36s")
_RECORD = struct.Struct("<Bq")
_SUFFIX = ".journal"
_DRAFT = ".new"
# A draft lives for the blink between its making and its renaming; one so many seconds old is
# nobody's even where its lock was not taken yet.
_DRAFT_LIFE = 60.0
SYNC_EVERY = 0.2


class IntentState(IntEnum):
    """What one record says of an address."""

    INTENT = 1
    ACCEPTED = 2
    REFUSED = 3


class Journal:
    """The write side, for one run; see the module's text. Not shared between processes."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._gathered = bytearray()
        self._synced = True

    @classmethod
    def open(cls, folder: Path, run: uuid.UUID, send_id: int) -> Self:
        """Begin the journal of ``run``. Raises OSError when the folder cannot be written."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run}{_SUFFIX}"
        # Locked before it bears its name, so that nobody takes it for a dead run's.
        draft = folder / f"{run}{_DRAFT}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, _HEADER.pack(_MAGIC, run.bytes, send_id, boot()))
            os.fsync(handle)
            draft.rename(path)
            _sync_folder(folder)
        except BaseException:
            os.close(handle)
            raise
        return cls(path, handle)

    def intend(self, address_id: int) -> None:
        """Note that the final byte is about to leave; it counts after :meth:`seal`."""
        self._gathered += _RECORD.pack(IntentState.INTENT, address_id)

    def answered(self, address_id: int, *, accepted: bool) -> None:
        """Note the answer to an intent."""
        state = IntentState.ACCEPTED if accepted else IntentState.REFUSED
        self._gathered += _RECORD.pack(state, address_id)

    def seal(self) -> None:
        """Hand what was noted to the kernel. Raises OSError, and then nothing may be sent."""
        gathered = self._gathered
        if gathered:
            written = os.write(self._handle, gathered)
            self._synced = False
            # What is behind a torn record would be misread, so the rest goes on where it tore.
            del gathered[:written]
            if gathered:
                raise OSError("the journal was written in part: the disk is full")

    def sync(self) -> None:
        """Bring it to the disk. Blocks: call it in a thread."""
        if not self._synced:
            self._synced = True
            os.fdatasync(self._handle)

    def close(self, *, settled: bool) -> None:
        """End the run. ``settled``: the ledger has all of it, so the file can go.

        Otherwise it stays, its lock freed, for whoever sweeps next.
        """
        if self._handle < 0:
            return
        if settled:
            self.path.unlink(missing_ok=True)
        else:
            try:
                self.seal()
            except OSError:
                pass  # the sweeper then counts more as lost than was
        os.close(self._handle)
        self._handle = -1


@dataclass(frozen=True, slots=True)
class Legacy:
    """What a dead run left: by address the last thing it noted.

    ``same_boot`` is False when the machine went down since, which may have cost the last records.
    """

    run: uuid.UUID
    send_id: int
    states: dict[int, IntentState]
    same_boot: bool

    def of(self, state: IntentState) -> list[int]:
        """The addresses whose last record is ``state``."""
        return [address for address, last in self.states.items() if last is state]


class Estate:
    """A dead run's journal in our hands: nobody else will settle it meanwhile."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    def read(self) -> Legacy | None:
        """What it says; None when not even its first line reached the disk."""
        return read(self._path.read_bytes())

    def close(self, *, settled: bool) -> None:
        """Remove the file when it is settled, otherwise leave it to the next."""
        if settled:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)


def read(content: bytes) -> Legacy | None:
    """A journal's records. A torn last one is none; None for a file without a whole header."""
    if len(content) < _HEADER.size:
        return None
    magic, run, send_id, booted = _HEADER.unpack_from(content)
    if magic != _MAGIC:
        return None
    whole = (len(content) - _HEADER.size) // _RECORD.size * _RECORD.size
    states: dict[int, IntentState] = {}
    for state, address_id in _RECORD.iter_unpack(content[_HEADER.size : _HEADER.size + whole]):
        try:
            states[address_id] = IntentState(state)
        except ValueError:
            break  # zeros that a lost machine left at the end
    return Legacy(uuid.UUID(bytes=run), send_id, states, same_boot=booted == boot())


def discard_drafts(folder: Path) -> int:
    """Remove what runs left that were killed before they began; returns how many files.

    Such a run has claimed nothing. A file whose run lives is locked, or was made a moment ago.
    """
    gone = 0
    for path in folder.glob(f"*{_DRAFT}"):
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if abs(time.time() - os.fstat(handle).st_mtime) > _DRAFT_LIFE:
                path.unlink(missing_ok=True)
                gone += 1
        except BlockingIOError:
            pass
        finally:
            os.close(handle)
    return gone


def orphans(folder: Path) -> Iterator[Estate]:
    """The journals of dead runs on this machine, each locked while it is in hand."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        if not path.exists():  # settled while we waited for nothing
            os.close(handle)
            continue
        yield Estate(path, handle)


@cache
def boot() -> bytes:
    """Which start of the machine this is, 36 bytes; the same for all its containers."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip().ljust(36)[:36]
    except OSError:
        return b"unknown".ljust(36)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
