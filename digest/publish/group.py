"""Plain readers of a block who get the same editions: their rows, by arrays and joined pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.model import DeliveryState
from digest.publish.pieces import PLACES, Packer, key_of
from digest.publish.plain import Model, Table
from digest.publish.prepare import nothing_of
from digest.publish.stream import BITS, EXCLUDED, MUTED, PAUSED, Block, Stored
from digest.selection.many import Readers
from digest.selection.selector import MOST_ALSO

PLANNED, SKIPPED = DeliveryState.PLANNED.value, DeliveryState.SKIPPED.value
Ints = NDArray[np.int64]
_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picked:
    """The papers of each reader, a row each, in the order in which they are shown.

    Attributes:
        papers: by number.
        keys: of their pieces.
        counts: how many of a row count.
    """

    papers: Ints
    keys: Ints
    counts: Ints

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which places of the rows count."""
        return np.arange(self.papers.shape[1]) < self.counts[:, None]


class Texts(NamedTuple):
    """What is packed for one reader, joined, and how many papers they get."""

    papers: int
    topics: str
    entries: str
    also: str


class Group:
    """Readers with their topics by number.

    Args:
        table: of their editions.
        places: where they stand in the block.
        block: with other readers, too.

    Attributes:
        plain: whether each of them is a plain reader.
    """

    def __init__(self, table: Table, places: Ints, block: Block) -> None:
        starts, ends = block.starts[places], block.starts[places + 1]
        lengths = ends - starts
        self._table = table
        self._starts = np.append(0, np.cumsum(lengths))
        owner = self._owner = np.repeat(np.arange(len(places)), lengths)
        self._place = np.arange(len(owner)) - self._starts[owner]
        self._lines = block.topics[self._place + starts[owner]]
        ids = self._lines >> BITS
        self._number = table.numbers(ids)
        self._active = self._lines & PAUSED == 0
        self._excluded = self._lines & EXCLUDED != 0
        most = (block.readers[at].max_papers for at in places.tolist())
        self._most = np.fromiter(most, np.int16, len(places))
        self._wanted = np.bincount(owner[~self._excluded], minlength=len(places))
        odd = (self._lines & MUTED != 0) | (self._number < 0)
        self.plain = (
            (self._wanted > 0)
            & (np.bincount(owner, odd, minlength=len(places)) == 0)
            & (lengths < PLACES)
            & ~self._twice(ids, len(places))
        )

    def _twice(self, ids: Ints, count: int) -> NDArray[np.bool_]:
        """Who asks for one topic twice: which of them chose a paper is told by its text."""
        keys = np.sort(self._owner * (ids.max(initial=0) + 1) + ids)
        again = keys[1:][keys[1:] == keys[:-1]] // (ids.max(initial=0) + 1)
        return np.bincount(again, minlength=count) > 0

    def picked(self) -> Picked:
        """The papers that each reader gets; none for those who are not plain."""
        usable = np.flatnonzero(self._active & self.plain[self._owner])
        starts = np.searchsorted(self._owner[usable], np.arange(len(self.plain) + 1))
        numbers, excluded = self._number[usable], self._excluded[usable]
        readers = Readers(starts, numbers.astype(np.int32), excluded, self._most)
        chosen = self._table.crowd.choose(readers)
        papers = chosen.papers.astype(np.int64)
        lines = usable[chosen.rows] if len(usable) else np.zeros_like(papers)
        topics = self._number[lines] if len(usable) else lines
        places = self._place[lines] if len(usable) else lines
        keys = key_of(papers, topics, places, self._table.count)
        return Picked(papers, keys, chosen.counts.astype(np.int64))

    def texts(self, picked: Picked) -> Iterator[Texts]:
        """What is packed for each reader."""
        held, table = picked.held, self._table
        headings = (self._wanted > 1).astype(np.int64)[:, None]
        keys = (picked.keys + headings)[held]
        entries = _joined(list(map(table.entries.__getitem__, keys.tolist())), picked.counts)
        plain = self.plain[self._owner]
        topics = list(map(table.topics.__getitem__, self._lines[plain].tolist()))
        asked = _joined(topics, np.where(self.plain, np.diff(self._starts), 0))
        return map(Texts, picked.counts.tolist(), asked, entries, self._also(picked, held))

    def _also(self, picked: Picked, held: NDArray[np.bool_]) -> list[str]:
        """The most voted papers that each reader is not shown in full, and does not forbid."""
        table = self._table
        taken = np.zeros((len(self.plain), table.count), np.bool_)
        taken[np.nonzero(held)[0], picked.papers[held]] = True
        for at in self._vetoing():
            taken[at, list(table.crowd.vetoed(self._vetoes(at)))] = True
        most = int(taken.sum(axis=1).max(initial=0)) + MOST_ALSO
        voted = np.array(table.crowd.voted[:most], np.int64)
        taken = taken[:, voted]
        first = np.argsort(taken, axis=1, kind="stable")[:, :MOST_ALSO]
        free = ~np.take_along_axis(taken, first, axis=1)
        digits = np.where(free, voted[first] + 1, 0)
        keys = digits @ table.listed.base ** np.arange(digits.shape[1])[::-1]
        return list(map(table.listed.__getitem__, keys.tolist()))

    def row(
        self, at: int, reader: Stored, model: Model, packer: Packer, texts: Texts
    ) -> list[object]:
        """The reader's row of the outbox."""
        also = texts.also if texts.papers and reader.also_trending else ""
        row = model.row.copy()
        row[0], row[3], row[4] = reader.id, reader.email, reader.email.rpartition("@")[2].lower()
        row[11] = packer.pack(reader, model.style, texts.topics, texts.entries, also)
        if texts.papers:
            row[5], row[9], row[15] = PLANNED, row[7], ""
        else:
            row[5], row[9], row[15] = SKIPPED, None, self._nothing(at)
        return row

    def _nothing(self, at: int) -> str:
        """Why a reader gets no mail."""
        cut = slice(self._starts[at], self._starts[at + 1])
        wanted = self._number[cut][~self._excluded[cut] & self._active[cut]].tolist()
        vetoes = self._vetoes(at)
        vetoed = self._table.crowd.vetoed(vetoes) if vetoes else _NOTHING
        near = self._table.crowd.nearest(wanted, vetoed)
        return nothing_of(self._table.count, near.title if near else "")

    def _vetoing(self) -> list[int]:
        """The plain readers who exclude something now."""
        lines = self._excluded & self._active & self.plain[self._owner]
        found: list[int] = np.unique(self._owner[lines]).tolist()
        return found

    def _vetoes(self, at: int) -> list[int]:
        cut = slice(self._starts[at], self._starts[at + 1])
        numbers: list[int] = self._number[cut][self._excluded[cut] & self._active[cut]].tolist()
        return numbers


def _joined(pieces: Sequence[str], counts: Ints) -> list[str]:
    """The first so many pieces, the next so many, and so on, with commas between."""
    edges = [0, *np.cumsum(counts).tolist()]
    return [",".join(pieces[first:after]) for first, after in pairwise(edges)]
