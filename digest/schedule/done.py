"""What a run did, for its recorded outcome."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Done:
    """What a run did, for its recorded outcome."""

    planned: int = 0
    accepted: int = 0
    deferred: int = 0
    bounced: int = 0
    pulls: int = 0
    failures: int = 0

    def __str__(self) -> str:
        parts = [
            f"{self.pulls} pulls ({self.failures} failed)",
            f"planned {self.planned}",
            f"accepted {self.accepted}",
            f"deferred {self.deferred}",
            f"bounced {self.bounced}",
        ]
        return ", ".join(parts)
