"""Machine code from plain loops over arrays, kept on disk so that it is made once.

What is compiled here runs for every article against hundreds of others; as calls of numpy it would
spend most of its time between them. ``NUMBA_DISABLE_JIT=1`` runs the same loops as plain Python. A
compiled function calls others of its own file only: the copy on disk is renewed with its file.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """``function`` as machine code; where no folder can be written, compiled in each process."""
    try:
        return cast(_Function, njit(cache=True)(function))
    except RuntimeError:
        return cast(_Function, njit(function))
