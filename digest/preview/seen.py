"""A message that is looked at, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digest.model import Delivery, Digest, Edition, Message
from digest.rendering.lint import Finding, lint
from digest.selection import Verdict
from subscribers.model import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message and what it was made from.

    Attributes:
        at: the planned time.
        kind: `daily`, `welcome`, `confirm`, …
        template: the name of its template.
        sampled: the edition is the shipped one, since none is archived yet.
        digest: None for a message without papers.
        verdicts: the edition paper by paper; empty for a message without papers.
        message: None where nothing matched, so that `send` sends nothing.
        due: a plain `send` would deliver it now.
        delivery: its row of the outbox, where it is one.
        facts: of a notice.
    """

    reader: Subscriber
    edition: Edition
    at: datetime
    kind: str
    template: str
    sampled: bool = False
    digest: Digest | None = None
    verdicts: tuple[Verdict, ...] = ()
    message: Message | None = None
    due: bool = False
    delivery: Delivery | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """What `digest lint` says of this message, the gravest first."""
        return lint(self.message) if self.message else []
