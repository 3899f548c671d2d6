"""How well topics rank the papers of a day: the scorer's figures, and how far chance goes.

usage: python benchmarks/topics.py [--embeddings none|wordllama|FOLDER] [--lists NAME …]

For each topic of a set of lists the product's own back-test is scored by the scorer that lies
beside the shared data (`shared/bench/score_topics.py`), every edition by earlier ones alone. Each
figure is the mean over topics, with the 95 % interval of a bootstrap that leaves topics out: so
far would it move with other topics of the same kind.

`shared` are the topics of the shared data, `chosen` those on which methods were compared, and
`judged` those that nobody looked at while a method was chosen.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stream import LISTS, SHARED, Listed, arxiv_id, read_editions, read_topics, resampled

from digest.embedding import open_embedder
from digest.selection.backtest import Backtest

SCORER = SHARED.parents[1] / "bench" / "score_topics.py"

Figures = dict[str, float]


def scorer() -> Any:  # noqa: ANN401  # a script, read from its file
    """The module of the shared scorer."""
    spec = importlib.util.spec_from_file_location("score_topics", SCORER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SCORER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(stream: Backtest, papers: list[tuple[str, str]], topic: Listed) -> Figures:
    """The scorer's figures of one topic."""
    rows = [
        {"id": arxiv_id(row.paper), "score": row.score, "matched": row.matched}
        for edition in stream.run(topic.query)
        for row in edition
    ]
    scored: Figures = scorer().score(rows, papers, set(topic.relevant))
    return scored


def measured(embeddings: str, cache: Path | None, lists: list[str]) -> Iterator[tuple[str, str]]:
    """For each topic, and then for each set of lists, its name and its figures in words."""
    editions = read_editions()
    papers = [(arxiv_id(paper), str(e.date)) for e in editions for paper in e.papers]
    stream = Backtest(editions, open_embedder(embeddings, cache=cache))
    for name in lists:
        found = []
        for topic in read_topics(LISTS[name]):
            found.append(figures(stream, papers, topic))
            yield topic.name, " ".join(f"{key} {value:.3f}" for key, value in found[-1].items())
        for key in found[0]:
            yield f"{name}, {len(found)} topics: {key}", resampled([row[key] for row in found])


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--embeddings", default="none")
    parser.add_argument("--lists", nargs="+", choices=LISTS, default=["shared", "judged"])
    parser.add_argument("--cache", type=Path, default=None)
    arguments = parser.parse_args()
    for name, told in measured(arguments.embeddings, arguments.cache, arguments.lists):
        print(f"{name[:45]:45s} {told}", flush=True)


if __name__ == "__main__":
    main()
