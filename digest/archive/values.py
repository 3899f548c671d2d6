"""What the archive answers with, besides papers and editions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digest.editions import Standing
from digest.model import EditionState


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResult:
    """What became of the papers of some answers; each sighting is counted once.

    Attributes:
        new: papers that the archive did not have, and that are in their day's edition now.
        updated: papers of which it knew less.
        unchanged: papers of which it knew all.
        late: papers that came after their edition was closed and are in, or wait for, the next.
        returned: papers of an earlier edition that came back, with a reason.
        editions: how many editions have become other than they were.
        problems: what was wrong with an answer whose last good state was left alone, as
            `source date: problem`.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    late: int = 0
    returned: int = 0
    editions: int = 0
    problems: tuple[str, ...] = ()

    def __add__(self, other: StoreResult) -> StoreResult:
        return StoreResult(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            late=self.late + other.late,
            returned=self.returned + other.returned,
            editions=self.editions + other.editions,
            problems=self.problems + other.problems,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source's edition of a date, without its papers."""

    source: str
    date: date
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRow:
    """One date: the combined state, and what each source has.

    Attributes:
        papers: how many there are; each is in one edition only.
        reason: why there is nothing, where there is nothing.
    """

    date: date
    state: EditionState
    papers: int
    reason: str
    sources: tuple[SourceRow, ...]
