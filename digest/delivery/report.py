"""What a run of the sender did, in numbers and in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from digest.model import DeliveryState


@dataclass(slots=True)
class Report:
    """The end of a run; it always has words.

    Attributes:
        counts: attempts by what became of them.
        skipped: deliveries that were ended without an attempt, by reason.
        lost_claims: answers that did not count, since another sender had taken over.
        waiting: deliveries that still wait when the run ends.
        reason: why the run ended early, "" where nothing was left that is due.
    """

    counts: Counter[DeliveryState] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    lost_claims: int = 0
    waiting: int = 0
    reason: str = ""

    def __add__(self, other: Report) -> Report:
        """What two senders did together; what waits was counted by both, and is the later count."""
        return Report(
            counts=self.counts + other.counts,
            skipped=self.skipped + other.skipped,
            lost_claims=self.lost_claims + other.lost_claims,
            waiting=other.waiting,
            reason="; ".join(dict.fromkeys(filter(None, (self.reason, other.reason)))),
        )

    @property
    def accepted(self) -> int:
        """Messages that the mail server took."""
        return self.counts[DeliveryState.ACCEPTED]

    @property
    def deferred(self) -> int:
        """Attempts that are made again later."""
        return self.counts[DeliveryState.DEFERRED]

    @property
    def bounced(self) -> int:
        """Messages refused for good."""
        return self.counts[DeliveryState.BOUNCED]

    @property
    def failed(self) -> int:
        """Messages given up."""
        return self.counts[DeliveryState.FAILED]

    @property
    def uncertain(self) -> int:
        """Attempts whose answer never came."""
        return self.counts[DeliveryState.UNCERTAIN]

    def __str__(self) -> str:
        names = ("accepted", "deferred", "bounced", "failed", "uncertain")
        parts = [f"{name} {count}" for name in names if (count := getattr(self, name))]
        parts += [f"skipped {count} ({reason})" for reason, count in self.skipped.items()]
        parts += [f"taken over by another sender {self.lost_claims}"] if self.lost_claims else []
        parts += [f"waiting {self.waiting}"] if self.waiting else []
        told = ", ".join(parts) or "nothing was due"
        return f"{told}; stopped: {self.reason}" if self.reason else told
