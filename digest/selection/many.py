"""A million readers at once: topics as bits of a paper's word, readers as rows of topic numbers.

What `Selector.select` does for one reader, for all readers of a block in a few array
operations: vetoes, papers had, shares by round robin, and the cap. Reasons and near papers
are for the single reader; what is returned here names papers and topics by number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.selection.corpus import Floats

Int32 = NDArray[np.int32]
Int16 = NDArray[np.int16]
Ints = NDArray[np.int32] | NDArray[np.int64]

NOBODY = -1
_BLOCK = 1 << 16  # readers worked on at once: their arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Ranked:
    """The papers that each of many topics matches, the best first.

    Attributes:
        papers: one row a topic, filled up with `NOBODY`, which is at its end in any case.
        vetoed: the papers that each topic forbids as an exclusion, topic after topic.
        veto_starts: where each topic's begin in `vetoed`, and the end.
        count: how many papers there are.
    """

    papers: Int16
    vetoed: Int16
    veto_starts: NDArray[np.int64]
    count: int


@dataclass(frozen=True, slots=True)
class Readers:
    """Many readers' topics by number: reader `i` has `topics[starts[i]:starts[i + 1]]`.

    Attributes:
        excluded: for each of `topics`, whether it is an exclusion.
        most: how many papers each reader wants at most.
    """

    starts: NDArray[np.int64]
    topics: Int32
    excluded: NDArray[np.bool_]
    most: Int16


@dataclass(frozen=True, slots=True)
class Chosen:
    """What each reader gets: a row of papers in the order in which they were taken.

    Attributes:
        papers: numbers of papers, filled up with `NOBODY`.
        counts: how many each reader gets.
        rows: by which of `Readers.topics` each was taken, as a place in it.
    """

    papers: Int16
    counts: Int16
    rows: Int32


def ranked(
    matched: Sequence[int], vetoed: Sequence[int], scores: Sequence[Floats], count: int
) -> Ranked:
    """The matched papers of topics, each row ordered by score.

    Args:
        matched: a mask of papers for each topic.
        vetoed: a mask of papers for each topic.
        scores: of all papers, for each topic.
        count: how many papers there are.
    """
    hits = _bits(matched, count)
    values = np.where(hits, np.asarray(scores), -np.inf)
    width = int(hits.sum(axis=1).max(initial=0))
    order = np.argsort(-values, axis=1, kind="stable")[:, :width]
    held = np.take_along_axis(hits, order, axis=1)
    papers = np.full((len(matched), width + 1), NOBODY, dtype=np.int16)
    papers[:, :width] = np.where(held, order, NOBODY)
    topics, forbidden = np.nonzero(_bits(vetoed, count))
    starts = np.searchsorted(topics, np.arange(len(vetoed) + 1))
    return Ranked(papers, forbidden.astype(np.int16), starts, count)


def _bits(masks: Sequence[int], count: int) -> NDArray[np.bool_]:
    size = (count + 7) // 8
    data = np.frombuffer(b"".join(mask.to_bytes(size, "little") for mask in masks), np.uint8)
    rows = data.reshape(len(masks), size)
    return np.unpackbits(rows, axis=1, bitorder="little", count=count).astype(np.bool_)


def select_many(topics: Ranked, readers: Readers) -> Chosen:
    """Each reader's papers: the best of each topic in turn, each paper once."""
    total = len(readers.starts) - 1
    width = int(readers.most.max(initial=0))
    papers = np.full((total, width), NOBODY, dtype=np.int16)
    counts = np.zeros(total, dtype=np.int16)
    rows = np.full((total, width), NOBODY, dtype=np.int32)
    for first in range(0, total, _BLOCK):
        after = min(first + _BLOCK, total)
        cut = slice(first, after)
        chosen = Chosen(papers[cut], counts[cut], rows[cut])
        _Block(topics, readers, first, after).fill(chosen)
    return Chosen(papers, counts, rows)


def forbid(topics: Ranked, taken: NDArray[np.bool_], owner: Ints, numbers: Ints) -> None:
    """Marks what readers exclude as taken, so that nobody gets it.

    Args:
        topics: by number.
        taken: a row of papers for each reader.
        owner: of each exclusion, a reader's row.
        numbers: of the exclusions' topics.
    """
    first = topics.veto_starts[numbers]
    lengths = topics.veto_starts[numbers + 1] - first
    papers = topics.vetoed[np.repeat(first, lengths) + within(lengths)]
    taken[np.repeat(owner, lengths), papers] = True


