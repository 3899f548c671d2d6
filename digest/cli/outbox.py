"""`digest outbox`: what waits, where and why; retry, cancel, hold, release."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.bounds import LARGEST_ID, MOST
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import print_json, say, show
from digest.model import Delivery, DeliveryState

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.delivery import Hold, Pause, Which

app = typer.Typer(help="What waits to be sent, where and why; and acting on it.")

Numbers = Annotated[
    list[int] | None,
    typer.Argument(
        metavar="[ID]...", min=1, max=LARGEST_ID, help="As `digest outbox list` shows them."
    ),
]
Domain = Annotated[str, typer.Option("--domain", metavar="DOMAIN", help="Of the recipients.")]
State = Annotated[DeliveryState | None, typer.Option("--state", help="Only in this state.")]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help="daily, weekly, confirm, …")]
To = Annotated[str, typer.Option("--to", metavar="EMAIL", help="Only to this subscriber.")]
All = Annotated[bool, typer.Option("--all", help="Everything that waits.")]


@app.callback(invoke_without_command=True)
def outbox(
    ctx: typer.Context,
    domain: Domain = "",
    state: State = None,
    how: FormatOption = Format.TABLE,
) -> None:
    """What waits, by domain, state and the servers' answers; what is on hold or paused, and why.

    Example: digest outbox --domain example.org
    """
    if ctx.invoked_subcommand is not None:
        return
    with opened(ctx) as opened_app:
        heaps = opened_app.desk.heaps(domain, state)
        holds = opened_app.desk.holds()
        pauses = opened_app.desk.pauses(opened_app.now())
        runs = opened_app.outcomes.runs(1)
    if how is Format.JSON:
        print_json({"waiting": heaps, "holds": holds, "pauses": pauses,
                    "last_run": runs[0] if runs else None})  # fmt: skip
        return
    rows = [
        {"domain": h.domain, "state": h.state, "waiting": h.count, "code": h.code or "–",
         "due since": h.oldest, "next attempt": h.next, "why": h.why}
        for h in heaps
    ]  # fmt: skip
    show(rows, how, empty="Nothing waits.")
    for hold in holds:
        say(_hold(hold))
    for pause in pauses:
        say(_pause(pause))
    if heaps and runs and runs[0].outcome:  # a server that nobody reaches answers no delivery
        say(f"The last run, {runs[0].started_at:%Y-%m-%d %H:%M} UTC: {runs[0].outcome}")


@app.command("list")
def list_deliveries(
    ctx: typer.Context,
    domain: Domain = "",
    state: State = None,
    kind: Kind = "",
    to: To = "",
    ended: Annotated[
        bool, typer.Option("--ended", help="Those that have ended, too; --state names some.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")] = 100,
    how: FormatOption = Format.TABLE,
) -> None:
    """Single deliveries, the oldest first: those that wait, or with --ended all.

    Example: digest outbox list --domain example.org --state deferred
    """
    with opened(ctx) as opened_app:
        which = _which(opened_app, domain=domain, state=state, kind=kind, to=to)
        found = opened_app.desk.rows(which, waiting=not (ended or state), limit=limit)
    show([_row(delivery) for delivery in found], how, empty="No such delivery.")


@app.command()
def retry(
    ctx: typer.Context,
    numbers: Numbers = None,
    domain: Domain = "",
    state: State = None,
    kind: Kind = "",
    to: To = "",
    every: All = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Makes deliveries due now: deferred and failed ones, or those of --state or an id.

    A pause of their domain ends, too. What the mail server took is never sent again. `digest
    send` or `digest run` sends them.

    Example: digest outbox retry --domain example.org
    """
    _narrowed(numbers, domain, state, kind, to, every=every)
    with acting(ctx, "outbox retry") as (opened_app, doing):
        which = _which(opened_app, numbers, domain=domain, state=state, kind=kind, to=to)
        worth = timedelta(hours=opened_app.settings.delivery.stale_after_hours)
        count = opened_app.desk.retry(which, opened_app.now(), worth)
        doing.subject, doing.detail = to, _said(count, which)
    tell(how, f"{_deliveries(count)} due now.", retried=count)


