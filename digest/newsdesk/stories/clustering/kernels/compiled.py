"""Machine code from plain loops over arrays, kept on disk so that it is made once.

What is compiled here runs for every article against hundreds of others; as calls of numpy it would
spend most of its time between them. ``NUMBA_DISABLE_JIT=1`` runs the same loops as plain Python. A
compiled function calls others of its own file only, and :mod:`.prefetching`: the copy on disk is
renewed with these two.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from numba import njit

_PREFETCHING = Path(__file__).with_name("prefetching.py")
_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """``function`` as machine code; where no folder can be written, compiled in each process."""
    source = Path(function.__code__.co_filename)
    forget_older(source, source.parent / "__pycache__", _PREFETCHING)
    try:
        return cast(_Function, njit(cache=True)(function))
    except RuntimeError:
        return cast(_Function, njit(function))


def forget_older(source: Path, folder: Path, *used: Path) -> None:
    """Remove the indexes of machine code in ``folder`` that are older than ``source``, or than what
    it has ``used``, of which numba does not know.

    numba reads an index before it looks whether the source has changed since, and an index that
    names a class which an upgrade has renamed cannot be read at all.
    """
    try:
        changed = max(each.stat().st_mtime for each in (source, *used))
        for index in folder.glob(f"{source.stem}.*.nbi"):
            if index.stat().st_mtime < changed:
                index.unlink(missing_ok=True)
    except OSError:  # another process was quicker, or the folder is not ours to write
        return
