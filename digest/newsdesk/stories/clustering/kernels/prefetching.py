"""Asking memory for what a loop reads soon, so that it need not wait for it then.

With hundreds of thousands of live articles what a loop reads next lies anywhere in hundreds of
megabytes, and the processor waits longer for it than it works on it. A loop that knows where it
will read a few turns on says so (T. Mowry, "Tolerating latency through software-controlled data
prefetching", 1994). It changes no result. As plain Python it does nothing.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

LINE = 16
"""Numbers of 32 bits that come with one look at memory."""
_READ, _KEEP, _DATA = 0, 3, 1


def prefetch(array: Any, at: int | np.integer[Any]) -> None:
    """Have what is at a position of ``array`` come near; it must be within. Positions count in
    the order of memory, whatever dimensions there are: none is looked up, for that costs as much.
    """


@intrinsic
def _ask(_: Any, array: Any, at: Any) -> Any:
    """The processor's own instruction, as LLVM names it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        there = builder.bitcast(builder.gep(held.data, [arguments[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        name = "llvm.prefetch.p0i8"
        asked = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
        builder.call(asked, [there, *(number(each) for each in (_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, at), generate


@overload(prefetch, strict=False)
def _prefetch(array: Any, at: Any) -> Any:
    return lambda array, at: _ask(array, at)  # type: ignore[call-arg]


def prefetch_row(array: Any, row: int | np.integer[Any]) -> None:
    """Have a row of an array of numbers of 32 bits, of two dimensions, come near."""


# Inlined, for a call that hands an array over costs more than is won.
@overload(prefetch_row, strict=False, jit_options={"forceinline": True})
def _prefetch_row(array: Any, row: Any) -> Any:
    def asked(array: Any, row: Any) -> None:
        wide = array.shape[1]
        for at in range(row * wide, (row + 1) * wide, LINE):
            prefetch(array, at)

    return asked
