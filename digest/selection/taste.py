"""What a reader likes, learnt from their likes and dislikes.

Two linear classifiers tell liked papers from earlier ones: one on TF-IDF of words, one on
embeddings. Authors are no feature: people like the papers of their own group, and a
classifier would learn the group instead of the subject. With scikit-learn (the extra
`learn`) they are support vector machines; without it the middle of the likes, less those of
the dislikes and of all papers, stands in.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.likes import Likes
from digest.model import Paper
from digest.selection.background import standardised
from digest.selection.corpus import Corpus, Floats
from digest.selection.reading import read
from digest.selection.sense import Sense
from digest.selection.vectors import Rows, words_of

_LOOSENESS = 1.0  # the C of both machines
_DISLIKED = 0.5  # what the middle of the dislikes counts where no machine is trained

HAS_LEARNING = importlib.util.find_spec("sklearn") is not None


@dataclass(frozen=True, slots=True)
class Taste:
    """What one reader's likes say of an edition.

    Attributes:
        scores: of its papers, in standard deviations of the earlier papers' scores.
        likest: the title of the liked paper that each of its papers is most like.
    """

    scores: Floats
    likest: tuple[str, ...]


class TasteSpace:
    """The papers of a background and an edition as vectors, made once for all readers.

    Args:
        corpus: the earlier papers, then those of the edition.
        earlier: how many of them are earlier.
        sense: the same papers' embeddings; None without an embedder.
    """

    def __init__(self, corpus: Corpus, earlier: int, sense: Sense | None) -> None:
        self._corpus = corpus
        self._earlier = earlier
        self._sense = sense
        self._words = words_of(corpus, earlier)

    def taste(self, likes: Likes) -> Taste:
        """What a reader's likes say of each paper of the edition."""
        own = self._words.rows_of(list(map(read, _papers(likes))))
        spaces: list[tuple[Rows, Rows]] = [(self._words, own)]
        if self._sense is not None:
            vectors = Rows.dense(self._sense.vectors)
            spaces.append((vectors, Rows.dense(self._sense.embed(_papers(likes)))))
        scores = np.mean([self._scores(rows, liked, likes) for rows, liked in spaces], axis=0)
        rows, liked = spaces[-1]
        likeness = rows.part(self._earlier, rows.count).times(liked.part(0, len(likes.liked)))
        titles = [likes.liked[int(n)].title for n in likeness.argmax(axis=1)]
        return Taste(scores, tuple(titles))

    def _scores(self, rows: Rows, own: Rows, likes: Likes) -> Floats:
        earlier = rows.part(0, self._earlier)
        weights = _direction(own, earlier, len(likes.liked))
        scores = rows.along(weights)
        return standardised(
            scores[self._earlier :], scores[: self._earlier], mean=0.0, spread=0.1, least=0.01
        )


def _papers(likes: Likes) -> Sequence[Paper]:
    return [*likes.liked, *likes.disliked]


def _direction(own: Rows, earlier: Rows, liked: int) -> Floats:
    """The direction in which papers become more like the liked ones."""
    if HAS_LEARNING and earlier.count:
        return _trained(own, earlier, liked)
    direction = own.part(0, liked).mean()
    if own.count > liked:
        direction = direction - _DISLIKED * own.part(liked, own.count).mean()
    return direction - earlier.mean() if earlier.count else direction


def _trained(own: Rows, earlier: Rows, liked: int) -> Floats:
    from sklearn.svm import LinearSVC

    labels: NDArray[np.int64] = np.zeros(own.count + earlier.count, dtype=np.int64)
    labels[:liked] = 1
    machine = LinearSVC(C=_LOOSENESS, class_weight="balanced", random_state=0)
    machine.fit(own.stacked(earlier), labels)
    weights: Floats = machine.coef_[0].astype(np.float64)
    return weights
