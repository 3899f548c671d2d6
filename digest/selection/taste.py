"""What a reader likes, learnt from their likes and dislikes.

Two linear classifiers tell liked papers from earlier ones, both in closed form, so that one
reader's are learnt in milliseconds:

* on TF-IDF of words and pairs of words, the difference of the middles (Rocchio, 1971);
* on embeddings, Fisher's linear discriminant, the covariance of earlier papers drawn towards
  a multiple of the identity (Friedman, *Regularized Discriminant Analysis*, 1989).

Support vector machines on the same features order papers no better and take a hundred times
as long (`docs/topics.md`). Authors are no feature: people like the papers of their own group,
and a classifier would learn the group instead of the subject.

Readers see what each word weighs, and can take any out; an embedding has no words that could be
taken out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from digest.embedding import Vectors
from digest.likes import Likes
from digest.model import Paper
from digest.selection.background import ENOUGH, standing_out
from digest.selection.corpus import Floats
from digest.selection.grams import Grams
from digest.selection.reading import read
from digest.selection.sense import Sense
from digest.selection.span import Span

_DISLIKED = 0.5  # what the middle of the dislikes counts
_BESIDE_SENSE = 0.65  # what words weigh where there are embeddings, which weigh 1
_SHRINKAGE = 3.0  # times the mean variance, added to every variance


@dataclass(frozen=True, slots=True)
class Taste:
    """What one reader's likes say of an edition.

    Attributes:
        scores: of its papers, in spreads of the earlier papers' scores (`standing_out`).
        likest: the title of the liked paper that each of its papers is most like.
    """

    scores: Floats
    likest: tuple[str, ...]


class _Space(Protocol):
    """Papers as vectors of one kind."""

    def scores(self, likes: Likes) -> Floats:
        """How far each paper of the edition lies in the direction of the likes."""

    def likeness(self, likes: Likes) -> Floats:
        """The likeness of each paper of the edition (rows) to each liked one."""


class TasteSpace:
    """The papers of a background and an edition as vectors, made once for all readers.

    Args:
        grams: the words of papers.
        span: which of them are earlier, and which are scored.
        sense: the same papers' embeddings; None without an embedder.
    """

    def __init__(self, grams: Grams, span: Span, sense: Sense | None) -> None:
        self._words = _Words(grams, span)
        self._sense = _Meanings(sense, span) if sense else None

    def taste(self, likes: Likes) -> Taste:
        """What a reader's likes say of each paper of the edition."""
        best: _Space = self._sense or self._words
        likeness = best.likeness(likes)
        titles = [likes.liked[int(n)].title for n in likeness.argmax(axis=1)]
        scores = self._words.scores(likes)
        if self._sense is not None:
            scores = _BESIDE_SENSE * scores + self._sense.scores(likes)
        return Taste(scores, tuple(titles))

    def weights(self, likes: Likes) -> dict[str, float]:
        """What each telling word and pair of words of the likes and dislikes weighs, by stems.

        Above 0 it speaks for a paper, below 0 against it. What the reader took out is not there.
        """
        weights = self._words.direction(likes)
        found = {term: float(weights[column]) for term, column in self._words.terms(likes).items()}
        return {term: weight for term, weight in found.items() if weight}


class _Words:
    def __init__(self, grams: Grams, span: Span) -> None:
        self._window = grams.window(span)
        self._cut = span.edition - span.first
        rows = self._window.rows
        self._middle = rows.part(0, self._cut).mean()
        self._edition = rows.part(self._cut, rows.count)

    def scores(self, likes: Likes) -> Floats:
        scores = self._window.rows.along(self.direction(likes))
        return standing_out(
            scores[self._cut :], scores[: self._cut], mean=0.0, spread=0.1, least=0.005
        )

    def direction(self, likes: Likes) -> Floats:
        direction = self._away(likes.liked)
        if likes.disliked:
            direction = direction - _DISLIKED * self._away(likes.disliked)
        if likes.without:
            terms = self.terms(likes).items()
            direction[[column for term, column in terms if _is_out(term, likes.without)]] = 0.0
        return direction

    def terms(self, likes: Likes) -> dict[str, int]:
        return self._window.columns_of(list(map(read, (*likes.liked, *likes.disliked))))

    def likeness(self, likes: Likes) -> Floats:
        return self._edition.times(self._window.rows_of(list(map(read, likes.liked))))

    def _away(self, papers: Sequence[Paper]) -> Floats:
        """From the middle of all papers to that of some."""
        return self._window.rows_of(list(map(read, papers))).mean() - self._middle


class _Meanings:
    def __init__(self, sense: Sense, span: Span) -> None:
        self._sense = sense
        self._cut = span.edition - span.first
        self._rows = sense.vectors[span.first : span.after].astype(np.float64)
        earlier = self._rows[: self._cut]
        self._middle = earlier.mean(axis=0) if len(earlier) else np.zeros(self._rows.shape[1])
        self._sharpened = _sharpening(earlier)

    def scores(self, likes: Likes) -> Floats:
        direction = self._away(likes.liked)
        if likes.disliked:
            direction = direction - _DISLIKED * self._away(likes.disliked)
        scores: Floats = self._rows @ (self._sharpened @ direction)
        return standing_out(
            scores[self._cut :], scores[: self._cut], mean=0.0, spread=0.1, least=1e-6
        )

    def likeness(self, likes: Likes) -> Floats:
        likeness: Floats = self._rows[self._cut :] @ self._embedded(likes.liked).T
        return likeness

    def _away(self, papers: Sequence[Paper]) -> Floats:
        away: Floats = self._embedded(papers).mean(axis=0) - self._middle
        return away

    def _embedded(self, papers: Sequence[Paper]) -> Vectors:
        return self._sense.embed(papers)


def _is_out(term: str, without: Collection[str]) -> bool:
    """Whether a term was taken out: itself, or one of the words of a pair."""
    return term in without or any(stem in without for stem in term.split())


def _sharpening(earlier: Floats) -> Floats:
    """The inverse of the papers' covariance: directions in which all papers differ count less."""
    width = earlier.shape[1]
    if len(earlier) < ENOUGH:
        return np.eye(width)
    covariance = np.cov(earlier, rowvar=False)
    ordinary = np.trace(covariance) / width
    inverse: Floats = np.linalg.inv(covariance / ordinary + _SHRINKAGE * np.eye(width))
    return inverse
