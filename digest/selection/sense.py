"""How near papers are to a topic in sense, by the embeddings of their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.embedding import Embedder, Vectors, unit
from digest.model import Paper
from digest.selection.corpus import Floats


class Sense:
    """The embeddings of some papers, and how near each is to something.

    Args:
        papers: each is embedded once; the embedder remembers.
        embedder: whose vectors are compared.
    """

    def __init__(self, papers: Sequence[Paper], embedder: Embedder) -> None:
        self._embedder = embedder
        self.vectors = self.embed(papers)

    def embed(self, papers: Sequence[Paper]) -> Vectors:
        """The embeddings of any papers."""
        return self._embedder.embed([text_of(paper) for paper in papers])

    def asked(self, phrases: Sequence[str]) -> Vectors:
        """The embeddings of a topic's phrases."""
        return self._embedder.embed(list(phrases))

    def to_phrases(self, phrases: Sequence[str], first: int, after: int) -> Floats:
        """The likeness of each paper to the phrase that it is most like."""
        asked = self.asked(phrases)
        likeness: Floats = (self.vectors[first:after] @ asked.T).max(axis=1).astype(np.float64)
        return likeness

    def to_centre(self, weights: Floats, first: int, edition: int, after: int) -> Floats:
        """The likeness of each paper to the weighted middle of the earlier ones."""
        earlier = self.vectors[first:edition]
        middle: Vectors = (weights.astype(np.float32) @ earlier)[None, :]
        likeness: Floats = (self.vectors[first:after] @ unit(middle)[0]).astype(np.float64)
        return likeness


def text_of(paper: Paper) -> str:
    """What of a paper is embedded."""
    return f"{paper.title}. {paper.abstract or paper.summary}"
