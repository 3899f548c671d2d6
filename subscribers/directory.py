"""Finding subscribers by the beginning of their address, page by page; and how many came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Select, collate, func, select

from subscribers import rows
from subscribers.address import comparable
from subscribers.consent import Action
from subscribers.model import Subscriber, SubscriptionStatus
from subscribers.tables import consents, subscribers

#: A line of consent by which somebody began to receive digests.
CAME = (Action.CONFIRM, Action.ADD)
_LAST = "\U0010ffff"  # stands after whatever an address can hold
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of subscribers, by address.

    Attributes:
        suppressed: ids of those to whom nothing is sent.
        after: the address that the next page begins after, "" where this is the last.
    """

    subscribers: list[Subscriber]
    suppressed: frozenset[int]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How many began to receive digests and how many left, in the week from a Monday on."""

    monday: date
    came: int = 0
    left: int = 0


def find(
    engine: Engine,
    beginning: str = "",
    *,
    status: SubscriptionStatus | None = None,
    after: str = "",
    limit: int = 50,
) -> Found:
    """At most `limit` subscribers whose address begins so, after an address, in its order.

    It reads the index of addresses from where the page begins, whatever their number.
    """
    key = _key(engine)
    wanted = comparable(beginning.strip())
    query = select(subscribers).where(key > comparable(after)) if after else select(subscribers)
    if wanted:
        query = query.where(key >= wanted, key < wanted + _LAST)
    if status is not None:
        query = query.where(subscribers.c.status == status)
    return _page(engine, query.order_by(key).limit(limit + 1), limit)


def weeks(engine: Engine, today: date, count: int = 12) -> list[Week]:
    """The last weeks, the present one last: who came and who left, by the lines of consent."""
    monday = today - timedelta(days=today.weekday())
    first = monday - (count - 1) * _WEEK
    counted: dict[date, dict[bool, int]] = {first + n * _WEEK: {} for n in range(count)}
    for day, action, number in _by_day(engine, first):
        week = counted.get(day - timedelta(days=day.weekday()), {})
        week[action in CAME] = week.get(action in CAME, 0) + number
    return [
        Week(monday=start, came=found.get(True, 0), left=found.get(False, 0))
        for start, found in counted.items()
    ]


def _page(engine: Engine, query: Select[tuple[object, ...]], limit: int) -> Found:
    with engine.connect() as connection:
        found = connection.execute(query).all()
        page = rows.with_topics(connection, found[:limit])
    more = len(found) > limit
    return Found(
        subscribers=page,
        suppressed=frozenset(row.id for row in found[:limit] if row.suppressed),
        after=page[-1].email if more else "",
    )


def _by_day(engine: Engine, since: date) -> list[tuple[date, str, int]]:
    c = consents.c
    postgres = engine.dialect.name == "postgresql"
    day = func.date(func.timezone("UTC", c.at) if postgres else c.at)
    begin = datetime.fromisoformat(f"{since}T00:00:00+00:00")
    query = select(day, c.action, func.count()).where(
        c.at >= begin, c.action.in_((*CAME, Action.UNSUBSCRIBE))
    )
    with engine.connect() as connection:
        found = connection.execute(query.group_by(day, c.action)).all()
    return [(date.fromisoformat(str(at)), action, int(number)) for at, action, number in found]


def _key(engine: Engine) -> ColumnElement[str]:
    """Addresses in the order of their code points, as SQLite has them anyway."""
    key = subscribers.c.email_key
    return collate(key, "C") if engine.dialect.name == "postgresql" else key
