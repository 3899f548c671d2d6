"""How plans and deliveries stand in the outbox's rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from digest.delivery import sql
from digest.delivery.plan import Plan
from digest.model import Delivery, DeliveryState


def values_of(plan: Plan) -> list[object]:
    """A plan's values in the order of `sql.PLANNED`."""
    due = sql.instant(plan.due_at)
    return [
        plan.subscriber_id,
        plan.kind,
        plan.occasion,
        plan.recipient,
        plan.recipient.rpartition("@")[2].lower(),
        (DeliveryState.SKIPPED if plan.skip else DeliveryState.PLANNED).value,
        sql.instant(plan.planned_at),
        due,
        sql.instant(plan.expires_at),
        None if plan.skip else due,
        plan.snapshot,
        plan.selection,
        plan.template,
        plan.template_hash,
        plan.key_id,
        plan.skip,
    ]


def delivery_of(row: Row[Any]) -> Delivery:
    """A delivery of a row of `tables.whole`."""
    return Delivery(
        id=row.id,
        subscriber_id=row.subscriber_id,
        kind=row.kind,
        occasion=row.occasion,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        planned_at=row.planned_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        uncertain=row.uncertain,
        token=row.token,
        next_attempt_at=row.next_attempt_at,
        code=row.code,
        enhanced=row.enhanced,
        text=row.text,
        settled_at=row.settled_at,
        snapshot=row.snapshot,
        selection=row.selection,
        template=row.template,
        template_hash=row.template_hash,
        key_id=row.key_id,
    )
