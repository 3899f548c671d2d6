"""Telling of an outage: a line to the operator, or to readers, at most once a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from sqlalchemy import Engine, Select, func, literal_column, select

from digest.delivery.desk import CANCELLED
from digest.delivery.tables import deliveries
from digest.editions import Standing
from digest.model import DeliveryState, EditionState, Message
from digest.outcomes import DayOutcome, Outcomes, reader_days
from digest.publish.standing import problem
from digest.settings import Settings
from subscribers.model import Subscriber
from subscribers.store import SubscriberStore

TOLD = "told"  # how such a mail stands among the recorded runs
ONCE_IN = timedelta(hours=24)
KIND = "trouble"
MOST_REASONS = 3


def trouble(
    known: Mapping[tuple[str, date], Standing], now: datetime, after: timedelta
) -> tuple[str, ...]:
    """What has been wrong with the sources for longer than `after`, in words."""
    return tuple(dict.fromkeys(_lasting(known, now, after)))


def _lasting(
    known: Mapping[tuple[str, date], Standing], now: datetime, after: timedelta
) -> Iterator[str]:
    for (source, day), its in sorted(known.items()):
        if its.problem_since is not None and now - its.problem_since >= after:
            yield f"{source}, {day}: {problem(its)}"
        elif its.state is EditionState.STALE and now - its.opened_at >= after:
            yield f"{source}, {day}: source stale: {its.reason}"


def failures(engine: Engine, now: datetime) -> tuple[str, ...]:
    """Which digests failed within the last day, in words: not made, or given up unsent."""
    c = reader_days.c
    query = (
        select(c.reason, func.count())
        .where(c.day >= now.date() - ONCE_IN, c.outcome == DayOutcome.FAILED.value)
        .where(c.at > now - ONCE_IN)
        .group_by(c.reason)
        .order_by(func.count().desc())
        .limit(MOST_REASONS)
    )
    with engine.connect() as connection:
        found = connection.execute(query).all()
        unsent = connection.execute(_unsent(now - ONCE_IN)).scalar_one()
    told = [f"digests that could not be made: {count} ({reason})" for reason, count in found]
    told += [f"digests that could not be sent: {unsent}; `digest outbox` says why"] * bool(unsent)
    return tuple(told)


def _unsent(since: datetime) -> Select[int]:
    """How many deliveries failed since then, those apart that the operator cancelled."""
    c = deliveries.c
    failed = c.state == literal_column(f"'{DeliveryState.FAILED}'")  # as the partial index has it
    query = select(func.count()).where(failed, c.settled_at > since)
    return query.where(c.text.not_like(f"{CANCELLED}%"))


def may_tell(outcomes: Outcomes, now: datetime) -> bool:
    """Whether nobody was told within the last day."""
    last = outcomes.last_seen(TOLD)
    return last is None or now - last >= ONCE_IN or last > now


def to_operator(
    settings: Settings, trouble: tuple[str, ...], failed: tuple[str, ...], at: datetime
) -> Message:
    """The mail to the operator: plain, and by no template that could be what is broken."""
    sender = settings.sender
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit", max_line_length=78))
    mail["From"] = f"{sender.name} <{sender.address}>"
    mail["To"] = sender.operator
    what = "a source cannot be read" if trouble else "digests failed"
    mail["Subject"] = f"{sender.name}: {what}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=sender.domain)
    mail["Auto-Submitted"] = "auto-generated"
    lines = [f"- {line}" for line in (*trouble, *failed)]
    lines = ["Something does not work:", "", *lines, ""]
    if trouble:
        lines += ["Nothing is lost: what comes late goes into the next digest."]
    lines += ["`digest status` tells more; this mail comes at most once a day.", ""]
    mail.set_content("\n".join(lines), cte="quoted-printable")
    return Message(
        message_id=mail["Message-ID"],
        sender=sender.address,
        recipient=sender.operator,
        data=mail.as_bytes(),
    )


def to_readers(
    outcomes: Outcomes,
    subscribers: SubscriberStore,
    notify: Callable[[str, Subscriber, str], bool],
    now: datetime,
) -> int:
    """Plans a line to everybody who had no news in the last day; returns how many."""
    planned, after = 0, 0
    while found := outcomes.without_news(now - ONCE_IN, after):
        readers = (subscribers.by_id(number) for number in found)
        planned += sum(notify(KIND, reader, f"{now:%Y-%m-%d}") for reader in readers)
        after = found[-1]
    return planned