@app.command()
def cancel(
    ctx: typer.Context,
    numbers: Numbers = None,
    domain: Domain = "",
    state: State = None,
    kind: Kind = "",
    to: To = "",
    every: All = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Ends deliveries that wait, held ones included; their readers do not get them.

    Example: digest outbox cancel --kind daily --domain example.org
    """
    _narrowed(numbers, domain, state, kind, to, every=every)
    with acting(ctx, "outbox cancel") as (opened_app, doing):
        which = _which(opened_app, numbers, domain=domain, state=state, kind=kind, to=to)
        count = opened_app.desk.cancel(which, opened_app.now())
        doing.subject, doing.detail = to, _said(count, which)
    tell(how, f"{_deliveries(count)} cancelled.", cancelled=count)


@app.command()
def hold(
    ctx: typer.Context,
    numbers: Numbers = None,
    domain: Domain = "",
    every: All = False,
    why: Annotated[str, typer.Option("--why", help="For whoever reads it later.")] = "",
    how: FormatOption = Format.TABLE,
) -> None:
    """Keeps back single deliveries, or a domain (or all) with whatever is planned for it later.

    Example: digest outbox hold --domain example.org --why "their server moves today"
    """
    _narrowed(numbers, domain, every=every)
    with acting(ctx, "outbox hold", detail=why) as (opened_app, doing):
        desk = opened_app.desk
        if numbers:
            count = desk.hold(_which(opened_app, numbers, domain=domain))
            doing.detail = f"{_deliveries(count)} {_listed(numbers)} {why}".strip()
        else:
            doing.subject = _place(domain)
            count = desk.hold_domain(domain or "*", why, opened_app.now())
    place = "" if numbers else f" {_place(domain)} is on hold until `digest outbox release`."
    tell(how, f"{_deliveries(count)} held.{place}".replace(". every", ". Every"), held=count)


@app.command()
def release(
    ctx: typer.Context,
    numbers: Numbers = None,
    domain: Domain = "",
    every: All = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Ends a hold: of single deliveries, of a domain, or with --all the one on everything.

    Example: digest outbox release --domain example.org
    """
    _narrowed(numbers, domain, every=every)
    with acting(ctx, "outbox release") as (opened_app, doing):
        desk, now = opened_app.desk, opened_app.now()
        if numbers:
            count = desk.release(_which(opened_app, numbers, domain=domain), now)
            doing.detail = f"{_deliveries(count)} {_listed(numbers)}"
        else:
            doing.subject = _place(domain)
            ended = desk.release_domain(domain or "*", now)
            # Without a hold on it, a domain may still have deliveries that were held one by one.
            count = desk.release(_which(opened_app, domain=domain), now) if ended is None else ended
        left = desk.holds()
    tell(how, f"{_deliveries(count)} released; due now.", released=count, holds=left)
    if how is Format.TABLE:
        for standing in left:
            say(_hold(standing))


def _narrowed(*given: object, every: bool) -> None:
    """Nothing is done to everything by a forgotten option."""
    if every == any(given):
        raise typer.BadParameter("say which: ids, an option that narrows, or --all")


def _which(
    opened_app: App,
    numbers: list[int] | None = None,
    *,
    domain: str = "",
    state: DeliveryState | None = None,
    kind: str = "",
    to: str = "",
) -> Which:
    from digest.delivery import Which

    return Which(
        numbers=tuple(numbers or ()),
        domain=domain,
        states=(state,) if state else (),
        kind=kind,
        subscriber_id=opened_app.subscribers.get(to).id if to else None,
    )


def _row(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "to": delivery.recipient,
        "kind": delivery.kind,
        "occasion": delivery.occasion,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt": delivery.next_attempt_at,
        "code": delivery.code,
        "why": delivery.text,
    }


def _said(count: int, which: Which) -> str:
    parts = [which.domain, which.kind, *which.states, _listed(which.numbers)]
    return f"{_deliveries(count)} {' '.join(part for part in parts if part)}".strip()


def _listed(numbers: object) -> str:
    if not isinstance(numbers, list | tuple) or not numbers:
        return ""
    return f"(id {', '.join(str(number) for number in numbers)})"


def _place(domain: str) -> str:
    return domain or "every domain"


def _hold(standing: Hold) -> str:
    place = "Everything" if standing.domain == "*" else standing.domain
    why = f": {standing.why}" if standing.why else ""
    return f"{place} is on hold since {standing.at:%Y-%m-%d %H:%M} UTC{why}"


def _pause(standing: Pause) -> str:
    place = "Sending" if standing.domain == "*" else standing.domain
    until = f"until {standing.until:%Y-%m-%d %H:%M} UTC at the latest"
    return f"{place} is paused {until}: {standing.why}"


def _deliveries(count: int) -> str:
    return f"{count} {'delivery' if count == 1 else 'deliveries'}"
