"""How well ten likes order the papers that come after them.

usage: python benchmarks/likes.py [--embeddings none|wordllama|FOLDER] [--lists NAME]

For each topic the first ten papers of its list, in the order of their editions, are the likes.
The later ones of the list are to be found among all papers of the editions after the tenth, up to
the last that the list names (a list that is no longer kept says nothing of later papers); papers
of the tenth's own edition are neither. Every edition is scored as its day saw it, by earlier ones
alone, and all of them are put in one order. Printed is the mean average precision over topics,
with the 95 % interval of a bootstrap that leaves topics out, of

* query: the topic alone;
* likes: the likes alone;
* both: as a reader with the topic and the likes gets it;
* svm: arxiv-sanity's method (TF-IDF of 1- and 2-grams, linear SVM, C 0.01), the likes alone. It is
  fitted once to all papers, later ones among them, which favours it.

Also printed: how long it takes to learn one reader's likes and score an edition by them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stream import LISTS, Listed, arxiv_id, read_editions, read_topics, resampled

from digest.embedding import Embedder, open_embedder
from digest.likes import Likes
from digest.model import Edition, Paper
from digest.selection.background import WINDOW
from digest.selection.backtest import Backtest
from digest.selection.evaluation import LIKES
from digest.selection.grams import Grams
from digest.selection.span import Span
from digest.selection.taste import TasteSpace

COUNT = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reader:
    """A topic's likes, and which of the papers `start` to `end - 1` are to be found."""

    topic: Listed
    liked: tuple[Paper, ...]
    rows: NDArray[np.int64]
    start: int
    end: int
    relevant: NDArray[np.bool_]


def readers(editions: Sequence[Edition], topics: Sequence[Listed]) -> Iterator[Reader]:
    """A reader for each topic whose list names papers after the edition of its tenth."""
    papers = [paper for edition in editions for paper in edition.papers]
    day = np.repeat(np.arange(len(editions)), [len(edition.papers) for edition in editions])
    for topic in topics:
        listed = np.array([n for n, p in enumerate(papers) if arxiv_id(p) in topic.relevant])
        liked = listed[:COUNT]
        start = int(np.searchsorted(day, day[liked[-1]], side="right"))
        later = listed[listed >= start]
        if len(later):
            end = int(np.searchsorted(day, day[later[-1]], side="right"))
            found = np.isin(np.arange(start, end), later)
            yield Reader(topic, tuple(papers[n] for n in liked), liked, start, end, found)


def average_precision(scores: Floats, relevant: NDArray[np.bool_]) -> float:
    found = relevant[np.argsort(-scores, kind="stable")]
    places = np.flatnonzero(found) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))


class Learnt:
    """The scores of all readers' likes, edition by edition.

    Attributes:
        seconds: for learning from one reader's likes and scoring one edition, in the mean.
    """

    def __init__(self, stream: Backtest, editions: Sequence[Edition], all_: list[Reader]) -> None:
        grams = Grams(stream.corpus.readings)
        bounds = [0, *accumulate(len(edition.papers) for edition in editions)]
        self._scores = {reader.topic.name: np.zeros(bounds[-1]) for reader in all_}
        taken: list[float] = []
        for start, after in pairwise(bounds):
            reading = [r for r in all_ if r.start <= start < r.end]
            if reading:
                span = Span(max(0, start - WINDOW), start, after)
                space = TasteSpace(grams, span, stream.sense)
                for reader in reading:
                    before = time.perf_counter()
                    learnt = space.taste(Likes(reader.liked)).scores
                    taken.append(time.perf_counter() - before)
                    self._scores[reader.topic.name][start:after] = learnt
        self.seconds = float(np.mean(taken))

    def of(self, reader: Reader) -> Floats:
        """One reader's, over all papers; 0 for those that are not asked about."""
        return self._scores[reader.topic.name]


class Sanity:
    """arxiv-sanity's features and its machine."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._features: Any = TfidfVectorizer(
            ngram_range=(1, 2), max_features=20000, min_df=5, max_df=0.1,
            stop_words="english", sublinear_tf=True, strip_accents="unicode",
            token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",
        ).fit_transform([f"{paper.title} {paper.abstract}" for paper in papers])  # fmt: skip

    def scores(self, liked: NDArray[np.int64]) -> Floats:
        """How far each paper lies on the side of the liked ones."""
        from sklearn.svm import LinearSVC

        labels = np.zeros(self._features.shape[0], dtype=int)
        labels[liked] = 1
        machine = LinearSVC(class_weight="balanced", max_iter=10000, tol=1e-6, C=0.01)
        decided: Floats = machine.fit(self._features, labels).decision_function(self._features)
        return decided


def measure(topics: list[Listed], embedder: Embedder | None) -> None:
    editions = read_editions()
    stream = Backtest(editions, embedder)
    all_ = list(readers(editions, topics))
    learnt = Learnt(stream, editions, all_)
    sanity = Sanity([paper for edition in editions for paper in edition.papers])
    figures: dict[str, list[float]] = {"query": [], "likes": [], "both": [], "svm": []}
    for reader in all_:
        asked = np.array([row.score for rows in stream.run(reader.topic.query) for row in rows])
        taste = learnt.of(reader)
        ways = (asked, taste, asked + LIKES * taste, sanity.scores(reader.rows))
        for figure, scores in zip(figures.values(), ways, strict=True):
            figure.append(average_precision(scores[reader.start : reader.end], reader.relevant))
        told = " ".join(f"{name} {values[-1]:.3f}" for name, values in figures.items())
        print(f"{reader.topic.name[:34]:34s} {int(reader.relevant.sum()):4d} {told}", flush=True)
    for name, values in figures.items():
        print(f"{name}: mean average precision {resampled(values)} over {len(values)} topics")
    print(f"learning from one reader's likes and scoring an edition: {learnt.seconds * 1e3:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--embeddings", default="none")
    parser.add_argument("--lists", choices=LISTS, default="shared")
    parser.add_argument("--cache", type=Path, default=None)
    arguments = parser.parse_args()
    embedder = open_embedder(arguments.embeddings, cache=arguments.cache)
    measure(read_topics(LISTS[arguments.lists]), embedder)


if __name__ == "__main__":
    main()
