"""Text rendered once, with holes for what differs from reader to reader.

A template is rendered with a `Hole` in place of each value that differs. The result is cut
at the holes and encoded; for a reader, the encoded pieces and the encoded values are joined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from digest.rendering.quoted import SOFT_BREAK, encode

# Noncharacters: cleaned text holds none (Unicode 23.7), so no data can look like a hole.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_HOLE = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")


class Hole:
    """Stands in a template for a value that is there, but not yet known."""

    def __init__(self, name: str) -> None:
        self._text = Markup(f"{_OPEN}{name}{_CLOSE}")  # noqa: S704  # a name of ours, not data

    def __str__(self) -> str:
        return self._text

    def __html__(self) -> str:
        return self._text


@dataclass(frozen=True, slots=True, eq=False)
class Spliced:
    """Encoded pieces, an empty one wherever a hole is.

    Attributes:
        holes: the place and the name of each hole.
        size: octets before the encoding, holes left out.
    """

    pieces: tuple[bytes, ...]
    holes: tuple[tuple[int, str], ...]
    size: int

    def fill(self, values: Mapping[str, bytes], into: list[bytes]) -> None:
        """Adds the pieces to a list, with an encoded value in every hole."""
        start = len(into)
        into += self.pieces
        for place, name in self.holes:
            into[start + place] = values[name]

    def bound(self, values: Mapping[str, bytes]) -> Spliced:
        """The same with some of the holes filled, and fewer pieces."""
        pieces: list[bytes] = [b""]
        holes: list[tuple[int, str]] = []
        names = dict(self.holes)
        for place, piece in enumerate(self.pieces):
            name = names.get(place)
            if name is None or name in values:
                pieces[-1] += piece if name is None else values[name]
            else:
                holes.append((len(pieces), name))
                pieces += [b"", b""]
        size = self.size + sum(len(values[name]) for name in names.values() if name in values)
        return Spliced(tuple(pieces), tuple(holes), size)

    def parted(self, endings: Mapping[str, bytes]) -> tuple[bytes, ...]:
        """What `bytes.join` puts one and the same value between, for every hole.

        Args:
            endings: by hole, what follows the value in it.
        """
        parts: list[bytes] = [b""]
        names = dict(self.holes)
        for place, piece in enumerate(self.pieces):
            if place in names:
                parts.append(endings[names[place]])
            else:
                parts[-1] += piece
        return tuple(parts)

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """The whole, with an encoded value in every hole."""
        pieces: list[bytes] = []
        self.fill(values, pieces)
        return b"".join(pieces)


def splice(rendered: str, closed: frozenset[str] = frozenset()) -> Spliced:
    """Cuts rendered text at its holes and encodes it.

    Args:
        rendered: lines that end in LF.
        closed: names of holes whose values end with a line's end of their own.
    """
    texts = _HOLE.split(rendered)
    pieces: list[bytes] = []
    holes: list[tuple[int, str]] = []
    size = 0
    for number, text in enumerate(texts):
        if number % 2:
            holes.append((number, text))
            pieces.append(b"")
            continue
        before = texts[number - 1] if number else ""
        pieces.append(_joined(text, before, closed, last=number == len(texts) - 1))
        size += len(text.encode())
    return Spliced(tuple(pieces), tuple(holes), size)


def around(text: str, value: str) -> tuple[bytes, ...]:
    """The encoded pieces of text around a value, for `bytes.join` with another in its place."""
    texts = text.split(value)
    last = len(texts) - 1
    return tuple(
        [
            _joined(one, value if number else "", frozenset(), last=number == last)
            for number, one in enumerate(texts)
        ]
    )


def _joined(text: str, before: str, closed: frozenset[str], *, last: bool) -> bytes:
    """A piece with soft breaks where it meets a hole in the middle of a line."""
    encoded = encode(text)
    if before and before not in closed and not text.startswith("\n"):
        encoded = SOFT_BREAK + encoded
    if not last and text and not encoded.endswith(b"\r\n"):
        encoded += SOFT_BREAK
    return encoded


def split(rendered: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Rendered text cut at those of its holes that are not known: text, name, text and so on."""

    def put_in(hole: re.Match[str]) -> str:
        return known.get(hole[1], hole[0])

    return tuple(_HOLE.split(_HOLE.sub(put_in, rendered)))
