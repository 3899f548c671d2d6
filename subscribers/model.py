"""Subscribers, their topics and schedules: values, with no store and no clock behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """Where a subscription stands; `subscribers.consent` holds the transitions."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"


class Cadence(StrEnum):
    """On which days a subscriber is written to."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


class WhenNothing(StrEnum):
    """What a subscriber gets on a day on which none of their topics matched."""

    SILENCE = "silence"
    NEAR = "near"
    TOP = "top"
    WEEKLY = "weekly"


class SuppressionReason(StrEnum):
    """Why nothing may be sent to an address, whoever asks."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    OPERATOR = "operator"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a subscriber's digest is due, in their own time zone.

    Attributes:
        cadence: every day, Monday to Friday, or once a week.
        weekday: the day of a weekly digest, 0 (Monday) to 6.
        hour: local hour, 0 to 23.
        minute: local minute, 0 to 59.
        timezone: an IANA name.
        latest_hour: wait for editions that are still filling until this local hour;
            None does not wait.
        catch_up: after days of outage, one digest of all that was missed
            instead of the latest only.
    """

    cadence: Cadence = Cadence.WEEKDAYS
    weekday: int = 0
    hour: int = 8
    minute: int = 0
    timezone: str = "UTC"
    latest_hour: int | None = None
    catch_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic of a subscriber: a query in the topic language.

    Attributes:
        text: the query; several lines are alternatives.
        excluded: the query is a veto over all topics of the subscriber.
        paused: kept, but not used.
        muted_until: not used before this day.
    """

    text: str
    excluded: bool = False
    paused: bool = False
    muted_until: date | None = None

    def is_active(self, today: date) -> bool:
        """Whether the topic counts on this day."""
        return not self.paused and (self.muted_until is None or today >= self.muted_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Who agreed to what, when: one line of a subscriber's history, never changed.

    Attributes:
        action: `subscribe`, `confirm`, `pause`, `resume`, `unsubscribe`, `import`, …
        at: when, in UTC.
        source: where it came from: `operator`, `web`, `one-click`, `reply`, `import`.
        text_version: the wording that was agreed to.
    """

    action: str
    at: datetime
    source: str
    text_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address to which nothing is sent, known by its keyed hash alone."""

    address_hash: str
    reason: SuppressionReason
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader, with what they asked for.

    Attributes:
        id: the store's key, 0 for one who is not stored (a preview).
        email: the address as it is written on the envelope.
        near: also papers that no topic matches but that are close to one.
        also_trending: the day's most voted papers in a short list at the end.
        confirmed_at: when the reader (or the operator for them) agreed, in UTC.
    """

    email: str
    id: int = 0
    status: SubscriptionStatus = SubscriptionStatus.UNCONFIRMED
    topics: tuple[Topic, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)
    template: str = "daily"
    locale: str = "en"
    max_papers: int = 10
    near: bool = False
    also_trending: bool = True
    when_nothing: WhenNothing = WhenNothing.SILENCE
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
