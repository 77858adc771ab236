"""The vectors of texts, asked of a plug-in that may be absent, slow or broken, and remembered."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from hashlib import blake2b

from digest.kit.apart.limits import raise_limit
from digest.kit.observe import log
from digest.kit.text import cut
from digest.newsdesk.stories.languages.embedder import (
    Embedder,
    Unusable,
    Vector,
    checked,
    chosen,
    load,
)

_BATCH = 64
_LONGEST = 2_000
"""Characters of a text that are shown to the model."""
_KEPT = 10_000
"""Vectors remembered: the stories of some days, 15 MB where a vector has 384 numbers."""
_FIRST_BATCH = 4
"""Texts asked about before it is known how long one takes."""
PATIENCE = 6.0
"""Seconds that texts are asked about for, unless told otherwise: new articles wait meanwhile to be
put into stories. What was not asked about is, the next time."""
REST = 600.0
"""Seconds that an embedder which failed is left alone."""


class Embeddings:
    """Asks an embedder, loaded when first needed, in batches, and never twice for one text."""

    def __init__(
        self, load: Callable[[], Embedder], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._clock = clock
        self._embedder: Embedder | None = None
        self._known: OrderedDict[bytes, Vector] = OrderedDict()
        self._width = 0
        self._rests_until = float("-inf")
        self._said = ""
        self._takes: float | None = None

    def of(self, texts: Iterable[str], *, within: float = PATIENCE) -> dict[str, Vector]:
        """A vector of length 1 by text; the first texts matter most. Never raises.

        Texts are missing where the embedder fails, which is logged once per reason, or where it
        would take longer than ``within``, in seconds. Never call it inside a transaction.
        """
        keys = {text: _key(text) for text in texts}
        self._ask([text for text, key in keys.items() if key not in self._known], within)
        found = {}
        for text, key in keys.items():
            if key in self._known:
                self._known.move_to_end(key)
                found[text] = self._known[key]
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    def made_by(self) -> str:
        """The embedder and its version, loaded now if need be; empty where it cannot be had.

        Never raises.
        """
        if self._clock() < self._rests_until:
            return ""
        try:
            embedder = self._ready()
            return cut(f"{embedder.name}, {embedder.version}", 200)
        except Exception as error:
            raise_limit(error)
            self._rest(error)
            return ""

    def alike(self, wished: float) -> float:
        """The cosine from which texts are alike: as wished, or what the model asks if more."""
        return max(wished, float(getattr(self._embedder, "alike", 0.0)))

    def _ask(self, texts: Sequence[str], within: float) -> None:
        if not texts or self._clock() < self._rests_until:
            return
        try:
            embedder = self._ready()
            until = self._clock() + within
            start = 0
            while batch := texts[start : start + self._fitting(until)]:
                start += len(batch)
                begun = self._clock()
                rows = checked(embedder.embed([text[:_LONGEST] for text in batch]), len(batch))
                self._takes = (self._clock() - begun) / len(batch)
                self._width = self._width or rows.shape[1]
                if rows.shape[1] != self._width:
                    raise Unusable(f"It gave {rows.shape[1]} numbers a text after {self._width}.")
                # A view of a row would keep its whole batch in memory.
                self._known |= {
                    _key(text): row.copy() for text, row in zip(batch, rows, strict=True)
                }
        except Exception as error:
            raise_limit(error)
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        # A stranger's model: whatever it raises, stories go on without it.
        self._rests_until = self._clock() + REST
        self._say(f"{type(error).__name__}: {error}")

    def _fitting(self, until: float) -> int:
        """How many texts may be asked about at once, so that it is done in time, judged by the last
        batch. A batch of a fixed size is seconds on one machine and a minute on a busy one."""
        left = until - self._clock()
        if left <= 0:
            return 0
        if self._takes is None:
            return _FIRST_BATCH
        # One at least: what it took once, while the machine was busy, it need not take for ever.
        return max(1, min(_BATCH, int(left / max(self._takes, 1e-6))))

    def _ready(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._load()
            log.info("embedder ready", name=self._embedder.name, version=self._embedder.version)
        return self._embedder

    def _say(self, reason: str) -> None:
        reason = cut(reason, 500)
        if reason != self._said:
            self._said = reason
            log.warning("embedder failed; stories are compared without it", reason=reason)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


@lru_cache(1)
def installed(path: str, model: str) -> Embeddings | None:
    """This process's embeddings of the embedder at ``path``, or of the one that is installed; None
    where there is none, or none is wished for."""
    found = chosen(path)
    return Embeddings(partial(load, found, model)) if found else None
