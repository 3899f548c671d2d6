"""What a subscriber's topic is used for, as commands say it."""

from __future__ import annotations

from datetime import date

from subscribers.model import Topic
from subscribers.topics import fault_of


def use_of(topic: Topic, today: date) -> str:
    """`selects`, `excludes`, or why it does neither."""
    if fault := fault_of(topic.text):
        return f"is no topic any more: {fault}"
    if topic.paused:
        return "paused"
    if not topic.is_active(today):
        return f"rests until {topic.muted_until}"
    return "excludes" if topic.excluded else "selects"


def marked(topic: Topic, today: date) -> str:
    """A topic in one line, with what keeps it from selecting."""
    text = f"not {topic.text}" if topic.excluded else topic.text
    if fault_of(topic.text):
        return f"{text} (no topic any more)"
    return text if topic.is_active(today) else f"{text} ({use_of(topic, today)})"
