"""A source in trouble: what was mailed, when, and what the status said.

A real HTTP source and a real SMTP server; the clock alone is told. The table is that of
`docs/reliability.md`: compared with it, or written there where DIGEST_RELIABILITY names it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest.app import make_app
from digest.inbox import BackgroundInbox, inbox_in_background
from digest.publish.account import reader_lines
from digest.schedule import Service
from digest.settings import HuggingFaceSource, Network, Sender, Settings, Smtp
from subscribers.model import Cadence, Consent, Schedule, Subscriber, Topic
from tests.hub import Hub, hub_running
from tests.installation import instant
from tests.reliability import table, write_section, writes
from tests.support import ROOT

TUESDAY, THURSDAY = date(2026, 8, 18), date(2026, 8, 20)
FIRST, LAST, STEP = instant("2026-08-20 00:00"), instant("2026-08-22 12:00"), timedelta(minutes=10)
_EDITION = re.compile(r"Paper \d+ of (\d{4}-\d\d-\d\d)")


@dataclass
class Trouble:
    """A scenario: how the hub stands at an instant."""

    name: str
    tell: Callable[[Hub, datetime], None]


def well(hub: Hub, now: datetime) -> None:
    """Nothing is wrong."""


def stale(hub: Hub, now: datetime) -> None:
    over = now >= instant("2026-08-21 12:00")
    hub.lists = lambda day: day if over or day != THURSDAY else TUESDAY + timedelta(days=1)


def growing(hub: Hub, now: datetime) -> None:
    hours = max(0, int((now - FIRST).total_seconds() // 3600))
    hub.count = lambda day: min(12, hours // 2) if day == THURSDAY else 12


def yesterday(hub: Hub, now: datetime) -> None:
    over = now >= instant("2026-08-20 16:00")
    hub.lists = lambda day: day if over or day != THURSDAY else TUESDAY + timedelta(days=1)


def down(hub: Hub, now: datetime) -> None:
    hub.down = instant("2026-08-21 01:00") <= now < instant("2026-08-21 07:00")


TROUBLES = [
    Trouble("all is well", well),
    Trouble("stale for a day and a half", stale),
    Trouble("growing through the day", growing),
    Trouble("answering yesterday until 16:00", yesterday),
    Trouble("down for six hours", down),
]


@dataclass(frozen=True)
class Row:
    """A line of the table: a reader's Friday and Saturday."""

    trouble: str
    reader: str
    friday: str
    saturday: str

    def __str__(self) -> str:
        (line,) = table((self.trouble, self.reader, self.friday, self.saturday), ())[:1]
        return line

    @property
    def mailed(self) -> list[str]:
        """The editions that came, in their order."""
        mails = [day for day in (self.friday, self.saturday) if not day.startswith("no mail")]
        return [found for mail in mails for found in mail.partition(": ")[2].split(", ")]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_running() as running:
        yield running


@pytest.fixture
def inbox() -> Iterator[BackgroundInbox]:
    with inbox_in_background() as box:
        yield box


def rows_of(trouble: Trouble, folder: Path, hub: Hub, inbox: BackgroundInbox) -> list[Row]:
    now = FIRST
    settings = Settings(
        folder=folder,
        database=f"sqlite:///{folder / 'digest.sqlite3'}",
        keys=folder / "keys",
        sender=Sender(address="digest@example.org"),
        smtp=Smtp(host="127.0.0.1", port=inbox.smtp_port, tls="none"),
        network=Network(attempts=1),
        sources=(HuggingFaceSource(base_url=hub.web.url),),
    )
    app = make_app(settings, clock=lambda: now)
    app.set_up()
    readers = [add(app.subscribers.add, name, latest) for name, latest in READERS.items()]
    service = Service(app, site=False)
    mailed: dict[int, tuple[str, datetime, list[str]]] = {}
    while now < LAST:
        trouble.tell(hub, now)
        asyncio.run(one_step(service))
        for mail in inbox.messages[len(mailed) :]:
            mailed[len(mailed)] = (mail.recipients[0], now, editions_in(mail.data))
        now += STEP
    days = [THURSDAY + timedelta(days=n) for n in (1, 2)]
    lines = [[reader_lines(app.engine, r, day, day)[0] for day in days] for r in readers]
    app.close()
    told = list(mailed.values())
    return [
        Row(trouble.name, r.email.partition("@")[0], *(
            tell(day, line.outcome, line.reason, [m for m in told if m[0] == r.email])
            for day, line in zip(days, of, strict=True)
        ))
        for r, of in zip(readers, lines, strict=True)
    ]  # fmt: skip


READERS = {"prompt": None, "patient": 12}


def add(store: Callable[..., Subscriber], name: str, latest: int | None) -> Subscriber:
    schedule = Schedule(cadence=Cadence.DAILY, hour=8, timezone="Europe/Berlin", latest_hour=latest)
    topics = (Topic(text="agents"),)
    reader = Subscriber(email=f"{name}@example.org", topics=topics, schedule=schedule)
    return store(reader, Consent(action="add", at=FIRST, source="operator"))


async def one_step(service: Service) -> None:
    await service.pull()
    await service.tick()
    await service.deliver()


def editions_in(data: bytes) -> list[str]:
    message = message_from_bytes(data, policy=policy.default)
    body = message.get_body(("plain",))
    return sorted(set(_EDITION.findall(body.get_content() if body else "")))


def tell(day: date, outcome: str, reason: str, mails: list[tuple[str, datetime, list[str]]]) -> str:
    sent = [(at, found) for _, at, found in mails if at.date() == day]
    if sent:
        at, found = sent[0]
        return f"{at:%H:%M}: {', '.join(found)}"
    # That the edition came on another day is what the other column shows.
    return f"no mail: {outcome}, {reason.partition('; the edition of')[0]}".replace("|", "/")


@pytest.fixture(scope="module")
def account() -> Iterator[list[Row]]:
    """The rows of all troubles; written down once all of them were tried."""
    rows: list[Row] = []
    yield rows
    if len({row.trouble for row in rows}) == len(TROUBLES):
        head = ("trouble", "reader", "Friday", "Saturday")
        cells = [(row.trouble, row.reader, row.friday, row.saturday) for row in rows]
        write_section("the source in trouble", table(head, cells))


@pytest.mark.slow
@pytest.mark.xdist_group("source in trouble")  # one process writes the table
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_a_source_in_trouble_is_met_as_the_table_says(
    trouble: Trouble, tmp_path: Path, hub: Hub, inbox: BackgroundInbox, account: list[Row]
) -> None:
    documented = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for found in rows_of(trouble, tmp_path, hub, inbox):
        row = replace(found, friday=found.friday.replace(hub.web.url, "http://hub"))
        account.append(row)
        assert row.mailed == ["2026-08-20", "2026-08-21"]  # all, and each once
        assert str(row) in documented or writes(), str(row)
