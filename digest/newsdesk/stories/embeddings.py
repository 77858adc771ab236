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
_PATIENCE = 20.0
"""Seconds after which no further batch is begun: new articles wait to be put into stories."""
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

    def of(self, texts: Iterable[str]) -> dict[str, Vector]:
        """A vector of length 1 by text; the first texts matter most. Never raises.

        Texts are missing where the embedder fails, which is logged once per reason, or takes too
        long. May take many seconds: never call it inside a transaction.
        """
        keys = {text: _key(text) for text in texts}
        self._ask([text for text, key in keys.items() if key not in self._known])
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

    def _ask(self, texts: Sequence[str]) -> None:
        if not texts or self._clock() < self._rests_until:
            return
        try:
            embedder = self._ready()
            begun = self._clock()
            for start in range(0, len(texts), _BATCH):
                if self._clock() - begun > _PATIENCE:
                    break
                batch = texts[start : start + _BATCH]
                rows = checked(embedder.embed([text[:_LONGEST] for text in batch]), len(batch))
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
