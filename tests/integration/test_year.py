"""Every reader-day is accounted for, whatever happens: 25 days by default, a year in `.ci/soak`."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

import pytest
import structlog

from digest.app import App
from digest.delivery.feeder import UNCOMMITTED
from digest.delivery.tasks import ROOM
from digest.model import DeliveryState
from digest.occasions import Settled
from digest.publish.account import Line, reader_lines
from subscribers.model import Cadence, Subscriber
from tests.movinghub import editions
from tests.reliability import table, write_section
from tests.simulation import ZONES, Simulation
from tests.support import FULL

DAYS = int(os.environ.get("DIGEST_TEST_DAYS", "362" if FULL else "25"))
READERS = int(os.environ.get("DIGEST_TEST_YEAR_READERS", "2000" if FULL else "90"))
FIRST = date(2025, 8, 25) if DAYS > 60 else date(2026, 3, 6)  # the clocks change within both
LAST = min(FIRST + timedelta(days=DAYS - 1), date(2026, 8, 21))
#: What a kill while delivering may repeat: with the mailer, or answered and not committed.
IN_FLIGHT = UNCOMMITTED + 2 * ROOM

pytestmark = [pytest.mark.slow, pytest.mark.timeout(5400), pytest.mark.xdist_group("year")]


@dataclass
class Year:
    """What is left when it is over."""

    simulation: Simulation
    app: App
    readers: list[Subscriber]

    @cached_property
    def lines(self) -> dict[int, list[Line]]:
        """Readers' days, from the one after they came to the last that is over everywhere."""
        since, until = FIRST + timedelta(days=2), LAST - timedelta(days=1)
        return {r.id: reader_lines(self.app.engine, r, since, until) for r in self.readers}

    @property
    def repeated(self) -> int:
        """How many mails came a second time."""
        mails = self.simulation.inbox.mails.values()
        return sum(len(found) - len({mail.message_id for mail in found}) for found in mails)

    @property
    def lost(self) -> int:
        """How many digests are said to be accepted, and never came."""
        ids = {m.message_id for found in self.simulation.inbox.mails.values() for m in found}
        return self.app.outbox.counts()[DeliveryState.ACCEPTED] - len(ids)

    @property
    def untold(self) -> list[tuple[str, Line]]:
        """Reader-days that nobody could explain."""
        return [
            (reader.email, line)
            for reader in self.readers
            for line in self.lines[reader.id]
            if line.outcome in ("not due yet", "planned", "being sent", "failed")
            or (line.outcome == "changed" and not self.simulation.has_moved(reader.id, line.day))
            or (line.outcome != "sent" and not line.reason)
        ]

    def is_constant(self, reader: Subscriber) -> bool:
        """A reader who gets everything: none of the reasons to be left out is theirs."""
        schedule = reader.schedule
        history = self.app.subscribers.history(reader.id)
        daily = schedule.cadence is Cadence.DAILY and schedule.catch_up
        return daily and all(line.action != "pause" for line in history)

    def considered(self, reader: Subscriber) -> Counter[int]:
        """How many of a reader's digests were chosen from each settled edition."""
        rows = self.app.outbox.rows(subscriber_id=reader.id, limit=2000)
        daily = (row.snapshot or 0 for row in rows if row.kind == "daily")
        keys = Counter(key for snapshot in daily for key in self.keys(snapshot))
        return Counter({e.number: keys[self.first_papers[e]] for e in self.settled})

    @cached_property
    def settled(self) -> list[Settled]:
        return self.app.archive.settled(FIRST - timedelta(days=10))

    @cached_property
    def first_papers(self) -> dict[Settled, str]:
        archive = self.app.archive
        return {e: archive.edition(e.date).papers[0].key for e in self.settled}

    @cached_property
    def keys(self) -> Callable[[int], tuple[str, ...]]:
        thaw = self.app.archive.thaw
        return lru_cache(maxsize=4096)(lambda snapshot: tuple(p.key for p in thaw(snapshot)))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Year]:
    # A year's log is longer than what it would be read for.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    days = editions(shared_data / "topics" / "papers.jsonl.gz")
    simulation = Simulation(tmp_path_factory.mktemp("year"), days, FIRST, LAST)
    simulation.add_readers(READERS)
    asyncio.run(simulation.run())
    app = simulation.app
    yield Year(simulation, app, app.subscribers.block(limit=READERS))
    app.close()
    structlog.reset_defaults()


def test_it_was_no_quiet_time(year: Year) -> None:
    happened = year.simulation.happened
    for what in ("kills while planning", "restarts", "clock set forward", "clock set back"):
        assert happened[what], what
    assert year.simulation.inbox.mails


def test_every_reader_day_has_an_outcome_and_every_empty_one_its_reason(year: Year) -> None:
    assert year.untold == []


def test_a_day_has_one_digest_of_a_kind_at_most(year: Year) -> None:
    for reader in year.readers:
        # Who moves to a zone where today is yet to come may have another edition in it, and
        # who was written to while the clock was ahead may have one again when it is right.
        kinds = Counter(
            (line.day, line.digest.partition(" ")[0])
            for line in year.lines[reader.id]
            if line.digest
            and not year.simulation.has_moved(reader.id, line.day)
            and not year.simulation.is_told_wrong(line.day)
        )
        assert max(kinds.values(), default=0) <= 1, (reader.email, kinds.most_common(2))


def test_a_kill_repeats_no_more_than_was_in_flight_and_the_same_octets(year: Year) -> None:
    assert year.repeated <= IN_FLIGHT * year.simulation.happened["kills while delivering"]
    for address, mails in year.simulation.inbox.mails.items():
        assert len(set(mails)) == len({mail.message_id for mail in mails}), address


def test_no_paper_comes_twice(year: Year) -> None:
    for address, mails in year.simulation.inbox.mails.items():
        papers = Counter(paper for mail in set(mails) for paper in mail.papers)
        assert [paper for paper, count in papers.items() if count > 1] == [], address


def test_who_wants_all_was_given_every_settled_edition_once(year: Year) -> None:
    """Daily readers who make up for missed days and never paused."""
    assert [edition.number for edition in year.settled] == list(range(1, len(year.settled) + 1))
    constant = [reader for reader in year.readers if year.is_constant(reader)]
    assert constant
    for reader in constant:
        given = year.considered(reader)
        first = min(edition.number for edition in year.settled if given[edition.number])
        missed = [e for e in year.settled if e.number >= first and given[e.number] != 1]
        assert [e for e in missed if e.date < LAST - timedelta(days=2)] == [], reader.email


def test_nothing_is_lost_and_the_account_is_written_down(year: Year) -> None:
    outcomes = Counter(line.outcome for found in year.lines.values() for line in found)
    assert outcomes["sent"] > READERS / 2
    assert year.lost == 0
    total = sum(outcomes.values())
    span = f"{DAYS} days from {FIRST} on, {READERS:,} readers in {len(ZONES)} time zones"
    happened = year.simulation.happened
    told = [(name, happened[name]) for name in sorted(happened)]
    write_section("the year", [
        f"The last run: {span}.", "",
        *table(("what happened", "times"), told), "",
        *table(("reader-days", "number", "share"), [
            (name, count, f"{count / total:.2%}") for name, count in outcomes.most_common()
        ] + [("all", total, "100%")]), "",
        *table(("digests", "number"), [
            ("settled editions", len(year.settled)),
            ("mails", sum(map(len, year.simulation.inbox.mails.values()))),
            ("of them repeated, in flight at a kill", year.repeated), ("lost", year.lost),
            ("reader-days without an outcome or a reason", len(year.untold)),
        ]),
    ])  # fmt: skip
