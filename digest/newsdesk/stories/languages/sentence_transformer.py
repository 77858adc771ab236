"""An embedder for any model of sentence-transformers, which comes with the extra ``embeddings``."""

import importlib.util
from collections.abc import Sequence

from digest.newsdesk.stories.languages.embedder import Unusable, Vectors

MISSING = (
    "The embedder needs sentence-transformers, which is not installed: "
    "pip install 'digest-newsroom[embeddings]', then restart the workers."
)
USUAL = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
"""Some fifty languages in one space, and small enough for a machine without a graphics card."""


class LocalModel:
    """A model from this machine's disk, by its name or its folder. Nothing is downloaded."""

    def __init__(self, model: str = "") -> None:
        """Load the model, which takes seconds; raises :class:`Unusable` where it is not there."""
        from sentence_transformers import SentenceTransformer, __version__

        self.name = model or USUAL
        self.version = f"sentence-transformers {__version__}"
        try:
            # A worker must neither wait for a download nor run what comes with one.
            self._model = SentenceTransformer(
                self.name, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError) as error:
            raise Unusable(
                f"The model {self.name} cannot be read from this machine ({error}); fetch it once "
                'as the user that runs the workers: python -c "from sentence_transformers import '
                f"SentenceTransformer; SentenceTransformer('{self.name}')\""
            ) from error

    @staticmethod
    def missing() -> str:
        """What is not installed and how to get it; empty where all is there."""
        return "" if importlib.util.find_spec("sentence_transformers") else MISSING

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As ``Embedder`` says; long texts lose their end."""
        rows: Vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return rows
