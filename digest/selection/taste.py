"""What a reader likes, learnt from their likes and dislikes.

Two linear classifiers tell liked papers from earlier ones, both in closed form, so that one
reader's are learnt in milliseconds:

* on TF-IDF of words and pairs of words, the difference of the middles (Rocchio, 1971), in
  which what tells much counts still more, and what the likes hold less of than others nothing;
* on embeddings, Fisher's linear discriminant, the covariance of earlier papers drawn towards
  a multiple of the identity (Friedman, *Regularized Discriminant Analysis*, 1989).

A topic beside likes takes part in the same direction: its phrases are one more text that is
liked, as a query is in Rocchio's method, and so are, more weakly, the earlier papers that it
matched. What papers come to along the whole direction is the sum of what they come to along
its parts, so a topic's part is made once for all readers.

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
from digest.selection.background import ENOUGH, WINDOW, standing_out
from digest.selection.corpus import Floats
from digest.selection.grams import Grams
from digest.selection.reading import Place, Reading, read
from digest.selection.sense import Sense
from digest.selection.span import Span
from subscribers.topics import marked

_DISLIKED = 0.5  # what the middle of the dislikes counts
_SHARPER = 1.25  # the power to which the weights of words are raised
_BESIDE_SENSE = 0.65  # what words weigh where there are embeddings, which weigh 1
_SHRINKAGE = 3.0  # times the mean variance, added to every variance
_TOPIC = 0.3  # what a topic's phrases count beside the middle of the likes, by words
_TOPIC_SENSE = 0.1  # and by embeddings
_MATCHES = 0.75  # what the middle of a topic's earlier matches counts, where they are many
_MANY = 10.0  # so many matches are; fewer count in proportion
_FEWEST = 3.0  # matches, below which they say nothing


@dataclass(frozen=True, slots=True)
class Leaning:
    """How far papers lie in one direction: the latest earlier ones, then those of the edition.

    Attributes:
        words: by words and pairs of words.
        sense: by embeddings; None without an embedder.
    """

    words: Floats
    sense: Floats | None

    def __add__(self, other: Leaning) -> Leaning:
        """How far they lie in two directions together."""
        if self.sense is None or other.sense is None:
            return Leaning(self.words + other.words, None)
        return Leaning(self.words + other.words, self.sense + other.sense)


@dataclass(frozen=True, slots=True)
class Taste:
    """What one reader's likes say of an edition.

    Attributes:
        scores: of its papers, in spreads of the earlier papers' scores (`standing_out`).
        likest: the title of the liked paper that each of its papers is most like.
        leaning: of the latest earlier papers and the edition's towards the likes.
    """

    scores: Floats
    likest: tuple[str, ...]
    leaning: Leaning


class _Space(Protocol):
    """Papers as vectors of one kind: the latest earlier ones, then those of the edition."""

    def towards(self, likes: Likes) -> Floats:
        """How far each paper lies in the direction of the likes."""

    def towards_topic(self, phrases: Sequence[str], matches: Floats) -> Floats:
        """How far each paper lies in the direction of a topic."""

    def standing(self, along: Floats) -> Floats:
        """How far each paper of the edition stands out in a direction."""

    def likeness(self, likes: Likes) -> Floats:
        """The likeness of each paper of the edition (rows) to each liked one."""


class TasteSpace:
    """The papers of a background and an edition as vectors, made once for all readers.

    All earlier papers say how rare a word is, where their middle is and in which directions they
    differ; the latest `WINDOW` of them, what an ordinary paper comes to, as subjects come and go.

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
        sense = self._sense.towards(likes) if self._sense else None
        leaning = Leaning(self._words.towards(likes), sense)
        return Taste(self.standing(leaning), tuple(titles), leaning)

    def towards_topic(self, phrases: Sequence[str], matches: Floats) -> Leaning:
        """How far papers lie in the direction of a topic, for a sum with a taste's leaning.

        Args:
            phrases: of the topic; without any there is no direction.
            matches: how far each of the latest earlier papers is a match that tells what the topic
                is about.
        """
        spaces: list[_Space | None] = [self._words, self._sense]
        words, sense = (s.towards_topic(phrases, matches) if s else None for s in spaces)
        assert words is not None  # noqa: S101  # there always are words
        return Leaning(words, sense)

    def standing(self, leaning: Leaning) -> Floats:
        """How far the edition's papers stand out in a direction, words and sense together."""
        words = self._words.standing(leaning.words)
        if self._sense is None or leaning.sense is None:
            return words
        return _BESIDE_SENSE * words + self._sense.standing(leaning.sense)

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
        self._cut, earlier = _latest(span), span.edition - span.first
        rows = self._window.rows
        self._middle = rows.part(0, earlier).mean()
        self._rows = rows.part(earlier - self._cut, rows.count)
        self._edition = rows.part(earlier, rows.count)

    def towards(self, likes: Likes) -> Floats:
        return self._rows.along(self.direction(likes))

    def towards_topic(self, phrases: Sequence[str], matches: Floats) -> Floats:
        if not phrases:
            return np.zeros(self._rows.count)
        asked = self._window.rows_of([Reading(((Place.ABSTRACT, marked(p)),)) for p in phrases])
        away = _TOPIC * (asked.mean() - self._middle)
        share = _share(matches)
        if share:
            away = away + share * (self._rows.part(0, self._cut).weighted(matches) - self._middle)
        return self._rows.along(away)

    def standing(self, along: Floats) -> Floats:
        return standing_out(
            along[self._cut :], along[: self._cut], mean=0.0, spread=0.1, least=0.005
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
        """From the middle of all papers to that of some, the telling terms sharpened."""
        middle = self._window.rows_of(list(map(read, papers))).mean()
        telling = np.flatnonzero(middle > self._middle)
        sharp = (middle[telling] - self._middle[telling]) ** _SHARPER
        away = np.zeros_like(middle)
        # As long as before, by what earlier papers hold: no paper of the edition may change it.
        earlier = self._middle > 0
        length = float(np.linalg.norm(sharp[earlier[telling]]))
        away[telling] = sharp * (float(np.linalg.norm(middle[earlier])) / length if length else 1.0)
        return away


class _Meanings:
    def __init__(self, sense: Sense, span: Span) -> None:
        self._sense = sense
        self._cut = _latest(span)
        earlier = sense.vectors[span.first : span.edition].astype(np.float64)
        self._rows = sense.vectors[span.edition - self._cut : span.after].astype(np.float64)
        self._middle = earlier.mean(axis=0) if len(earlier) else np.zeros(self._rows.shape[1])
        self._sharpened = _sharpening(earlier)

    def towards(self, likes: Likes) -> Floats:
        away = self._away(likes.liked)
        if likes.disliked:
            away = away - _DISLIKED * self._away(likes.disliked)
        return self._along(away)

    def towards_topic(self, phrases: Sequence[str], matches: Floats) -> Floats:
        if not phrases:
            return np.zeros(len(self._rows))
        away = _TOPIC_SENSE * (self._sense.asked(phrases).mean(axis=0) - self._middle)
        share = _share(matches)
        if share:
            middle = matches @ self._rows[: self._cut] / matches.sum()
            away = away + share * (middle - self._middle)
        return self._along(away)

    def standing(self, along: Floats) -> Floats:
        return standing_out(
            along[self._cut :], along[: self._cut], mean=0.0, spread=0.1, least=1e-6
        )

    def _along(self, away: Floats) -> Floats:
        along: Floats = self._rows @ (self._sharpened @ away)
        return along

    def likeness(self, likes: Likes) -> Floats:
        likeness: Floats = self._rows[self._cut :] @ self._embedded(likes.liked).T
        return likeness

    def _away(self, papers: Sequence[Paper]) -> Floats:
        away: Floats = self._embedded(papers).mean(axis=0) - self._middle
        return away

    def _embedded(self, papers: Sequence[Paper]) -> Vectors:
        return self._sense.embed(papers)


def _latest(span: Span) -> int:
    """How many earlier papers say what an ordinary paper comes to."""
    return min(span.edition - span.first, WINDOW)


def _is_out(term: str, without: Collection[str]) -> bool:
    """Whether a term was taken out: itself, or one of the words of a pair."""
    return term in without or any(stem in without for stem in term.split())


def _share(matches: Floats) -> float:
    """What the middle of a topic's earlier matches counts."""
    total = float(matches.sum())
    return _MATCHES * min(1.0, total / _MANY) if total >= _FEWEST else 0.0


def _sharpening(earlier: Floats) -> Floats:
    """The inverse of the papers' covariance: directions in which all papers differ count less."""
    width = earlier.shape[1]
    if len(earlier) < ENOUGH:
        return np.eye(width)
    covariance = np.cov(earlier, rowvar=False)
    ordinary = np.trace(covariance) / width
    inverse: Floats = np.linalg.inv(covariance / ordinary + _SHRINKAGE * np.eye(width))
    return inverse
