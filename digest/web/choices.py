"""A reader's choices on a form: read, checked, and shown again as they were typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from digest.web.forms import Fields
from digest.web.zones import is_zone
from subscribers.errors import TopicError
from subscribers.model import Cadence, Schedule, Subscriber, Topic, WhenNothing
from subscribers.topics import answered, parse

T = TypeVar("T", bound=str)
MOST_TOPICS = 40
LONGEST_TOPICS = 20_000
MOST_PAPERS = 50
CADENCES = {
    Cadence.WEEKDAYS: "On weekdays",
    Cadence.DAILY: "Every day",
    Cadence.WEEKLY: "Once a week",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WHEN_NOTHING = {
    WhenNothing.SILENCE: "No mail that day",
    WhenNothing.NEAR: "Papers that are merely close to my topics",
    WhenNothing.TOP: "The three most voted papers of the day",
    WhenNothing.WEEKLY: "No mail that day, but one at the end of the week",
}
TEMPLATES = {
    "daily": "Full: title, summary and why each paper was chosen",
    "brief": "Brief: titles only",
}
_NO_DIGESTS = frozenset({"confirm", "welcome", "goodbye", "weekly", "parts", "partials"})


@dataclass(frozen=True, slots=True)
class TopicProblem:
    """What is wrong with one line of the topics.

    Attributes:
        line: counted from 1.
        error: says what was expected, with the text and a caret.
    """

    line: int
    error: TopicError


@dataclass(frozen=True, slots=True)
class Problems:
    """What stands in the way, by field; empty where all is well."""

    fields: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[TopicProblem, ...] = ()
    excluded: tuple[TopicProblem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.topics or self.excluded)


def templates(own: Path | None) -> dict[str, str]:
    """The templates that a reader can choose, with a line about each."""
    folder = own / "email" if own else None
    if folder is None or not folder.is_dir():
        return TEMPLATES
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    return TEMPLATES | {n: n for n in names if n not in TEMPLATES and n not in _NO_DIGESTS}


def read_topics(
    text: str, *, excluded: bool = False
) -> tuple[tuple[Topic, ...], tuple[TopicProblem, ...]]:
    """One topic a line, and what is wrong with which line."""
    topics: dict[str, Topic] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        wanted = line.strip()
        if not wanted:
            continue
        try:
            parse(wanted)
        except TopicError as error:
            problems.append(TopicProblem(number, error))
        topics[wanted] = Topic(text=wanted, excluded=excluded)
    return tuple(topics.values()), tuple(problems)


def with_meaning(text: str, said: str) -> str:
    """Topics in which an acronym has the meaning that was chosen; broken ones stay as typed.

    Args:
        text: one topic a line.
        said: `TTS=text to speech`.
    """
    acronym, _, meaning = said.partition("=")
    return "\n".join(_with_meaning(line, acronym, meaning) for line in text.splitlines())


def _with_meaning(line: str, acronym: str, meaning: str) -> str:
    try:
        return answered(line, {acronym: [meaning]})
    except TopicError:
        return line


def read_schedule(fields: Fields, before: Schedule) -> tuple[Schedule, dict[str, str]]:
    """When the digest comes, and what is wrong by field."""
    problems = {}
    zone = fields.text("timezone") or before.timezone
    if not is_zone(zone):
        problems["timezone"] = f"“{zone}” is no time zone. Write it as Europe/Berlin."
    schedule = replace(
        before,
        cadence=_chosen(fields, "cadence", Cadence, before.cadence),
        weekday=_number(fields, "weekday", range(7), before.weekday),
        hour=_number(fields, "hour", range(24), before.hour),
        timezone=zone if not problems else before.timezone,
    )
    return schedule, problems


def read_choices(
    fields: Fields, before: Subscriber, offered: Iterable[str]
) -> tuple[Subscriber, Problems]:
    """All that the subscribe page asks for but the address.

    Raises:
        FormInvalid: a field is longer than it can be.
    """
    topics, wrong = read_topics(fields.text("topics", LONGEST_TOPICS))
    excluded, wrong_too = read_topics(fields.text("excluded", LONGEST_TOPICS), excluded=True)
    schedule, problems = read_schedule(fields, before.schedule)
    if len(topics) + len(excluded) > MOST_TOPICS:
        problems["topics"] = f"At most {MOST_TOPICS} topics; a topic can hold OR."
    chosen = replace(
        before,
        topics=topics + excluded,
        schedule=schedule,
        template=_chosen(fields, "template", offered, before.template),
    )
    return chosen, Problems(problems, wrong, wrong_too)


def read_rules(fields: Fields, before: Subscriber) -> Subscriber:
    """How many papers, and what comes where nothing matches."""
    return replace(
        before,
        max_papers=_number(fields, "max_papers", range(1, MOST_PAPERS + 1), before.max_papers),
        near=fields.has("near"),
        also_trending=fields.has("also_trending"),
        when_nothing=_chosen(fields, "when_nothing", WhenNothing, before.when_nothing),
    )


def in_words(schedule: Schedule) -> str:
    """When the digest comes: `on weekdays at 08:00 (Europe/Berlin)`."""
    days = {
        Cadence.DAILY: "every day",
        Cadence.WEEKDAYS: "on weekdays",
        Cadence.WEEKLY: f"every {WEEKDAYS[schedule.weekday]}",
    }
    return (
        f"{days[schedule.cadence]} at {schedule.hour:02}:{schedule.minute:02} ({schedule.timezone})"
    )


def resting(topic: Topic, today: date) -> str:
    """Why a topic is not used now, "" where it is."""
    if topic.paused:
        return "paused"
    if not topic.is_active(today) and topic.muted_until:
        return f"muted until {topic.muted_until:%-d %B}"
    return ""


def _chosen(fields: Fields, name: str, allowed: Iterable[T], before: T) -> T:
    text = fields.text(name)
    return next((value for value in allowed if value == text), before)


def _number(fields: Fields, name: str, allowed: range, before: int) -> int:
    text = fields.text(name, 10)
    number = int(text) if text.isascii() and text.isdigit() else -1
    return number if number in allowed else before
