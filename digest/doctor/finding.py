"""What a check found, and how grave it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        remedy: the record, the setting or the command to add; "" where nothing is missing.
    """

    check: str
    level: Level
    text: str
    remedy: str = ""
