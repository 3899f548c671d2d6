"""Which papers are earlier, and which are scored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of a corpus: the earlier papers, then those of the edition that is scored."""

    first: int
    edition: int
    after: int
