"""The shared papers as a stream of editions, and lists of papers that belong to topics."""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from digest.model import Edition, EditionState, Paper  # noqa: E402  # the path is set above

SHARED = ROOT.parent / "shared" / "data" / "topics"
#: Lists of papers on other topics: those that chose the method, and those kept for judging.
LISTS = {
    "shared": SHARED / "topics.json",
    "chosen": Path(__file__).parent / "lists" / "chosen.json",
    "judged": Path(__file__).parent / "lists" / "judged.json",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A topic with the papers that a list of its field names.

    Attributes:
        query: as a reader would write it.
        relevant: the arXiv ids of the papers.
    """

    name: str
    query: str
    relevant: frozenset[str]


def read_editions(file: Path = SHARED / "papers.jsonl.gz") -> list[Edition]:
    """The editions of a JSON Lines file, in its order."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Edition(date=day, papers=tuple(map(_paper, group)), state=EditionState.SETTLED)
        for day, group in groupby(rows, key=lambda row: row["edition"])
    ]


def read_topics(file: Path) -> list[Listed]:
    """The topics of a JSON file, their phrases joined by OR."""
    topics = json.loads(file.read_text(encoding="utf-8"))
    return [Listed(t["topic"], " OR ".join(t["phrases"]), frozenset(t["relevant"])) for t in topics]


def arxiv_id(paper: Paper) -> str:
    """The id by which lists name a paper."""
    return paper.key.removeprefix("arxiv:")


def _paper(row: dict[str, Any]) -> Paper:
    return Paper(
        key=f"arxiv:{row['id']}",
        title=row["title"],
        abstract=row["abstract"],
        upvotes=row["upvotes"],
    )


def resampled(values: list[float]) -> str:
    """The mean over topics, with the 95 % interval of a bootstrap that leaves topics out."""
    random = np.random.default_rng(0)
    drawn: NDArray[np.float64] = random.choice(values, (4000, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]"
