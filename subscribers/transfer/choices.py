"""What a reader chose, as columns: names that an export writes and every import knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from subscribers.due import local_day
from subscribers.errors import InvalidSchedule, TransferError
from subscribers.model import Cadence, Schedule, Subscriber, WhenNothing
from subscribers.transfer import cells

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NEVER = "no"  # does not wait for editions
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
Parse = Callable[[str, str], Any]


def _cadence(cell: str, column: str) -> Cadence:
    return Cadence(_one_of(cell, column, [cadence.value for cadence in Cadence]))


def _when_nothing(cell: str, column: str) -> WhenNothing:
    return WhenNothing(_one_of(cell, column, [choice.value for choice in WhenNothing]))


def _weekday(cell: str, column: str) -> int:
    return _DAYS.index(_one_of(cell, column, _DAYS))


def _one_of(cell: str, column: str, allowed: Any) -> str:  # noqa: ANN401  # list or tuple of names
    if cell.casefold() not in allowed:
        raise cells.wrong(column, cell, f"one of {', '.join(allowed)}")
    return cell.casefold()


def _latest(cell: str, column: str) -> int | None:
    return None if cell.casefold() == _NEVER else cells.number(cell, column, 0, 23)


def _papers(cell: str, column: str) -> int:
    return cells.number(cell, column, 1, 100)


def _name(cell: str, column: str) -> str:
    if re.fullmatch(r"[\w.-]{1,64}", cell):
        return cell
    raise cells.wrong(column, cell, "a name of letters, digits, hyphens and dots")


def _language(cell: str, column: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]{2,16}", cell):
        return cell
    raise cells.wrong(column, cell, "a language, such as en")


_SCHEDULE: dict[str, Parse] = {
    "cadence": _cadence,
    "weekday": _weekday,
    "latest_hour": _latest,
    "catch_up": cells.yes_or_no,
}
_CHOICES: dict[str, Parse] = {
    "topics": cells.to_topics,
    "template": _name,
    "locale": _language,
    "max_papers": _papers,
    "near": cells.yes_or_no,
    "also_trending": cells.yes_or_no,
    "when_nothing": _when_nothing,
}
NAMES = frozenset({*_SCHEDULE, *_CHOICES, "time", "timezone"})


def read(row: Mapping[str, str], default: Subscriber) -> dict[str, Any]:
    """The fields of a `Subscriber` that a line tells; an empty cell tells nothing.

    Raises:
        TransferError: names the column.
    """
    found = {name: parse(row[name], name) for name, parse in _CHOICES.items() if row.get(name)}
    when = {name: parse(row[name], name) for name, parse in _SCHEDULE.items() if row.get(name)}
    if time := row.get("time"):
        match = _TIME.fullmatch(time)
        if not match:
            raise cells.wrong("time", time, "a time of the day, such as 08:00")
        when |= {"hour": int(match[1]), "minute": int(match[2])}
    if zone := row.get("timezone"):
        when["timezone"] = _zone(zone)
    return found | ({"schedule": replace(default.schedule, **when)} if when else {})


def _zone(name: str) -> str:
    try:
        local_day(Schedule(timezone=name), _ANY_TIME)
    except InvalidSchedule as error:
        raise TransferError(
            place="timezone", reason=f"{name[:60]!r} is not {error.facts['allowed']}"
        ) from None
    return name


def write(subscriber: Subscriber) -> dict[str, str]:
    """The columns of what a subscriber chose."""
    when = subscriber.schedule
    latest = _NEVER if when.latest_hour is None else str(when.latest_hour)
    return {
        "topics": cells.from_topics(subscriber.topics),
        "cadence": when.cadence,
        "weekday": _DAYS[when.weekday],
        "time": f"{when.hour:02}:{when.minute:02}",
        "timezone": when.timezone,
        "latest_hour": latest,
        "catch_up": _word(when.catch_up),
        "template": subscriber.template,
        "locale": subscriber.locale,
        "max_papers": str(subscriber.max_papers),
        "near": _word(subscriber.near),
        "also_trending": _word(subscriber.also_trending),
        "when_nothing": subscriber.when_nothing,
    }


def _word(value: object) -> str:
    return "yes" if value else "no"
