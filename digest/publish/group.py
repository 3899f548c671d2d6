"""Plain readers of a block who get the same editions: their rows, by arrays and joined pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.delivery.alike import Alike, Shared
from digest.delivery.plan import domain_of
from digest.publish.joining import Ints, Run
from digest.publish.pieces import PLACES, Packer, Style
from digest.publish.plain import Table
from digest.publish.prepare import nothing_of
from digest.publish.stream import BITS, EXCLUDED, MUTED, PAUSED, Block
from digest.selection.many import Readers, within
from digest.selection.selector import MOST_ALSO

_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picked:
    """The papers of each reader, a row each, in the order in which they are shown.

    Attributes:
        papers: by number.
        topics: which chose them, by number.
        places: where these stand among the reader's topics.
        counts: how many of a row count.
    """

    papers: Ints
    topics: Ints
    places: Ints
    counts: Ints

    def of(self, some: Ints) -> Picked:
        """The same of some readers."""
        columns = (self.papers, self.topics, self.places, self.counts)
        return Picked(*(column[some] for column in columns))

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which places of the rows count."""
        return np.arange(self.papers.shape[1]) < self.counts[:, None]


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
        self._table, self._block, self._places = table, block, places
        self._starts = np.append(0, np.cumsum(lengths))
        owner = self._owner = np.repeat(np.arange(len(places)), lengths)
        self._place = within(lengths)
        self._lines = block.topics[self._place + starts[owner]]
        ids = self._lines >> BITS
        self._number = table.numbers(ids)
        self._active = self._lines & PAUSED == 0
        self._excluded = self._lines & EXCLUDED != 0
        self._most = block.most[places]
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
        return Picked(papers, topics, places, chosen.counts.astype(np.int64))

    def alike(
        self, some: Ints, shared: Shared, packer: Packer, styles: Sequence[Style], picked: Picked
    ) -> Alike:
        """Deliveries of readers, by their places in the group, who share this.

        Args:
            some: ascending.
            shared: of what is to be sent, or of what is not.
            packer: of their occasion.
            styles: of each of them.
            picked: the papers of the whole group.
        """
        places = self._places[some].tolist()
        ids, papers = self._block.ids[places].tolist(), picked.of(some)
        emails = [self._block.emails[place] for place in places]
        agreed = [self._block.agreed[place] for place in places]
        sent = shared.next_attempt_at is not None
        reasons = [""] * len(ids) if sent else list(map(self._nothing, some.tolist()))
        own = list(zip(ids, emails, map(domain_of, emails), reasons, strict=True))
        parts: list[Run | list[str]] = [
            packer.heads(ids, emails, styles),
            self._asked(some),
            list(map(Style.middle, styles, agreed)),
            self._entries(some, papers),
            self._also(some, papers),
        ]
        return Alike(shared, own, self._table.pieces.joined(parts))

    def _asked(self, some: Ints) -> Run:
        """The topics of some readers, packed."""
        counts = np.diff(self._starts)[some]
        lines = self._lines[np.repeat(self._starts[some], counts) + within(counts)]
        return self._table.topics.run(lines, counts)

    def _entries(self, some: Ints, picked: Picked) -> Run:
        """The entries of some readers, packed."""
        held, counts = picked.held, picked.counts
        papers, topics, places = (c[held] for c in (picked.papers, picked.topics, picked.places))
        headings = np.repeat((self._wanted[some] > 1).astype(np.int64), counts)
        return self._table.entries.run(papers, topics, places, headings, counts)

    def _also(self, some: Ints, picked: Picked) -> Run:
        """The most voted papers that each reader is not shown in full, and does not forbid."""
        table, held = self._table, picked.held
        taken = np.zeros((len(some), table.count), np.bool_)
        taken[np.nonzero(held)[0], picked.papers[held]] = True
        self._forbid(some, taken)
        most = int(taken.sum(axis=1).max(initial=0)) + MOST_ALSO
        voted = np.array(table.crowd.voted[:most], np.int64)
        taken = taken[:, voted]
        first = np.argsort(taken, axis=1, kind="stable")[:, :MOST_ALSO]
        free = ~np.take_along_axis(taken, first, axis=1)
        free &= (self._block.also[self._places[some]] & (picked.counts > 0))[:, None]
        return table.listed.run(np.where(free, voted[first] + 1, 0))

    def _forbid(self, some: Ints, taken: NDArray[np.bool_]) -> None:
        """Marks the papers that some readers exclude."""
        row = np.full(len(self.plain), -1)
        row[some] = np.arange(len(some))
        owner = row[self._owner]
        vetoes = np.flatnonzero(self._excluded & self._active & (owner >= 0))
        self._table.crowd.forbid(taken, owner[vetoes], self._number[vetoes])

    def _nothing(self, at: int) -> str:
        """Why a reader gets no mail."""
        cut = slice(self._starts[at], self._starts[at + 1])
        wanted = self._number[cut][~self._excluded[cut] & self._active[cut]].tolist()
        vetoes = self._vetoes(at)
        vetoed = self._table.crowd.vetoed(vetoes) if vetoes else _NOTHING
        near = self._table.crowd.nearest(wanted, vetoed)
        return nothing_of(self._table.count, near.title if near else "")

    def _vetoes(self, at: int) -> list[int]:
        cut = slice(self._starts[at], self._starts[at + 1])
        numbers: list[int] = self._number[cut][self._excluded[cut] & self._active[cut]].tolist()
        return numbers