def within(counts: Ints) -> NDArray[np.int64]:
    """0, 1, … up to each of these counts, one after another."""
    starts = np.cumsum(counts, dtype=np.int64) - counts
    found: NDArray[np.int64] = np.arange(int(counts.sum())) - np.repeat(starts, counts)
    return found


class _Block:
    """Some readers, one after another in the table.

    A place in a table is told by one number, which goes on from row to row: to look up by row and
    column takes twice as long.
    """

    def __init__(self, topics: Ranked, readers: Readers, first: int, after: int) -> None:
        starts = readers.starts[first : after + 1]
        cut = slice(int(starts[0]), int(starts[-1]))
        numbers, excluded = readers.topics[cut], readers.excluded[cut]
        owner = np.repeat(np.arange(after - first), np.diff(starts))
        matching = ~excluded & (topics.papers[:, 0] != NOBODY)[numbers]
        self._best = topics.papers.ravel()
        self._count = topics.count
        self._room = readers.most[first:after].copy()
        self._owner = owner[matching]
        self._at = numbers[matching] * np.int64(topics.papers.shape[1])
        self._rows = np.flatnonzero(matching).astype(np.int32) + np.int32(cut.start)
        taken = np.zeros((after - first, topics.count), dtype=np.bool_)
        forbid(topics, taken, owner[excluded], numbers[excluded])
        self._taken = taken.ravel()

    def fill(self, chosen: Chosen) -> None:
        """Takes turns until nobody's topic has a paper left, or all readers have enough."""
        total, most = chosen.papers.shape
        into = np.arange(total) * most  # each reader's next place
        turn = np.arange(len(self._owner))
        while len(turn):
            for step in _in_turn(self._owner[turn]):
                self._take(turn[step], into, chosen)
            turn = turn[self._goes_on(self._best[self._at[turn]], self._owner[turn])]
        chosen.counts[:] = into - np.arange(total) * most

    def _goes_on(self, paper: Int16, owner: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether topics have a paper for readers who have room."""
        on: NDArray[np.bool_] = (paper != NOBODY) & (self._room[owner] > 0)
        return on

    def _take(self, rows: NDArray[np.int64], into: NDArray[np.int64], chosen: Chosen) -> None:
        """The next free paper of each row's topic; no two rows are of one reader."""
        papers, by = chosen.papers.reshape(-1), chosen.rows.reshape(-1)
        while len(rows):
            owner, paper = self._owner[rows], self._best[self._at[rows]]
            on = self._goes_on(paper, owner)
            rows, owner, paper = rows[on], owner[on], paper[on]
            self._at[rows] += 1
            cell = owner * self._count + paper
            fresh = ~self._taken[cell]
            self._taken[cell] = True
            got, place = owner[fresh], into[owner[fresh]]
            papers[place], by[place] = paper[fresh], self._rows[rows[fresh]]
            into[got] = place + 1
            self._room[got] -= 1
            rows = rows[~fresh]


def _in_turn(owner: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Groups of rows: every reader's first, every reader's second, and so on."""
    new = np.flatnonzero(np.diff(owner, prepend=NOBODY))
    place = within(np.diff(np.append(new, len(owner))))
    order = np.argsort(place.astype(np.uint16), kind="stable")  # by digits; nobody has 65,536
    return np.split(order, np.cumsum(np.bincount(place))[:-1])


def readers_of(
    wanted: Sequence[Sequence[tuple[str, bool]]], numbers: Mapping[str, int], most: Sequence[int]
) -> Readers:
    """Readers from their topics' texts; a text that has no number is left out.

    Args:
        wanted: each reader's active topics: text, and whether it is an exclusion.
        numbers: of the topics' texts.
        most: how many papers each reader wants.
    """
    known = [[(numbers[t], x) for t, x in topics if t in numbers] for topics in wanted]
    starts = np.cumsum([0, *map(len, known)])
    flat = [pair for topics in known for pair in topics]
    return Readers(
        starts,
        np.array([number for number, _ in flat], dtype=np.int32),
        np.array([excluded for _, excluded in flat], dtype=np.bool_),
        np.array(most, dtype=np.int16),
    )
