"""One of a message's two parts, with blanks for what is each reader's own.

A part's pieces are in turn what all its readers have alike and a blank, so that all blanks
are filled at once. Where two pieces follow one another, nothing is put in the blank between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter

from digest.rendering.fragments import ENTRIES, Fields, filled_in
from digest.rendering.splice import Spliced
from digest.rendering.views import BLANKS

_PLACES = {name: place for place, name in enumerate(BLANKS)}
_NOTHING = 0  # the place of nothing at all

Pieces = list[bytes]
Pick = Callable[[Sequence[bytes]], tuple[bytes, ...]]


class Layout:
    """A frame's pieces and blanks in turn.

    Attributes:
        pieces: something else wherever a blank is, or a field that readers have alike.
        blanks: the place in `BLANKS` of what is put in each.
        alike: where such a field stands, and its name.
    """

    def __init__(self, frame: Spliced) -> None:
        self.pieces: Pieces = [b""]
        self.blanks: list[int] = []
        self.alike: list[tuple[int, str]] = []
        self._free = True
        names = dict(frame.holes)
        for place, piece in enumerate(frame.pieces):
            name = names.get(place)
            if name is None:
                self._put(piece)
            elif name in _PLACES:
                self._add(_PLACES[name])
            else:
                self._put(b"")
                self.alike.append((len(self.pieces) - 1, name))
        for _ in range(2):  # of fewer, `itemgetter` gives no tuple
            self._add(_NOTHING)

    def _add(self, blank: int) -> None:
        self.blanks.append(blank)
        self.pieces += (b"", b"")
        self._free = True

    def _put(self, piece: bytes) -> None:
        """Puts a piece behind the last blank, else behind nothing."""
        if not self._free:
            self._add(_NOTHING)
        self.pieces[-1], self._free = piece, False


class Part:
    """One part of the messages that many readers have alike.

    Args:
        frame: what stands around the papers.
        alike: fields that all its readers have alike.
        entries: between the pieces of each stands its feedback's address.
        html: which part it is.
    """

    __slots__ = ("_pick", "_pieces", "_size")

    def __init__(
        self, frame: Spliced, alike: Fields, entries: Sequence[tuple[bytes, ...]], *, html: bool
    ) -> None:
        layout = _layout(frame)
        pieces, after = layout.pieces.copy(), 0
        for place, name in layout.alike:
            if name in alike:
                pieces[place] = filled_in(name, alike[name], html=html)
            elif name == ENTRIES:
                after = place + 1
        # Each entry's pieces stay apart: joined, every form would hold a copy of its papers.
        sizes = tuple(map(len, entries)) if after else ()
        between = [b""] * (2 * sum(sizes))
        between[1::2] = chain.from_iterable(entries) if after else ()
        pieces[after:after] = between
        self._pieces = pieces
        self._pick = _picker(layout, after // 2, sizes)
        self._size = sum(map(len, pieces))

    def filled(self, own: tuple[bytes, ...]) -> Pieces:
        """The part of one reader's message."""
        pieces = self._pieces.copy()
        pieces[1::2] = self._pick(own)
        return pieces

    def size(self, pieces: Pieces) -> int:
        """Octets of a part that is filled."""
        return self._size + sum(map(len, pieces[1::2]))


_layout = lru_cache(maxsize=1024)(Layout)


@lru_cache(maxsize=4096)
def _picker(layout: Layout, after: int, sizes: Sequence[int]) -> Pick:
    """Puts what is a reader's own in the order of a part's blanks.

    Args:
        layout: of its frame.
        after: how many blanks stand before those of the entries.
        sizes: of how many pieces each entry is.
    """
    asked = [
        place
        for number, size in enumerate(sizes, len(BLANKS))
        for place in (_NOTHING, *[number] * (size - 1))
    ]
    return itemgetter(*layout.blanks[:after], *asked, *layout.blanks[after:])
