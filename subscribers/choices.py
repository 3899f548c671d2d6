"""What a reader chose, as text: kept with a request until the person at the address agrees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

from subscribers.errors import TopicError
from subscribers.model import Cadence, Schedule, Subscriber, Topic, WhenNothing
from subscribers.topics import answered

_KEPT = ("template", "locale", "max_papers", "near", "also_trending", "when_nothing")


def to_text(chosen: Subscriber) -> str:
    """The choices of a subscriber, without who they are."""
    topics = [asdict(topic) for topic in chosen.topics]
    packed = {"topics": topics, "schedule": asdict(chosen.schedule)}
    packed |= {name: getattr(chosen, name) for name in _KEPT}
    return json.dumps(packed, default=date.isoformat, ensure_ascii=False, separators=(",", ":"))


def applied(text: str, reader: Subscriber) -> Subscriber:
    """The reader with these choices."""
    packed = json.loads(text)
    schedule, topics = packed.pop("schedule"), packed.pop("topics")
    return replace(
        reader,
        **packed | {"when_nothing": WhenNothing(packed["when_nothing"])},
        schedule=Schedule(**schedule | {"cadence": Cadence(schedule["cadence"])}),
        topics=tuple(_topic(**topic) for topic in topics),
    )


def made_exact(reader: Subscriber, answers: Mapping[str, Sequence[str]]) -> Subscriber:
    """The reader with topics in which acronyms have the meanings that were chosen.

    Args:
        reader: a topic that cannot be read, or that no such meaning fits, stays as it is.
        answers: meanings by acronym; one that is not answered keeps all of its meanings.
    """
    topics = [topic if topic.excluded else _exact(topic, answers) for topic in reader.topics]
    return replace(reader, topics=tuple(dict.fromkeys(topics)))


def _exact(topic: Topic, answers: Mapping[str, Sequence[str]]) -> Topic:
    try:
        return replace(topic, text=answered(topic.text, answers))
    except TopicError:
        return topic


def _topic(text: str, *, excluded: bool, paused: bool, muted_until: str | None) -> Topic:
    until = date.fromisoformat(muted_until) if muted_until else None
    return Topic(text=text, excluded=excluded, paused=paused, muted_until=until)
