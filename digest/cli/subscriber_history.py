"""`digest subscriber history`: consent, deliveries, bounces and the operator's acts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.bounds import MOST
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import print_json, say, show
from digest.cli.subscriber import Address
from digest.model import Delivery, DeliveryState
from subscribers.model import Suppression

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from subscribers.rests import Rest


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(history)


def history(
    ctx: typer.Context,
    email: Address,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST, help="So many of the latest deliveries.")
    ] = 50,
    how: FormatOption = Format.TABLE,
) -> None:
    """Everything that happened with a subscriber: consent, deliveries, bounces, your own acts.

    Example: digest subscriber history reader@example.org
    """
    from digest.delivery import Which
    from digest.publish.history import events
    from subscribers.rests import rest_of

    with opened(ctx) as app:
        found = app.subscribers.get(email)
        consents = app.subscribers.history(found.id)
        deliveries = app.desk.rows(
            Which(subscriber_id=found.id), waiting=False, newest=True, limit=limit
        )
        acts = app.audit.list(limit=limit, subscriber_id=found.id)
        suppression = app.subscribers.suppression(found.email)
        rest = rest_of(app.engine, found.id)
    if how is Format.JSON:
        bounces = [d for d in deliveries if d.state is DeliveryState.BOUNCED]
        print_json(
            {"email": found.email, "status": found.status, "consent": consents,
             "deliveries": [_plain(d) for d in deliveries], "bounces": [_plain(d) for d in bounces],
             "soft_bounces": rest.soft_bounces, "resting_until": rest.until,
             "suppression": suppression, "acts": acts}
        )  # fmt: skip
        return
    say(f"{found.email}: {found.status}{_barred(suppression, rest)}")
    show([asdict(event) for event in events(consents, deliveries, acts)], how)


def _barred(suppression: Suppression | None, rest: Rest) -> str:
    parts = []
    if suppression:
        detail = f", {suppression.detail}" if suppression.detail else ""
        parts.append(f"suppressed since {suppression.at:%Y-%m-%d} ({suppression.reason}{detail})")
    if rest.soft_bounces:
        parts.append(f"{rest.soft_bounces} soft bounces in a row")
    if rest.until:
        parts.append(f"rests until {rest.until:%Y-%m-%d %H:%M} UTC")
    return "".join(f"; {part}" for part in parts)


def _plain(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "kind": delivery.kind,
        "occasion": delivery.occasion,
        "state": delivery.state,
        "planned_at": delivery.planned_at,
        "settled_at": delivery.settled_at,
        "attempts": delivery.attempts,
        "code": delivery.code,
        "text": delivery.text,
    }
