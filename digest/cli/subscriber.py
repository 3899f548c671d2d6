"""`digest subscriber`: who receives, on what topics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.acting import acting, tell
from digest.cli.asking import YesOption, made_exact
from digest.cli.bounds import MOST
from digest.cli.choices import AtHour, InTemplate, InZone, MostPapers, OnDays, Topics
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import print_json, show
from digest.cli.topic_uses import marked
from subscribers.model import (
    Cadence,
    Consent,
    Schedule,
    Subscriber,
    SubscriptionStatus,
    Topic,
)
from subscribers.topics import fault_of, parse

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App

app = typer.Typer(help="Who receives digests, on what topics.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="EMAIL")]


def given(action: str, at: datetime) -> Consent:
    """What the operator did, for the record."""
    return Consent(action=action, at=at, source="operator")


def known_template(opened_app: App, name: str) -> str:
    """A template that shows papers, by its name."""
    from digest.rendering import Renderer

    renderer: Renderer = opened_app.renderer
    if name in renderer.templates() and not renderer.is_notice(name):
        return name
    shown = [one for one in renderer.templates() if not renderer.is_notice(one)]
    raise typer.BadParameter(f"no template for digests is called {name!r}: {', '.join(shown)}")


def facts(found: Subscriber) -> dict[str, Any]:
    """A subscriber for scripts."""
    return {
        "id": found.id,
        "email": found.email,
        "status": found.status,
        "topics": found.topics,
        "schedule": found.schedule,
        "template": found.template,
        "locale": found.locale,
        "max_papers": found.max_papers,
        "near": found.near,
        "also_trending": found.also_trending,
        "when_nothing": found.when_nothing,
    }


def checked(text: str) -> Topic:
    """A topic of a text that the topic language knows.

    Raises:
        TopicError: with the text and a caret under the place.
    """
    parse(text)
    return Topic(text=text)


@app.command()
def add(
    ctx: typer.Context,
    email: Address,
    topic: Topics = None,
    hour: AtHour = 8,
    cadence: OnDays = Cadence.WEEKDAYS,
    timezone: InZone = "UTC",
    template: InTemplate = "daily",
    max_papers: MostPapers = 10,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Ask the person first, by a mail with a link.")
    ] = False,
    yes: YesOption = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Adds a subscriber; recorded as added by the operator.

    Example: digest subscriber add reader@example.org --topic "in-context learning" --topic RL
    """
    with acting(ctx, "subscriber add", email) as (opened_app, _):
        wanted = Subscriber(
            email=email,
            topics=tuple(checked(made_exact(text, yes=yes)) for text in topic or []),
            schedule=Schedule(cadence=cadence, hour=hour, timezone=timezone),
            template=known_template(opened_app, template),
            max_papers=max_papers,
            locale=opened_app.settings.locale,
        )
        stored = _added(opened_app, wanted, confirm=confirm)
    done = f"Added {stored.email}: {_topics(stored)}. `digest send` sends the first digest."
    if confirm:
        done = f"{stored.email} is asked to confirm; `digest send` sends the mail."
    tell(how, done, **facts(stored))


def _added(opened_app: App, wanted: Subscriber, *, confirm: bool) -> Subscriber:
    consent = given("subscribe" if confirm else "add", opened_app.now())
    stored = opened_app.subscribers.add(wanted, consent)
    if confirm:
        opened_app.ask_to_confirm(stored)
    return stored


@app.command("list")
def list_subscribers(
    ctx: typer.Context,
    status: Annotated[SubscriptionStatus | None, typer.Option(help="Only these.")] = None,
    search: Annotated[str, typer.Option(help="Part of the address.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")] = 1000,
    how: FormatOption = Format.TABLE,
) -> None:
    """Subscribers, the oldest first."""
    with opened(ctx) as opened_app:
        found = opened_app.subscribers.block(limit=limit, status=status, search=search)
        today = opened_app.now().date()
    rows = [
        {"id": s.id, "email": s.email, "status": s.status,
         "topics": _shown(s.topics, how, today), "when": _when(s.schedule)}
        for s in found
    ]  # fmt: skip
    show(rows, how, empty="No such subscriber.")


@app.command("show")
def show_subscriber(ctx: typer.Context, email: Address, how: FormatOption = Format.TABLE) -> None:
    """One subscriber, with what they asked for and agreed to."""
    with opened(ctx) as opened_app:
        found, today = opened_app.subscribers.get(email), opened_app.now().date()
        history = opened_app.subscribers.history(found.id)
        suppression = opened_app.subscribers.suppression(email)
    told: dict[str, Any] = {
        "email": found.email,
        "status": found.status,
        "topics": _shown(found.topics, how, today),
        "no_topics_any_more": [topic.text for topic in found.topics if fault_of(topic.text)],
        "when": _when(found.schedule),
        "template": found.template,
        "max_papers": found.max_papers,
        "suppressed": suppression.reason if suppression else None,
        "history": [f"{line.at:%Y-%m-%d %H:%M} {line.action} ({line.source})" for line in history],
    }
    if how is Format.JSON:
        print_json(told)
    else:
        show([{"": name.replace("_", " "), " ": value} for name, value in told.items()], how)


@app.command()
def remove(
    ctx: typer.Context,
    email: Address,
    erase: Annotated[
        bool, typer.Option("--erase", help="Forget the person; only a keyed hash stays.")
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Unsubscribes somebody; nothing is sent to them from now on."""
    action = f"subscriber {'erase' if erase else 'remove'}"
    with acting(ctx, action, email) as (opened_app, _):
        found = opened_app.subscribers.get(email)
        if erase:
            opened_app.subscribers.remove(found.id, opened_app.now())
        else:
            opened_app.subscribers.change(found.id, given("unsubscribe", opened_app.now()))
    became = "erased" if erase else "unsubscribed"
    tell(how, f"{found.email} is {became}.", email=found.email, status=became)


def _shown(topics: Sequence[Topic], how: Format, today: date) -> Sequence[object]:
    """Topics with what each is used for: in words for people, as they are for scripts."""
    return topics if how is Format.JSON else [marked(topic, today) for topic in topics]


def _when(schedule: Schedule) -> str:
    day = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
    days = {
        Cadence.DAILY: "every day",
        Cadence.WEEKDAYS: "weekdays",
        Cadence.WEEKLY: day[schedule.weekday],
    }
    return f"{days[schedule.cadence]} {schedule.hour:02}:{schedule.minute:02} {schedule.timezone}"


def _topics(subscriber: Subscriber) -> str:
    if not subscriber.topics:
        return "no topic, so the day's ten most voted papers"
    return ", ".join(f"“{topic.text}”" for topic in subscriber.topics)
