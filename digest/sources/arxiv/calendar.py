"""When arXiv announces, and which submissions an announcement holds.

The schedule is that of https://info.arxiv.org/help/availability.html, in US Eastern time:
submissions are cut off at 14:00 and announced at 20:00, Sunday to Thursday; Friday's go out
on Sunday, those of the weekend on Monday. Its holidays, evenings without announcement, are
published a year at a time; they are data beside this module. Of a year whose list is not here
only the weekends are known, and a missing announcement then shows as an empty feed.

The feeds are renewed at the midnight that follows and bear the new day's date: the edition of
Tuesday is what was announced on Monday evening.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
CUT_OFF, ANNOUNCED = time(14), time(20)
_DAY = timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


@cache
def holidays() -> frozenset[date]:
    """Evenings on which arXiv announces nothing, of all the years that are known."""
    text = files("digest.sources.arxiv").joinpath("holidays.json").read_text(encoding="utf-8")
    years = json.loads(text)["evenings"]
    return frozenset(date.fromisoformat(day) for days in years.values() for day in days)


@cache
def known_years() -> frozenset[int]:
    """The years whose holidays are known."""
    return frozenset(day.year for day in holidays())


def announces(evening: date) -> bool:
    """Whether arXiv announces on this evening."""
    return evening.weekday() not in {_FRIDAY, _SATURDAY} and evening not in holidays()


def why_none(day: date) -> str:
    """Why arXiv has no edition of this day; "" where it has one."""
    evening = day - _DAY
    if evening.weekday() in {_FRIDAY, _SATURDAY}:
        return "weekend: arXiv announces nothing on Friday and Saturday evening"
    if evening in holidays():
        return f"holiday: arXiv announced nothing on the evening of {evening}"
    return ""


def announced_at(day: date) -> datetime:
    """The instant at which the papers of a day are announced: 20:00 on the evening before."""
    return datetime.combine(day - _DAY, ANNOUNCED, EASTERN).astimezone(UTC)


def feed_date(now: datetime) -> date:
    """The date that the feeds bear by now: they are renewed at midnight, US Eastern."""
    return now.astimezone(EASTERN).date()


def submissions(day: date) -> tuple[datetime, datetime]:
    """From when (included) to when (not included) the submissions of a day's edition came.

    A submission that moderation held back is announced later than this says.

    Raises:
        ValueError: the day has no edition.
    """
    if reason := why_none(day):
        raise ValueError(reason)
    evening = day - _DAY
    before = evening - _DAY
    while not announces(before):
        before -= _DAY
    return _cut_off(before), _cut_off(evening)


def _cut_off(evening: date) -> datetime:
    """The last submission of an evening's announcement: Sunday's was on Friday."""
    last = evening - 2 * _DAY if evening.weekday() == _SUNDAY else evening
    return datetime.combine(last, CUT_OFF, EASTERN).astimezone(UTC)
