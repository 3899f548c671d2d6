"""The operator at the outbox: what waits, where and why; retry, cancel, hold, release.

What is being sent at this moment is left to its sender, and what the mail server took is never
sent again, whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    Update,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from digest.database import writing
from digest.delivery.holds import EVERYWHERE, Hold, holds, standing_holds
from digest.delivery.pauses import Pause, Pauses, lift
from digest.delivery.rows import delivery_of
from digest.delivery.tables import deliveries, selections, whole
from digest.model import Delivery, DeliveryState
from subscribers.address import comparable_domain
from subscribers.storage import inserting

CANCELLED = "cancelled by the operator"
_WAITING = (DeliveryState.PLANNED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
_RETRIED = (DeliveryState.DEFERRED, DeliveryState.FAILED)
_C = deliveries.c
#: Waits, in the words of the index that holds just these rows.
_UNENDED = _C.next_attempt_at.is_not(None)
_HELD = _C.state == DeliveryState.HELD
# A reader whose topics matched nothing has a row that says so, and nothing to send.
_WITH_CONTENT = (
    exists().where(selections.c.delivery_id == _C.id, selections.c.selection != ""),
    _C.text.not_like("nothing matched%"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which deliveries are meant; what is empty does not narrow.

    Attributes:
        domain: of the recipient's address, in any spelling.
    """

    numbers: Sequence[int] = ()
    domain: str = ""
    states: Sequence[DeliveryState] = ()
    kind: str = ""
    subscriber_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for a statement."""
        found: list[ColumnElement[bool]] = []
        if self.numbers:
            found.append(_C.id.in_(self.numbers))
        if self.domain:
            found.append(_C.domain == comparable_domain(self.domain))
        if self.states:
            found.append(_C.state.in_(self.states))
        if self.kind:
            found.append(_C.kind == self.kind)
        if self.subscriber_id is not None:
            found.append(_C.subscriber_id == self.subscriber_id)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """Deliveries that wait in one place for one reason.

    Attributes:
        code: the server's last reply code, 0 before the first.
        why: one of its last answers, or what else they wait for.
        oldest: when the first of them was due.
        next: when the first of them is tried (again); None while they are held.
    """

    domain: str
    state: DeliveryState
    count: int
    code: int
    why: str
    oldest: datetime
    next: datetime | None


class Desk:
    """What the operator sees of and does to the outbox of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # Looking

    def heaps(self, domain: str = "", state: DeliveryState | None = None) -> list[Heap]:
        """What waits, by domain, state and answer; the largest first."""
        which = Which(domain=domain, states=(state,) if state else ())
        with self._engine.connect() as connection:
            on_hold = standing_holds(connection)
            found = [
                _heap(row, on_hold)
                for kept in (_UNENDED, _HELD)
                for row in connection.execute(_heaped(kept, which))
            ]
        return sorted(found, key=lambda heap: (-heap.count, heap.domain, heap.state))

    def rows(
        self, which: Which, *, waiting: bool = True, newest: bool = False, limit: int = 100
    ) -> list[Delivery]:
        """Deliveries, the oldest (or newest) first; those that wait, or all."""
        query = whole().where(*which.conditions())
        if waiting:
            query = query.where(or_(_UNENDED, _HELD))
        order = _C.id.desc() if newest else _C.id
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(order).limit(limit))
            return [delivery_of(row) for row in found]

    def holds(self) -> list[Hold]:
        """The domains that are on hold."""
        with self._engine.connect() as connection:
            return list(standing_holds(connection).values())

    def pauses(self, now: datetime) -> list[Pause]:
        """The domains that senders leave alone for a while."""
        return list(Pauses(self._engine).standing(now).values())

    # Acting

    def retry(self, which: Which, now: datetime, worth: timedelta) -> int:
        """Makes deliveries due now; returns how many.

        Those that are deferred or failed, where `which` names neither state nor number; never
        one that the server took, nor one that had nothing to send. Pauses of their domains end.

        Args:
            which: the deliveries.
            now: the clock.
            worth: until when from now one that is out of date may be sent after all.
        """
        named = which.states or which.numbers
        states = [] if named else [_C.state.in_(_RETRIED)]
        never = (DeliveryState.ACCEPTED, DeliveryState.SENDING, DeliveryState.HELD)
        said = case((_C.text.startswith(CANCELLED), ""), else_=_C.text)
        until = case((_C.expires_at <= now, now + worth), else_=_C.expires_at)
        chosen = update(deliveries).where(
            *which.conditions(), *states, _C.state.not_in(never), *_WITH_CONTENT
        )
        changed = chosen.values(
            state=_again(),
            next_attempt_at=now,
            settled_at=None,
            owner="",
            expires_at=until,
            text=said,
        )
        with writing(self._engine).begin() as connection:
            count = connection.execute(changed).rowcount
            theirs = select(_C.domain).where(*which.conditions(), _UNENDED)
            lift(connection, [comparable_domain(which.domain)] if which.domain else theirs)
            return count

    def cancel(self, which: Which, now: datetime) -> int:
        """Ends deliveries that wait; returns how many. Their rows stay, with the reason."""
        last = case((_C.text == "", ""), else_="; the last answer: " + _C.text)
        ended = case(
            (_C.state == DeliveryState.UNCERTAIN, DeliveryState.UNCERTAIN),  # it may have arrived
            (_C.attempts > 0, DeliveryState.FAILED),
            else_=DeliveryState.SKIPPED,
        )
        return self._run(
            _waiting(which, held=True).values(
                state=ended, next_attempt_at=None, settled_at=now, text=CANCELLED + last
            )
        )

    def hold(self, which: Which) -> int:
        """Puts deliveries that wait aside until they are released; returns how many."""
        return self._run(_waiting(which).values(state=DeliveryState.HELD, next_attempt_at=None))

    def release(self, which: Which, now: datetime) -> int:
        """Makes held deliveries due now; returns how many. Domains on hold stay so."""
        on_hold = {hold.domain for hold in self.holds()}
        if EVERYWHERE in on_hold:
            return 0
        chosen = update(deliveries).where(*which.conditions(), _HELD, _C.domain.not_in(on_hold))
        return self._run(chosen.values(state=_again(), next_attempt_at=now))

    def hold_domain(self, domain: str, why: str, now: datetime) -> int:
        """Holds a domain (`*`: all), present and future deliveries; returns how many waited."""
        values = {"domain": comparable_domain(domain), "at": now, "why": why}
        with writing(self._engine).begin() as connection:
            new = inserting(connection, holds).values(**values)
            connection.execute(
                new.on_conflict_do_update(index_elements=["domain"], set_={"at": now, "why": why})
            )
        return self.hold(_of_domain(domain))

    def release_domain(self, domain: str, now: datetime) -> int | None:
        """Ends a domain's hold; how many became due, None where it was not on hold."""
        with writing(self._engine).begin() as connection:
            ended = delete(holds).where(holds.c.domain == comparable_domain(domain))
            if not connection.execute(ended).rowcount:
                return None
        return self.release(_of_domain(domain), now)

    def _run(self, statement: Update) -> int:
        with writing(self._engine).begin() as connection:
            return connection.execute(statement).rowcount


