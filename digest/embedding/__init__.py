"""Texts as vectors whose directions say what they are about: the extra `semantic`.

Everything is read from files that are there: no model is ever fetched, and no deep-learning
framework is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from digest.errors import EmbeddingError
from digest.settings import Settings

Vectors = NDArray[np.float32]

NONE = "none"
WORDLLAMA = "wordllama"


class Embedder(Protocol):
    """Turns texts into vectors of unit length, the same for the same text."""

    @property
    def name(self) -> str:
        """Which model it is: vectors of different models are never compared."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row for each text; a text without any known word is a row of zeros."""


def open_embedder(
    model: str, *, cache: Path | None = None, progress: Callable[[int], None] | None = None
) -> Embedder | None:
    """The embedder that the settings name.

    Args:
        model: `none`, `wordllama`, or the folder of a sentence-transformers model.
        cache: folder in which vectors are kept, so that each paper is embedded once.
        progress: called with the number of texts embedded since the last call.

    Returns:
        None for `none`.

    Raises:
        EmbeddingError: the extra is not installed, the folder holds no usable model, or the cache
            cannot be made.
    """
    if model == NONE:
        return None
    try:
        embedder = _load(model)
        embedder.embed(["a first text"])  # weights of other shapes show here
    except ModuleNotFoundError as error:
        reason = f"{error.name} is missing: in a clone of Paper Digest, `pip install '.[semantic]'`"
        raise EmbeddingError(model=model, reason=reason) from None
    except KeyError as error:
        raise EmbeddingError(model=model, reason=f"its files lack {error}") from None
    except (OSError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise EmbeddingError(model=model, reason=" ".join(str(error).split())) from None
    if cache is None:
        return embedder
    from digest.embedding.cache import CachedEmbedder

    try:
        return CachedEmbedder(embedder, cache, progress)
    except OSError as error:
        reason = f"its vectors cannot be kept in {cache}: {error.strerror or error}"
        raise EmbeddingError(model=model, reason=reason) from None


def configured(settings: Settings) -> Embedder | None:
    """The embedder of an installation, with its vectors kept in the cache folder.

    Raises:
        EmbeddingError: the extra is not installed, or the folder holds no usable model.
    """
    model = settings.selection.embeddings
    if model not in (NONE, WORDLLAMA):
        model = str(settings.folder / Path(model).expanduser())
    return open_embedder(model, cache=settings.cache or user_cache_path("paper-digest"))


def _load(model: str) -> Embedder:
    if model == WORDLLAMA:
        from digest.embedding.static import wordllama

        return wordllama()
    from digest.embedding.folder import open_folder

    return open_folder(Path(model))


def unit(vectors: Vectors) -> Vectors:
    """The rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled
