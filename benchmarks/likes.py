"""How well ten likes order the papers that come after them.

usage: python benchmarks/likes.py [--embeddings none|wordllama|FOLDER] [--data FOLDER] [--all]

For each topic of the shared data: the first ten papers that its list names are the likes,
the later ones are to be found among the papers that came after the tenth and not after the last
that the list names (a list that is no longer kept says nothing of later papers). Printed is the
mean average precision over topics, with its 95 % bootstrap interval over topics, of

* query: the topic alone, every edition scored by earlier ones;
* likes: the likes alone;
* both: as a reader with the topic and the likes gets it;
* svm: arxiv-sanity's method (TF-IDF of 1- and 2-grams, linear SVM, C 0.01, one fit), the
  likes alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from digest.embedding import open_embedder  # noqa: E402  # the path is set above
from digest.likes import Likes  # noqa: E402
from digest.model import Edition, EditionState, Paper  # noqa: E402
from digest.selection.background import WINDOW  # noqa: E402
from digest.selection.backtest import Backtest  # noqa: E402
from digest.selection.corpus import Corpus  # noqa: E402
from digest.selection.evaluation import LIKES  # noqa: E402
from digest.selection.sense import Sense  # noqa: E402
from digest.selection.taste import TasteSpace  # noqa: E402

SHARED = ROOT.parent / "shared" / "data" / "topics"
COUNT = 10


def read_editions(file: Path) -> list[Edition]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Edition(
            date=day,
            papers=tuple(_paper(row) for row in group),
            state=EditionState.SETTLED,
        )
        for day, group in groupby(rows, key=lambda row: row["edition"])
    ]


def _paper(row: dict[str, object]) -> Paper:
    return Paper(
        key=f"arxiv:{row['id']}",
        title=str(row["title"]),
        abstract=str(row["abstract"]),
        upvotes=int(str(row["upvotes"])),
    )


def average_precision(scores: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    found = relevant[np.argsort(-scores, kind="stable")]
    places = np.flatnonzero(found) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))


def sanity(papers: list[Paper], liked: NDArray[np.int64]) -> NDArray[np.float64]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    texts = [f"{paper.title} {paper.abstract}" for paper in papers]
    key = "features"
    if key not in _CACHE:
        _CACHE[key] = TfidfVectorizer(
            ngram_range=(1, 2), max_features=20000, min_df=5, max_df=0.1,
            stop_words="english", sublinear_tf=True, strip_accents="unicode",
            token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",
        ).fit_transform(texts)  # fmt: skip
    labels = np.zeros(len(papers), dtype=int)
    labels[liked] = 1
    machine = LinearSVC(class_weight="balanced", max_iter=10000, tol=1e-6, C=0.01)
    machine.fit(_CACHE[key], labels)
    return machine.decision_function(_CACHE[key])


_CACHE: dict[str, object] = {}


def bootstrap(values: list[float]) -> str:
    random = np.random.default_rng(0)
    means = [np.mean(random.choice(values, len(values))) for _ in range(2000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embeddings", default="none")
    parser.add_argument("--papers", type=Path, default=SHARED / "papers.jsonl.gz")
    parser.add_argument("--topics", type=Path, default=SHARED / "topics.json")
    parser.add_argument("--cache", type=Path, default=None)
    arguments = parser.parse_args()
    editions = read_editions(arguments.papers)
    papers = [paper for edition in editions for paper in edition.papers]
    embedder = open_embedder(arguments.embeddings, cache=arguments.cache)
    backtest = Backtest(editions, embedder)
    day = np.repeat(np.arange(len(editions)), [len(edition.papers) for edition in editions])
    number = {paper.key.removeprefix("arxiv:"): n for n, paper in enumerate(papers)}
    figures: dict[str, list[float]] = {"query": [], "likes": [], "both": [], "svm": []}
    for topic in json.loads(arguments.topics.read_text(encoding="utf-8")):
        listed = np.array(sorted(number[known] for known in topic["relevant"]))
        liked, later = listed[:COUNT], listed[COUNT:]
        start = int(np.searchsorted(day, day[liked[-1]], side="right"))
        later = later[later >= start]
        if not len(later):
            continue
        end = int(np.searchsorted(day, day[later[-1]], side="right"))
        relevant = np.isin(np.arange(start, end), later)
        query = " OR ".join(topic["phrases"])
        asked = np.array([row.score for rows in backtest.run(query) for row in rows])[start:]
        taste = _taste(backtest.corpus, backtest.sense, papers, liked, start)
        rows = {
            "query": asked,
            "likes": taste,
            "both": asked + LIKES * taste,
            "svm": sanity(papers[:], liked)[start:],
        }
        for name, scores in rows.items():
            figures[name].append(average_precision(scores[: end - start], relevant))
        told = " ".join(f"{name} {figures[name][-1]:.3f}" for name in rows)
        print(f"{topic['topic'][:30]:30s} {len(later):4d} {told}", flush=True)
    for name, values in figures.items():
        print(f"{name}: mean average precision {bootstrap(values)} over {len(values)} topics")


def _taste(
    corpus: Corpus,
    sense: Sense | None,
    papers: list[Paper],
    liked: NDArray[np.int64],
    start: int,
) -> NDArray[np.float64]:
    """All papers after `start` as one edition; the classifier sees what came before alone."""
    first = max(0, start - WINDOW)
    likes = Likes(tuple(papers[n] for n in liked))
    space = TasteSpace(corpus.since(first), start - first, sense.since(first) if sense else None)
    return space.taste(likes).scores


if __name__ == "__main__":
    main()