def _of_domain(domain: str) -> Which:
    return Which() if domain == EVERYWHERE else Which(domain=domain)


def _waiting(which: Which, *, held: bool = False) -> Update:
    states = [_C.state.in_(_WAITING) & _UNENDED, *([_HELD] if held else [])]
    return update(deliveries).where(*which.conditions(), or_(*states))


def _again() -> ColumnElement[str]:
    return case((_C.attempts > 0, DeliveryState.DEFERRED), else_=DeliveryState.PLANNED)


def _heaped(kept: ColumnElement[bool], which: Which) -> Any:  # noqa: ANN401  # a Select of seven columns
    return (
        select(
            _C.domain,
            _C.state,
            _C.code,
            func.count().label("waiting"),
            func.max(_C.text).label("text"),
            func.min(_C.due_at).label("oldest"),
            func.min(_C.next_attempt_at).label("next"),
        )
        .where(kept, *which.conditions())
        .group_by(_C.domain, _C.state, _C.code)
    )


def _heap(row: Row[Any], on_hold: dict[str, Hold]) -> Heap:
    state = DeliveryState(row.state)
    hold = on_hold.get(row.domain) or on_hold.get(EVERYWHERE)
    return Heap(
        domain=row.domain,
        state=state,
        count=row.waiting,
        code=row.code,
        why=_why(state, hold, row.text),
        oldest=row.oldest,
        next=row.next,
    )


def _why(state: DeliveryState, hold: Hold | None, text: str) -> str:
    if state is DeliveryState.HELD:
        told = f"the domain is on hold: {hold.why}" if hold and hold.why else "held by the operator"
        return f"{told}; the last answer: {text}" if text else told
    if state is DeliveryState.PLANNED and not text:
        return "planned for its hour, or waits for its turn"
    return text
