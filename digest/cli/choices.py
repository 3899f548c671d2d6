"""The options in which a reader's choices are given: the same wherever they are asked for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from zoneinfo import available_timezones

import typer

from subscribers.model import Cadence, WhenNothing

NO_LATEST = -1  # of --latest-hour: does not wait


class Weekday(StrEnum):
    """The day of a weekly digest, Monday the first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """As in `datetime.date.weekday`: 0 is Monday."""
        return list(Weekday).index(self)


def parse_zone(name: str) -> str:
    """An IANA time zone name."""
    if name not in available_timezones():
        raise typer.BadParameter(f"{name!r} is no time zone: write one as Europe/Berlin")
    return name


def _topics(help_: str) -> object:
    return typer.Option("--topic", "-t", metavar="TOPIC", help=help_)


_ZONE = typer.Option(parser=parse_zone, metavar="ZONE", help="As Europe/Berlin.")
_CADENCE = typer.Option(help="On which days.")
_HOUR = typer.Option(min=0, max=23, help="Local hour of the digest.")
_TEMPLATE = typer.Option(help="daily, brief, or one of your own.")
_MOST = typer.Option(min=1, max=100, help="At most so many.")

# A value that is always there, for somebody new.
Topics = Annotated[list[str] | None, _topics("Several are alternatives. None: the top ten.")]
AtHour = Annotated[int, _HOUR]
OnDays = Annotated[Cadence, _CADENCE]
InZone = Annotated[str, _ZONE]
InTemplate = Annotated[str, _TEMPLATE]
MostPapers = Annotated[int, _MOST]

# A value that may be left as it is.
NewTopics = Annotated[list[str] | None, _topics("In the place of theirs; repeatable.")]
NewHour = Annotated[int | None, _HOUR]
NewMinute = Annotated[int | None, typer.Option(min=0, max=59, help="Past the hour.")]
NewDays = Annotated[Cadence | None, _CADENCE]
NewWeekday = Annotated[Weekday | None, typer.Option(help="Of a weekly digest.")]
NewZone = Annotated[str | None, _ZONE]
NewLatestHour = Annotated[
    int | None,
    typer.Option(min=NO_LATEST, max=23, help="Wait for editions until then; -1: do not."),
]
NewCatchUp = Annotated[
    bool | None, typer.Option("--catch-up/--no-catch-up", help="After an outage, all of it.")
]
NewTemplate = Annotated[str | None, _TEMPLATE]
NewLocale = Annotated[str | None, typer.Option(help="As en or de.")]
NewMostPapers = Annotated[int | None, _MOST]
NewNear = Annotated[bool | None, typer.Option("--near/--no-near", help="Close papers too.")]
NewTrending = Annotated[
    bool | None, typer.Option("--also-trending/--no-also-trending", help="A list at the end.")
]
NewWhenNothing = Annotated[
    WhenNothing | None, typer.Option(help="On a day on which nothing matched.")
]
