"""`digest subscriber edit`: what a reader chose, changed for them."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.acting import acting, tell
from digest.cli.asking import YesOption, made_exact
from digest.cli.context import Format, FormatOption
from digest.cli.subscriber import Address, checked, facts, known_template, parse_zone
from subscribers.model import Cadence, Schedule, Subscriber, Topic, WhenNothing

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App


class Weekday(StrEnum):
    """The day of a weekly digest."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


DAYS = list(Weekday)
NO_LATEST = -1  # of --latest-hour: does not wait


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(edit)


def edit(  # one option for each thing that a reader chooses
    ctx: typer.Context,
    email: Address,
    new_email: Annotated[
        str | None, typer.Option("--email", metavar="EMAIL", help="Their new address.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", "-t", help="In the place of theirs; repeatable.")
    ] = None,
    no_topics: Annotated[
        bool, typer.Option("--no-topics", help="None: the day's most voted papers.")
    ] = False,
    cadence: Annotated[Cadence | None, typer.Option(help="On which days.")] = None,
    weekday: Annotated[Weekday | None, typer.Option(help="Of a weekly digest.")] = None,
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="Local hour.")] = None,
    minute: Annotated[int | None, typer.Option(min=0, max=59)] = None,
    timezone: Annotated[
        str | None, typer.Option(parser=parse_zone, metavar="ZONE", help="As Europe/Berlin.")
    ] = None,
    latest_hour: Annotated[
        int | None,
        typer.Option(min=NO_LATEST, max=23, help="Wait for editions until then; -1: do not."),
    ] = None,
    catch_up: Annotated[
        bool | None, typer.Option("--catch-up/--no-catch-up", help="After an outage, all of it.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="daily, brief, or one of your own.")] = None,
    locale: Annotated[str | None, typer.Option(help="As en or de.")] = None,
    max_papers: Annotated[int | None, typer.Option(min=1, max=100)] = None,
    near: Annotated[bool | None, typer.Option("--near/--no-near", help="Close papers too.")] = None,
    also_trending: Annotated[
        bool | None, typer.Option("--also-trending/--no-also-trending", help="A list at the end.")
    ] = None,
    when_nothing: Annotated[
        WhenNothing | None, typer.Option(help="On a day on which nothing matched.")
    ] = None,
    yes: YesOption = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Changes what a subscriber chose; what is not named stays.

    Example: digest subscriber edit reader@example.org --hour 7 --timezone Europe/Berlin
    """
    if topic and no_topics:
        raise typer.BadParameter("--topic and --no-topics say the contrary")
    when: dict[str, Any] = {
        "cadence": cadence,
        "weekday": DAYS.index(weekday) if weekday else None,
        "hour": hour,
        "minute": minute,
        "timezone": timezone,
        "catch_up": catch_up,
    }
    what: dict[str, Any] = {
        "template": template,
        "locale": locale,
        "max_papers": max_papers,
        "near": near,
        "also_trending": also_trending,
        "when_nothing": when_nothing,
    }
    with acting(ctx, "subscriber edit", email) as (app, doing):
        before = app.subscribers.get(email)
        if template is not None:
            known_template(app, template)
        schedule = _schedule(before.schedule, when, latest_hour)
        asked = _topics(before, topic, yes=yes, none=no_topics)
        after = replace(before, topics=asked, schedule=schedule, **_named(what))
        stored = app.subscribers.edit(after, app.now()) if after != before else before
        changed = _changes(before, stored)
        stored, moved = _readdressed(app, stored, new_email)
        doing.subject = stored.email
        doing.detail = ", ".join([*changed, *(["address"] if moved else [])])
    told = f"Changed for {stored.email}: {doing.detail}." if doing.detail else "Nothing is changed."
    tell(how, told, **facts(stored), changed=[*changed, *(["address"] if moved else [])])


def _named(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _schedule(before: Schedule, when: dict[str, Any], latest_hour: int | None) -> Schedule:
    after = replace(before, **_named(when))
    if latest_hour is None:
        return after
    return replace(after, latest_hour=None if latest_hour == NO_LATEST else latest_hour)


def _topics(
    before: Subscriber, given: list[str] | None, *, yes: bool, none: bool
) -> tuple[Topic, ...]:
    """The topics from now on; those that only exclude stay, since they are no choice of papers."""
    if not given and not none:
        return before.topics
    excluded = tuple(topic for topic in before.topics if topic.excluded)
    return (*(checked(made_exact(text, yes=yes)) for text in given or ()), *excluded)


def _readdressed(app: App, stored: Subscriber, email: str | None) -> tuple[Subscriber, bool]:
    if email is None:
        return stored, False
    from subscribers.signup import SignUps

    address = SignUps(app.engine, app.ring).readdress(stored.id, email, app.now())
    return replace(stored, email=address), address != stored.email


def _changes(before: Subscriber, after: Subscriber) -> list[str]:
    """What is another than before, in words; the contents are the reader's own affair."""
    names = ("template", "locale", "max_papers", "near", "also_trending", "when_nothing")
    changed = ["topics"] if before.topics != after.topics else []
    changed += [
        f"{name} {getattr(after.schedule, name)}"
        for name in Schedule.__slots__
        if getattr(before.schedule, name) != getattr(after.schedule, name)
    ]
    return changed + [
        f"{name} {getattr(after, name)}"
        for name in names
        if getattr(before, name) != getattr(after, name)
    ]
