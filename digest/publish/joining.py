"""Very many texts joined at once from pieces that they share.

A piece has a number, so that what a block's texts are made of is one array of numbers, which is
laid out by arithmetic and joined by one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.delivery.alike import Texts
from digest.selection.many import within

Ints = NDArray[np.int64]
_NONE = -1


class Run(NamedTuple):
    """Pieces that follow one another: text `i` has the next `counts[i]` of them."""

    pieces: Ints
    counts: Ints


class Pieces:
    """Pieces of texts, by number."""

    def __init__(self) -> None:
        self._all: list[bytes] = []
        self._table = np.empty(0, object)
        self._lengths = np.empty(0, np.int64)

    def add(self, *texts: str) -> int:
        """The number of the first of these; the others have the next."""
        first = len(self._all)
        self._all += [text.encode() for text in texts]
        return first

    def joined(self, parts: Sequence[Run | Sequence[str]]) -> Texts:
        """Texts, each of its pieces of every part: of a run, or of texts of their own."""
        own: list[bytes] = []
        flat, edges = laid_out([self._run(part, own) for part in parts])
        self._keep()
        table = np.concatenate([self._table, np.array([*own, b""], object)])
        lengths = np.append(self._lengths, _lengths(own))
        starts = np.append(0, np.cumsum(lengths[flat]))[edges]
        return Texts(b"".join(table[flat].tolist()), starts)

    def _run(self, part: Run | Sequence[str], own: list[bytes]) -> Run:
        if isinstance(part, Run):
            return part
        first = len(self._all) + len(own)
        own += [text.encode() for text in part]
        return Run(np.arange(first, first + len(part)), np.ones(len(part), np.int64))

    def _keep(self) -> None:
        """The pieces as arrays, with those that are new."""
        new = self._all[len(self._table) :]
        if new:
            self._table = np.concatenate([self._table, np.array([*new, b""], object)[:-1]])
            self._lengths = np.append(self._lengths, _lengths(new))


class Numbers:
    """A number for each key, made when it is first asked for.

    Args:
        make: the number of a key.
        size: above all keys.
    """

    def __init__(self, make: Callable[[int], int], size: int) -> None:
        self._make = make
        self._known = np.full(size, _NONE, np.int32)

    def of(self, keys: Ints) -> Ints:
        """The numbers of many keys."""
        found = self._known[keys]
        for key in np.unique(keys[found == _NONE]).tolist():
            self._known[key] = self._make(key)
        return self._known[keys].astype(np.int64)


def laid_out(runs: Sequence[Run]) -> tuple[Ints, Ints]:
    """The pieces of all texts, one text after another, and where each text begins, and the end."""
    counts = np.array([run.counts for run in runs])
    edges = np.append(0, np.cumsum(counts.sum(axis=0)))
    begins = edges[:-1] + np.cumsum(counts, axis=0) - counts
    flat = np.empty(edges[-1], np.int64)
    for run, begin in zip(runs, begins, strict=True):
        flat[np.repeat(begin, run.counts) + within(run.counts)] = run.pieces
    return flat, edges


def _lengths(texts: Sequence[bytes]) -> Ints:
    return np.fromiter(map(len, texts), np.int64, len(texts))
