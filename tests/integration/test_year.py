"""Every reader-day is accounted for, whatever happens: 30 days by default, a year in `.ci/soak`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import structlog

from digest.app import App
from digest.occasions import Settled
from digest.publish.account import Line, reader_lines
from subscribers.model import Cadence, Subscriber
from tests.simulation import Simulation, editions
from tests.support import FULL

DAYS = int(os.environ.get("DIGEST_TEST_DAYS", "362" if FULL else "30"))
READERS = int(os.environ.get("DIGEST_TEST_YEAR_READERS", "2000" if FULL else "90"))
FIRST = date(2025, 8, 25) if DAYS > 60 else date(2026, 3, 2)  # the clocks change within both
LAST = min(FIRST + timedelta(days=DAYS - 1), date(2026, 8, 21))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(5400), pytest.mark.xdist_group("year")]


@dataclass
class Year:
    """What is left when it is over."""

    simulation: Simulation
    app: App
    readers: list[Subscriber]

    def lines(self, reader: Subscriber) -> list[Line]:
        """Their days, from the one after they came to the last that is over everywhere."""
        return reader_lines(
            self.app.engine, reader, FIRST + timedelta(days=2), LAST - timedelta(days=1)
        )

    def is_constant(self, reader: Subscriber) -> bool:
        """A reader who gets everything: none of the reasons to be left out is theirs."""
        schedule = reader.schedule
        history = self.app.subscribers.history(reader.id)
        daily = schedule.cadence is Cadence.DAILY and schedule.catch_up
        return daily and all(line.action != "pause" for line in history)

    def considered(self, reader: Subscriber) -> Counter[int]:
        """How many of a reader's digests were chosen from each settled edition."""
        rows = self.app.outbox.rows(subscriber_id=reader.id, limit=2000)
        keys = Counter(
            paper.key
            for row in rows
            if row.kind == "daily"
            for paper in self.app.archive.thaw(row.snapshot or 0)
        )
        settled = self.app.archive.settled(FIRST - timedelta(days=10))
        return Counter({e.number: keys[self.a_paper(e)] for e in settled})

    def a_paper(self, edition: Settled) -> str:
        return self.app.archive.edition(edition.date).papers[0].key


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
    assert happened["kills"]
    assert happened["restarts"]
    assert year.simulation.inbox.mails


def test_every_reader_day_has_an_outcome_and_every_empty_one_its_reason(year: Year) -> None:
    untold = [
        (reader.email, line)
        for reader in year.readers
        for line in year.lines(reader)
        if line.outcome in ("not due yet", "planned", "being sent", "failed")
        or (line.outcome == "changed" and reader.id not in year.simulation.moved)
        or (line.outcome != "sent" and not line.reason)
    ]
    assert untold == []


def test_a_day_has_one_digest_of_a_kind_at_most(year: Year) -> None:
    for reader in year.readers:
        kinds = Counter(
            (line.day, line.digest.partition(" ")[0]) for line in year.lines(reader) if line.digest
        )
        # Who moves to a zone where today is yet to come may have another edition in it.
        most = 2 if reader.id in year.simulation.moved else 1
        assert max(kinds.values(), default=0) <= most, reader.email


def test_no_message_and_no_paper_comes_twice(year: Year) -> None:
    for address, mails in year.simulation.inbox.mails.items():
        ids = [message_id for message_id, _ in mails]
        assert len(ids) == len(set(ids)), address
        papers = Counter(paper for _, found in mails for paper in found)
        assert [paper for paper, count in papers.items() if count > 1] == [], address


def test_who_wants_all_was_given_every_settled_edition_once(year: Year) -> None:
    """Daily readers who make up for missed days and never paused."""
    settled = year.app.archive.settled(FIRST - timedelta(days=10))
    assert [edition.number for edition in settled] == list(range(1, len(settled) + 1))
    constant = [reader for reader in year.readers if year.is_constant(reader)]
    assert constant
    for reader in constant:
        given = year.considered(reader)
        first = min(edition.number for edition in settled if given[edition.number])
        missed = [e for e in settled if e.number >= first and given[e.number] != 1]
        assert [e for e in missed if e.date < LAST - timedelta(days=2)] == [], reader.email


def test_the_account_is_written_down(year: Year) -> None:
    outcomes = Counter(line.outcome for reader in year.readers for line in year.lines(reader))
    assert outcomes["sent"] > READERS / 2
    folder = os.environ.get("DIGEST_SOAK_RESULTS")
    if folder:
        told = {"days": DAYS, "readers": READERS, "outcomes": outcomes.most_common(),
                "happened": year.simulation.happened.most_common(),
                "at": datetime.combine(LAST, time(), UTC).isoformat()}  # fmt: skip
        (Path(folder) / "year.json").write_text(json.dumps(told, indent=1))
