"""A finding of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is, the gravest first."""

    ERROR = "error"  # mail that is refused, unlawful or cannot be read
    WARNING = "warning"  # some readers lose something
    NOTE = "note"  # good to know


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check found.

    Attributes:
        rule: the check's name, such as `contrast`.
        place: where: `line 12 of the HTML`, a header's name.
        problem: what is wrong there.
        remedy: what to do about it.
    """

    rule: str
    severity: Severity
    place: str
    problem: str
    remedy: str
