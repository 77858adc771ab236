"""Asking memory ahead: it changes no result, and it really asks."""

import numpy as np
import pytest
from numba import config, njit

from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.kernels.prefetching import prefetch, prefetch_row


@compiled
def _sum(array: np.ndarray, ahead: int) -> float:
    total = 0.0
    for at in range(array.size):
        prefetch(array, min(at + ahead, array.size - 1))
        total += array[at]
    return total


def test_what_is_asked_for_ahead_is_read_as_before() -> None:
    for kind in (np.int32, np.int64, np.float32, np.float64, np.bool_):
        array = (np.arange(100) % 2).astype(kind)
        assert _sum(array, 16) == 50.0


@compiled
def _sums(rows: np.ndarray) -> np.ndarray:
    totals = np.zeros(rows.shape[0])
    for row in range(rows.shape[0]):
        prefetch_row(rows, min(row + 1, rows.shape[0] - 1))
        totals[row] = rows[row].sum()
    return totals


def test_rows_that_are_asked_for_ahead_are_read_as_before() -> None:
    for wide in (1, 15, 16, 40):
        rows = np.arange(6 * wide, dtype=np.float32).reshape(6, wide)
        assert _sums(rows).tolist() == rows.sum(1).tolist()


def test_as_plain_python_it_does_nothing() -> None:
    assert getattr(_sum, "py_func", _sum)(np.ones(10), 3) == 10.0


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="the loops run as plain Python")
def test_the_processor_is_asked() -> None:
    # Made anew: of machine code that was read from disk nothing can be seen.
    fresh = njit(_sum.py_func)  # type: ignore[attr-defined]
    fresh(np.ones(4), 1)
    assert any("llvm.prefetch" in code for code in fresh.inspect_llvm().values())
