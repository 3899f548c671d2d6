"""How well ten likes order the papers that come after them.

usage: python benchmarks/likes.py [--embeddings none|wordllama|FOLDER] [--lists NAME]

For each topic the first ten papers of its list, in the order of their editions, are the likes.
The later ones of the list are to be found among all papers of the editions after the tenth, up to
the last that the list names (a list that is no longer kept says nothing of later papers); papers
of the tenth's own edition are neither. Every edition is scored as its day saw it, by earlier ones
alone, and all of them are put in one order. Which papers are candidates
decides the level, so each figure is given a second time, for the candidates of those months alone
in which papers of the list are to be found. Printed is the mean average precision over topics,
with the 95 % interval of a bootstrap that leaves topics out, of

* query: the topic alone;
* likes: the likes alone;
* both: as a reader with the topic and the likes gets it;
* svm: arxiv-sanity's method (TF-IDF of 1- and 2-grams, linear SVM, C 0.01), the likes alone. It is
  fitted once to all papers, as arxiv-sanity does it: its words know of later papers, and those
  that are to be found are among the papers that it is to tell the likes from.

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
from digest.selection.background import MEMORY, WINDOW
from digest.selection.backtest import Backtest
from digest.selection.evaluation import beside_likes
from digest.selection.grams import Grams
from digest.selection.matching import Matcher
from digest.selection.scoring import (
    VOTES,
    Scorer,
    as_array,
    match_weights,
    phrase_strength,
    phrases_of,
    votes,
)
from digest.selection.span import Span
from digest.selection.taste import Taste, TasteSpace
from subscribers.topics import parse

COUNT = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reader:
    """A topic's likes, and which of the papers `start` to `end - 1` are to be found.

    Attributes:
        months: whether each of them is of a month in which papers of the list are to be found.
    """

    topic: Listed
    liked: tuple[Paper, ...]
    rows: NDArray[np.int64]
    start: int
    end: int
    relevant: NDArray[np.bool_]
    months: NDArray[np.bool_]


def readers(editions: Sequence[Edition], topics: Sequence[Listed]) -> Iterator[Reader]:
    """A reader for each topic whose list names papers after the edition of its tenth."""
    papers = [paper for edition in editions for paper in edition.papers]
    day = np.repeat(np.arange(len(editions)), [len(edition.papers) for edition in editions])
    month = np.array([str(e.date)[:7] for e in editions])[day]
    for topic in topics:
        listed = np.array([n for n, p in enumerate(papers) if arxiv_id(p) in topic.relevant])
        liked = listed[:COUNT]
        start = int(np.searchsorted(day, day[liked[-1]], side="right"))
        later = listed[listed >= start]
        if len(later):
            end = int(np.searchsorted(day, day[later[-1]], side="right"))
            found = np.isin(np.arange(start, end), later)
            asked = np.isin(month[start:end], month[later])
            likes = tuple(papers[n] for n in liked)
            yield Reader(topic, likes, liked, start, end, found, asked)


def average_precision(scores: Floats, relevant: NDArray[np.bool_]) -> float:
    found = relevant[np.argsort(-scores, kind="stable")]
    places = np.flatnonzero(found) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))


class Asked:
    """A topic over all papers: what a scorer needs of it."""

    def __init__(self, stream: Backtest, papers: Sequence[Paper], query: str) -> None:
        self.tree = parse(query)
        matcher = Matcher(papers, stream.corpus.readings, [self.tree])
        self.strength = phrase_strength(matcher, self.tree)
        self.matched = as_array(matcher.papers(self.tree), len(papers))
        self.matches = match_weights(self.strength, self.matched)

    def learnt(self, space: TasteSpace, taste: Taste, span: Span) -> Floats:
        """How far an edition's papers stand out towards the topic and the likes."""
        matches = self.matches[max(0, span.edition - WINDOW) : span.edition]
        return space.standing(taste.leaning + space.towards_topic(phrases_of(self.tree), matches))


class Learnt:
    """The scores of all readers, edition by edition.

    Attributes:
        query: by the topic alone, by its name; 0 for what is not asked about.
        likes: by the likes alone.
        both: by the topic and the likes.
        seconds: for learning from one reader's likes and scoring one edition, in the mean.
    """

    def __init__(self, stream: Backtest, editions: Sequence[Edition], all_: list[Reader]) -> None:
        self._papers = [paper for edition in editions for paper in edition.papers]
        self._scorer = Scorer(stream.corpus, stream.sense)
        self._asked = {r.topic.name: Asked(stream, self._papers, r.topic.query) for r in all_}
        self.query = {name: np.zeros(len(self._papers)) for name in self._asked}
        self.likes = {name: np.zeros(len(self._papers)) for name in self._asked}
        self.both = {name: np.zeros(len(self._papers)) for name in self._asked}
        self._taken: list[float] = []
        grams = Grams(stream.corpus.readings)
        for start, after in pairwise([0, *accumulate(len(e.papers) for e in editions)]):
            reading = [r for r in all_ if r.start <= start < r.end]
            if reading:
                learnt = Span(max(0, start - MEMORY), start, after)
                space = TasteSpace(grams, learnt, stream.sense)
                self._score(space, reading, Span(max(0, start - WINDOW), start, after))
        self.seconds = float(np.mean(self._taken))

    def _score(self, space: TasteSpace, reading: Sequence[Reader], span: Span) -> None:
        edition, earlier = slice(span.edition, span.after), slice(span.first, span.edition)
        voted = votes(self._papers[edition], self._papers[earlier])
        for reader in reading:
            name, asked = reader.topic.name, self._asked[reader.topic.name]
            before = time.process_time()
            taste = space.taste(Likes(reader.liked))
            self._taken.append(time.process_time() - before)
            self.likes[name][edition] = taste.scores
            signals = self._scorer.signals(asked.tree, span, asked.strength, asked.matched)
            self.query[name][edition] = signals.total + VOTES * voted
            learnt = asked.learnt(space, taste, span)
            self.both[name][edition] = beside_likes(signals, voted, learnt)


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
    months: dict[str, list[float]] = {way: [] for way in figures}
    for reader in all_:
        own = (by[reader.topic.name] for by in (learnt.query, learnt.likes, learnt.both))
        ways = (*own, sanity.scores(reader.rows))
        for (way, figure), scores in zip(figures.items(), ways, strict=True):
            asked, found = scores[reader.start : reader.end], reader.relevant
            figure.append(average_precision(asked, found))
            within = average_precision(asked[reader.months], found[reader.months])
            months[way].append(within)
        told = " ".join(f"{name} {values[-1]:.3f}" for name, values in figures.items())
        print(f"{reader.topic.name[:34]:34s} {int(reader.relevant.sum()):4d} {told}", flush=True)
    for name, values in figures.items():
        told = f"{resampled(values)}, in months of listed papers {resampled(months[name])}"
        print(f"{name}: mean average precision {told} over {len(values)} topics")
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
