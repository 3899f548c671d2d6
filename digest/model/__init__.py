"""What is sent: papers, editions, digests, messages and their deliveries. Values only."""

from __future__ import annotations

from digest.model.digests import (
    DAILY,
    WEEKLY,
    WELCOME,
    Digest,
    Entry,
    Reason,
    Rule,
    Tier,
    asks,
    papers_of,
)
from digest.model.messages import Delivery, DeliveryState, Message, Outcome
from digest.model.papers import (
    DayState,
    Edition,
    EditionState,
    Link,
    LinkKind,
    Paper,
    SourceDay,
    Trend,
)

__all__ = [
    "DAILY",
    "WEEKLY",
    "WELCOME",
    "DayState",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Edition",
    "EditionState",
    "Entry",
    "Link",
    "LinkKind",
    "Message",
    "Outcome",
    "Paper",
    "Reason",
    "Rule",
    "SourceDay",
    "Tier",
    "Trend",
    "asks",
    "papers_of",
]
