"""What planning came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.delivery import Plan
from digest.occasions import Settled
from digest.outcomes import DayOutcome
from digest.publish.deciding import Decision


@dataclass(slots=True)
class Planned:
    """What planning came to.

    Attributes:
        deliveries: rows that are new in the outbox and will be sent.
        nothing: rows that say that nothing matched.
        waiting: readers who wait for an edition until their latest hour.
        days: readers' days without a digest, by outcome and reason.
        editions: dates of the editions that digests were made of, by source.
    """

    deliveries: int = 0
    nothing: int = 0
    waiting: int = 0
    days: Counter[tuple[DayOutcome, str]] = field(default_factory=Counter)
    editions: set[Settled] = field(default_factory=set)

    def __str__(self) -> str:
        parts = [f"planned {self.deliveries}"] if self.deliveries else []
        parts += [f"nothing matched for {self.nothing}"] if self.nothing else []
        parts += [f"{self.waiting} wait for an edition"] if self.waiting else []
        parts += [f"{n} {outcome} ({why})" for (outcome, why), n in self.days.most_common(5)]
        return ", ".join(parts) or "nobody was due"

    def add(self, kept: Sequence[Decision], plans: Sequence[Plan]) -> None:
        """Counts a block of readers who were moved on."""
        self.deliveries += sum(not plan.skip for plan in plans)
        self.nothing += sum(bool(plan.skip) for plan in plans)
        self.waiting += sum(not d.holdings and not d.days for d in kept)
        for decision in kept:
            self.days.update((day.outcome, day.reason) for day in decision.days)
            for _, holding in decision.holdings:
                self.editions.update(holding.editions)
