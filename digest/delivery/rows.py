"""How plans and deliveries stand in the outbox's rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from digest.delivery.alike import shared_of
from digest.delivery.plan import Plan, domain_of
from digest.model import Delivery, DeliveryState


def values_of(plan: Plan) -> list[object]:
    """A plan's values in the order of `sql.PLANNED`."""
    its = shared_of(plan)
    return [
        plan.subscriber_id,
        its.kind,
        its.occasion,
        plan.recipient,
        domain_of(plan.recipient),
        its.state,
        its.planned_at,
        its.due_at,
        its.expires_at,
        its.next_attempt_at,
        its.snapshot,
        plan.selection,
        its.template,
        its.template_hash,
        its.key_id,
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
