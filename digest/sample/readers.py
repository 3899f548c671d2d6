"""Six readers of the sample edition, chosen to show what a subscription can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from subscribers.model import (
    Cadence,
    Schedule,
    Subscriber,
    SubscriptionStatus,
    Topic,
    WhenNothing,
)

_AGREED = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
_READER = Subscriber(
    email="reader@example.org",
    status=SubscriptionStatus.CONFIRMED,
    created_at=_AGREED,
    confirmed_at=_AGREED,
)


def subscribers() -> tuple[Subscriber, ...]:
    """Confirmed readers with different topics, hours and templates; one has no topic at all."""
    return (_agents(), _most_voted(), _brief(), _one_paper(), _weekly(), _conditions())


def _agents() -> Subscriber:
    """Two topics, each with a heading of its own, on weekday mornings in Berlin."""
    return replace(
        _READER,
        email="agents@example.org",
        topics=_topics("agent harness\nGUI agent", "reinforcement learning\nRL"),
        schedule=Schedule(timezone="Europe/Berlin"),
    )


def _most_voted() -> Subscriber:
    """No topic: the ten most voted papers, every day at seven, UTC."""
    return replace(
        _READER, email="trending@example.org", schedule=Schedule(cadence=Cadence.DAILY, hour=7)
    )


def _brief() -> Subscriber:
    """Titles only, for a reader of pictures, video and space in New York."""
    return replace(
        _READER,
        email="vision@example.org",
        topics=_topics("3D OR 4D OR video", "robot OR navigation"),
        schedule=Schedule(hour=6, minute=30, timezone="America/New_York"),
        template="brief",
        also_trending=False,
    )


def _one_paper() -> Subscriber:
    """A narrow interest in Tokyo: one paper matches; on other days the top ones come."""
    return replace(
        _READER,
        email="theory@example.org",
        topics=_topics('"matrix multiplication exponent"'),
        schedule=Schedule(hour=9, timezone="Asia/Tokyo"),
        when_nothing=WhenNothing.TOP,
    )


def _weekly() -> Subscriber:
    """Speech and audio once a week, on Friday, with a veto and papers that are merely near."""
    return replace(
        _READER,
        email="audio@example.org",
        topics=(*_topics("speech OR audio"), Topic(text="animation", excluded=True)),
        schedule=Schedule(cadence=Cadence.WEEKLY, weekday=4, hour=16, timezone="Asia/Kolkata"),
        near=True,
    )


def _conditions() -> Subscriber:
    """Conditions and fields of the topic language, and at most five papers."""
    return replace(
        _READER,
        email="builder@example.org",
        topics=_topics("has:code upvotes>=20 NOT title:benchmark", "org:Tencent OR org:Google"),
        schedule=Schedule(hour=8, minute=15, timezone="Europe/London"),
        max_papers=5,
    )


def _topics(*texts: str) -> tuple[Topic, ...]:
    return tuple(Topic(text=text) for text in texts)
