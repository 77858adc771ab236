"""A shard's clusterer on disk: a process that starts takes it up and reads from the database only
what came since, where it would otherwise read days of articles, word by word.

The rows stay the truth. A snapshot only ever saves time: one that another release wrote, that was
torn, or whose last row the database does not know, is as good as none. Reading one makes nothing
but arrays, plain values and the clusterer's own classes.
"""

import gc
import hashlib
import json
import os
import pickle
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from digest.kit.apart.limits import raise_limit
from digest.kit.observe import log
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.links import EditorLinks

LEAST_LIVE = 5_000
"""Live articles below which none is written: so few are read from the database in seconds."""

_PART = ".part"
_LONGEST_WRITE = 3600.0
_OWN = "digest.newsdesk.stories."
_FOREIGN = {
    ("collections", "Counter"),
    ("collections", "deque"),
    ("itertools", "count"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    *((f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")),
    *((f"numpy.{core}.multiarray", "scalar") for core in ("core", "_core")),
}
_UNREADABLE = (OSError, ValueError, KeyError, TypeError)


class LastRow(NamedTuple):
    """The last row that a clusterer knows, and when it was written."""

    sequence: int
    article: int
    assigned_at: str


def write(path: Path, clusterer: Clusterer, mark: LastRow) -> bool:
    """Keep ``clusterer`` as it is after the row of ``mark``; whether that could be done."""
    labels, links = clusterer.labels, clusterer.links
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=_PART)
    except OSError as error:
        log.warning("stories could not be kept on disk", reason=str(error))
        return False
    try:
        # Labels come from the database, and editors' links too.
        clusterer.labels, clusterer.links = count(1), EditorLinks()
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps({"code": _code(), "mark": mark}).encode() + b"\n")
            pickle.Pickler(file, 5).dump(clusterer)
        Path(name).replace(path)
    except (OSError, pickle.PicklingError) as error:
        log.warning("stories could not be kept on disk", reason=str(error))
        return False
    finally:
        clusterer.labels, clusterer.links = labels, links
        # Gone by now, unless something came between, such as a task's time limit.
        Path(name).unlink(missing_ok=True)
    return True


def _clear(path: Path) -> None:
    """Remove what a process left that was killed while it wrote: as large as a snapshot each."""
    for left in path.parent.glob(f"{path.name}*{_PART}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LONGEST_WRITE:
                left.unlink()


def mark_of(path: Path) -> LastRow | None:
    """The row that the snapshot was taken after; None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return _mark(file.readline(1_000))
    except _UNREADABLE:
        return None


def read(path: Path) -> Clusterer | None:
    """The clusterer that was kept; its labels and links are still to be given. None if none is."""
    try:
        with path.open("rb") as file, _no_collection():
            if _mark(file.readline(1_000)) is None:
                return None
            found = _SnapshotReader(file).load()
    except Exception as error:
        # Bytes that are none of ours can fail in any way, and a start must not hang on them.
        if not isinstance(error, MemoryError):  # a length that is none asks for all there is
            raise_limit(error)
        log.warning("stories kept on disk cannot be read", reason=str(error))
        return None
    return found if isinstance(found, Clusterer) else None


class _SnapshotReader(pickle.Unpickler):
    """Makes nothing that a clusterer does not hold."""

    def find_class(self, module: str, name: str) -> Any:
        """The class by its name; refuses what is none of ours."""
        found = super().find_class(module, name) if self._is_known(module, name) else None
        if found is None or (
            module.startswith(_OWN) and not (isinstance(found, type) and found.__module__ == module)
        ):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a snapshot.")
        return found

    @staticmethod
    def _is_known(module: str, name: str) -> bool:
        return (module, name) in _FOREIGN or (module.startswith(_OWN) and name.isidentifier())


def _mark(head: bytes) -> LastRow | None:
    told = json.loads(head)
    if told["code"] != _code():
        return None
    sequence, article, assigned_at = told["mark"]
    return LastRow(int(sequence), int(article), str(assigned_at))


@cache
def _code() -> str:
    """What changes with every line of the code that a snapshot depends on."""
    room = Path(__file__).parent
    made = hashlib.sha256()
    for folder in ("clustering", "languages", "text"):
        for source in sorted((room / folder).rglob("*.py")):
            made.update(source.read_bytes())
    return made.hexdigest()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hundreds of thousands of small objects come, and none of them goes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
