"""`digest subscriber edit`: what a reader chose, changed for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli import choices
from digest.cli.acting import acting, tell
from digest.cli.asking import YesOption, made_exact
from digest.cli.context import Format, FormatOption
from digest.cli.subscriber import Address, checked, facts, known_template
from subscribers.model import Schedule, Subscriber, Topic

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App


NewEmail = Annotated[
    str | None, typer.Option("--email", metavar="EMAIL", help="Their new address.")
]
NoTopics = Annotated[bool, typer.Option("--no-topics", help="None: the day's most voted papers.")]
_WHAT = ("template", "locale", "max_papers", "near", "also_trending", "when_nothing")


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(edit)


def edit(  # one option for each thing that a reader chooses
    ctx: typer.Context,
    email: Address,
    new_email: NewEmail = None,
    topic: choices.NewTopics = None,
    no_topics: NoTopics = False,
    cadence: choices.NewDays = None,
    weekday: choices.NewWeekday = None,
    hour: choices.NewHour = None,
    minute: choices.NewMinute = None,
    timezone: choices.NewZone = None,
    latest_hour: choices.NewLatestHour = None,
    catch_up: choices.NewCatchUp = None,
    template: choices.NewTemplate = None,
    locale: choices.NewLocale = None,
    max_papers: choices.NewMostPapers = None,
    near: choices.NewNear = None,
    also_trending: choices.NewTrending = None,
    when_nothing: choices.NewWhenNothing = None,
    yes: YesOption = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Changes what a subscriber chose; what is not named stays.

    Example: digest subscriber edit reader@example.org --hour 7 --timezone Europe/Berlin
    """
    when = _named(cadence=cadence, hour=hour, minute=minute, timezone=timezone, catch_up=catch_up)
    when |= _days(weekday, latest_hour)
    what = _named(template=template, locale=locale, max_papers=max_papers, near=near)
    what |= _named(also_trending=also_trending, when_nothing=when_nothing)
    with acting(ctx, "subscriber edit", email) as (app, doing):
        before = app.subscribers.get(email)
        what["topics"] = _topics(before, topic, yes=yes, none=no_topics)
        stored, changed = _edited(app, before, when, what)
        stored, moved = _readdressed(app, stored, new_email)
        changed += ["address"] * moved
        doing.subject, doing.detail = stored.email, ", ".join(changed)
    told = f"Changed for {stored.email}: {doing.detail}." if changed else "Nothing is changed."
    tell(how, told, **facts(stored), changed=changed)


def _named(**options: object) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _days(weekday: choices.Weekday | None, latest_hour: int | None) -> dict[str, Any]:
    """What the command line says otherwise than the schedule."""
    when: dict[str, Any] = {} if weekday is None else {"weekday": weekday.number}
    if latest_hour is not None:
        when["latest_hour"] = None if latest_hour == choices.NO_LATEST else latest_hour
    return when


def _edited(
    app: App, before: Subscriber, when: dict[str, Any], what: dict[str, Any]
) -> tuple[Subscriber, list[str]]:
    if "template" in what:
        known_template(app, what["template"])
    after = replace(before, schedule=replace(before.schedule, **when), **what)
    stored = app.subscribers.edit(after, app.now()) if after != before else before
    return stored, _changes(before, stored)


def _topics(
    before: Subscriber, given: list[str] | None, *, yes: bool, none: bool
) -> tuple[Topic, ...]:
    """The topics from now on; those that only exclude stay, since they are no choice of papers."""
    if given and none:
        raise typer.BadParameter("--topic and --no-topics say the contrary")
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
    changed = ["topics"] if before.topics != after.topics else []
    changed += [
        f"{name} {getattr(after.schedule, name)}"
        for name in Schedule.__slots__
        if getattr(before.schedule, name) != getattr(after.schedule, name)
    ]
    return changed + [
        f"{name} {getattr(after, name)}"
        for name in _WHAT
        if getattr(before, name) != getattr(after, name)
    ]
