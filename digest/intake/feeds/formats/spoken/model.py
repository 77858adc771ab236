"""py3langid's model in a third of its memory, with the same answers.

Its table of moves (for each state of an automaton and each byte the next state, 41 MB) repeats
itself: of 300,000 runs of 32 moves one in six is new. Each is kept once. The file is read piece by
piece, so that loading it takes no more than what stays.
"""

import lzma
import shutil
import tempfile
import zipfile
from array import array
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import IO, Any

import numpy as np
from py3langid.langid import (  # type: ignore[import-untyped]
    MODEL_DIR,
    MODEL_FILE,
    RAW_FLOOR,
    LanguageIdentifier,
)

_RUN = 32
_SHIFT = 5
_RUNS_A_ROW = 256 // _RUN
_HIGH = bytes(byte >> _SHIFT for byte in range(256))
_LOW = bytes(byte & (_RUN - 1) for byte in range(256))


class CompactIdentifier(LanguageIdentifier):  # type: ignore[misc]
    """An identifier that walks runs of moves; all else is py3langid's."""

    def __init__(self, runs: "array[int]", index: "array[int]", *model: Any, **more: Any) -> None:
        super().__init__(*model, **more)
        self._runs, self._index = runs, index
        self._rows = array("I", (row * _RUNS_A_ROW for row in self.tk_row))

    def _raw_score(self, text: bytes) -> Any:
        runs, index, rows, out = self._runs, self._index, self._rows, self.tk_output
        state = 0
        states: list[int] = []
        append = states.append
        for high, low in zip(text.translate(_HIGH), text.translate(_LOW), strict=True):
            state = runs[index[rows[state] + high] + low]
            append(state)
        # What a state stands for is looked up once for each that was met.
        found: Counter[int] = Counter()
        for state, times in Counter(states).items():
            feature = out[state]
            if feature >= 0:
                found[feature] += times
        if found:
            return self._sparse_score(found, self.nb_ptc)
        fill = 0.0 if self._norm_probs else RAW_FLOOR
        return np.full(len(self.nb_classes), fill, dtype=np.float32)


@cache
def identifier() -> Any:
    """Loaded at first use: it takes a second and 40 MB. With probabilities."""
    try:
        with lzma.open(MODEL_DIR / MODEL_FILE) as packed:
            return _compact(packed)
    except (KeyError, ValueError, OSError, TypeError):
        # Another release lays its file out otherwise; then it knows how.
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _compact(packed: IO[bytes]) -> CompactIdentifier:
    """The model out of its compressed archive, which is unpacked on disk, never in memory."""
    with tempfile.TemporaryFile() as unpacked:
        shutil.copyfileobj(packed, unpacked, length=1 << 20)
        with zipfile.ZipFile(unpacked) as archive:
            # First, because what it takes meanwhile is free again when the largest comes.
            runs, index = _runs(archive)
            parts = {
                name: _array(archive, name)
                for name in ("ptc", "pc", "classes", "nextmove_row", "out_feat")
            }
    return CompactIdentifier(
        runs, index, parts["ptc"], parts["pc"], parts["classes"].tolist(), None,
        array("i", parts["out_feat"].astype(np.int32).tobytes()),
        norm_probs=True, tk_row=_unsigned(parts["nextmove_row"]),
    )  # fmt: skip


def _array(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(f"{name}.npy") as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _unsigned(values: Any) -> "array[int]":
    return array("I", values.astype(np.uint32).tobytes())


def _runs(archive: zipfile.ZipFile) -> "tuple[array[int], array[int]]":
    """The distinct runs of moves one after the other, and for each run of a row where it stands."""
    places: dict[bytes, int] = {}
    index = array("I")
    with archive.open("nextmove.npy") as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise ValueError("another version of the format")
        _, _, kind = np.lib.format.read_array_header_1_0(member)
        size = _RUN * kind.itemsize
        while piece := member.read(size * 4096):
            index.extend(
                places.setdefault(piece[at : at + size], len(places) * _RUN)
                for at in range(0, len(piece), size)
            )
    runs = array("I")
    for run in places:
        runs.frombytes(np.frombuffer(run, kind).astype(np.uint32).tobytes())
    return runs, index


def get_ready() -> None:
    """Load the model, and let BLAS take the addresses it takes once, some 32 MB of them."""
    classify(["The council votes on the harbour plan."])
    square = np.ones((300, 300), dtype=np.float32)
    square @ square


def classify(texts: Sequence[str]) -> list[tuple[str, float]]:
    """For each text the likeliest language, by the model's code, and its probability."""
    model = identifier()
    return [model.classify(text) for text in texts]
