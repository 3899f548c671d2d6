"""Texts as vectors whose directions say what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of unit length, the same for the same text."""

    @property
    def name(self) -> str:
        """Which model it is: vectors of different models are never compared."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row for each text; a text without any known word is a row of zeros."""
