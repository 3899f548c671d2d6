"""The tallies say what the rows say, whatever happened to the rows since they were counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, Text, cast, insert, select, update

from digest.app import App, make_app
from digest.delivery.tables import deliveries
from digest.figures import Figures, Matches, Tallies, TopicFigures, source_days
from digest.figures.tables import delivery_days, domain_days
from digest.figures.tallies import FRESH, OTHERS, REASONS, shortened
from digest.keys import load_links
from digest.likes.store import LikeStore
from digest.outcomes import reader_days
from digest.settings import Settings
from subscribers.model import SubscriptionStatus
from subscribers.tables import suppressions
from tests import crowd

TODAY = date(2026, 8, 20)  # a Thursday
NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
PAUSED = ("", "paused", "paused by the reader")


@pytest.fixture
def full(engine: Engine) -> Engine:
    """120 readers, 12 days."""
    crowd.fill(engine, TODAY, readers=120, days=12)
    return engine


def truth(engine: Engine) -> tuple[Counter[tuple[object, ...]], Counter[tuple[object, ...]]]:
    """The rows, counted one by one."""
    by_reason: Counter[tuple[object, ...]] = Counter()
    by_domain: Counter[tuple[object, ...]] = Counter()
    with engine.connect() as connection:
        for row in connection.execute(select(deliveries)):
            day, quiet = row.due_at.date(), row.state in ("accepted", "planned")
            why = "" if quiet else row.text
            why = shortened(why) if row.state == "skipped" else why
            by_reason[day, row.kind, row.state, why] += 1
            by_domain[day, row.domain, row.state, row.enhanced] += 1
        for row in connection.execute(select(reader_days)):
            by_reason[row.day, "", row.outcome, row.reason] += 1
    return by_reason, by_domain


def tallied(engine: Engine) -> tuple[Counter[tuple[object, ...]], Counter[tuple[object, ...]]]:
    with engine.connect() as connection:
        return (
            Counter({tuple(row[:4]): row[4] for row in connection.execute(select(delivery_days))}),
            Counter({tuple(row[:4]): row[4] for row in connection.execute(select(domain_days))}),
        )


def test_the_tallies_are_the_truth(full: Engine) -> None:
    Tallies(full).count(NOW)
    assert tallied(full) == truth(full)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "bounced", "enhanced": "5.1.1"},
        {"state": "failed", "enhanced": "5.7.1"},
        {"state": "held", "next_attempt_at": None},
        {"state": "planned", "next_attempt_at": NOW},
    ],
    ids=lambda change: str(change["state"]),
)
def test_what_happens_to_an_old_day_is_counted_again(
    full: Engine, change: dict[str, object]
) -> None:
    Tallies(full).count(NOW)
    old = TODAY - timedelta(days=9)
    later = NOW + timedelta(hours=3)
    one = select(deliveries.c.id).where(deliveries.c.occasion == str(old)).limit(1)
    with full.begin() as connection:
        which = deliveries.c.id == connection.execute(one).scalar_one()
        connection.execute(update(deliveries).where(which).values(settled_at=later, **change))
    assert old in Tallies(full).count(later + timedelta(minutes=1))
    assert tallied(full) == truth(full)


def test_what_waited_is_counted_again_once_it_ended(full: Engine) -> None:
    old = TODAY - timedelta(days=9)
    which = deliveries.c.occasion == str(old)
    tallies = Tallies(full)
    with full.begin() as connection:
        connection.execute(update(deliveries).where(which).values(next_attempt_at=NOW))
    tallies.count(NOW)
    ended = {"state": "accepted", "enhanced": "2.0.0", "next_attempt_at": None}
    with full.begin() as connection:
        connection.execute(update(deliveries).where(which).values(**ended))
    assert old in tallies.count(NOW + timedelta(minutes=1))
    assert tallied(full) == truth(full)


def test_a_small_day_is_told_as_it_is_now(full: Engine) -> None:
    Tallies(full).count(NOW)
    with full.begin() as connection:
        connection.execute(update(deliveries).values(state="held", text="their server moves"))
    found = Tallies(full).of(TODAY, NOW).counts
    assert set(found) == {("daily", "held", "their server moves"), PAUSED}


def test_a_large_day_is_told_by_its_tally_until_that_is_old(
    full: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.figures.tallies.FEW", 1)
    before = Tallies(full).of(TODAY, NOW)
    with full.begin() as connection:
        connection.execute(update(deliveries).values(state="held", text="their server moves"))
    assert Tallies(full).of(TODAY, NOW + FRESH).counts == before.counts
    later = Tallies(full).of(TODAY, NOW + 2 * FRESH)
    assert set(later.counts) == {("daily", "held", "their server moves"), PAUSED}
    assert tallied(full)[0].keys() >= {(TODAY, *key) for key in later.counts}


def test_answers_that_are_each_its_own_are_told_together(full: Engine) -> None:
    c = deliveries.c
    own = "greylisted, ticket " + cast(c.id, Text)
    with full.begin() as connection:
        connection.execute(update(deliveries).values(state="deferred", text=own))
    counts = Tallies(full).of(TODAY, NOW).counts
    assert len(counts) == REASONS + 2
    assert counts["daily", "deferred", OTHERS] == counts.total() - counts[PAUSED] - REASONS


def test_a_day_that_is_over_is_not_counted_again(full: Engine) -> None:
    tallies = Tallies(full)
    tallies.count(NOW)
    assert tallies.count(NOW + timedelta(minutes=30)) == [TODAY, TODAY - timedelta(days=1)]


def test_days_add_up_to_what_was_due(full: Engine) -> None:
    Tallies(full).count(NOW)
    days = Figures(full).days(TODAY)
    assert (len(days), days[-1].day) == (30, TODAY)
    with full.connect() as connection:
        states = connection.execute(select(deliveries.c.state)).scalars()
        due = sum(state != "skipped" for state in states)
    assert sum(day.due for day in days) == due
    assert days[-1].counts["deferred"] > 0
    assert set(days[-1].reasons) == {"nothing matched", "paused"}


def test_domains_are_told_with_their_codes(full: Engine) -> None:
    Tallies(full).count(NOW)
    hosts = Figures(full).hosts(TODAY, 12)
    assert {host.domain for host in hosts} == set(crowd.DOMAINS)
    codes = sum((host.codes for host in hosts), Counter())
    assert set(codes) <= {"4.7.1", "5.1.1", "5.7.1"}
    assert codes["5.1.1"] == sum(n for key, n in truth(full)[1].items() if key[2] == "bounced")


def test_complaints_are_told_on_the_day_they_came(full: Engine) -> None:
    Tallies(full).count(NOW)
    row = {"address_hash": "a", "reason": "complaint", "at": NOW, "detail": ""}
    with full.begin() as connection:
        connection.execute(insert(suppressions), row)
    today = Figures(full).rates(TODAY)[-1]
    assert today.complaints == 1
    assert today.complaint_rate == 1 / today.sent


def test_without_a_count_there_are_no_figures(engine: Engine) -> None:
    assert Tallies(engine).counted_at() is None
    assert all(day.due == 0 for day in Figures(engine).days(TODAY))


def test_a_source_has_each_of_its_days(full: Engine) -> None:
    (found,) = source_days(full, TODAY, 12)
    weekdays = [TODAY - timedelta(days=n) for n in range(12)]
    assert [day.day for day in found.days] == [d for d in weekdays if d.weekday() < 5]
    assert all(day.opened_at <= (day.settled_at or NOW) for day in found.days)


@pytest.fixture
def counted(full: Engine, tmp_path: Path) -> Iterator[App]:
    """The same, with what topics match counted."""
    address = full.url.render_as_string(hide_password=False)
    settings = Settings(folder=tmp_path, database=address, keys=tmp_path / "keys")
    load_links(settings.keys)  # they came before the readers
    app = make_app(settings, clock=lambda: NOW)
    app.set_up()
    app.settle()
    app.count_figures()
    yield app
    app.close()


def test_topics_are_told_with_readers_and_matches_a_day(counted: App) -> None:
    topics = TopicFigures(counted.engine, TODAY)
    found = {interest.text: interest for interest in topics.most_wanted()}
    assert set(found) == set(crowd.TOPICS)
    receiving = counted.subscribers.counts()[SubscriptionStatus.CONFIRMED]
    assert sum(interest.readers for interest in found.values()) == receiving < 120
    asked = counted.selector(counted.publisher.edition(TODAY), ["diffusion"]).evaluation.asked
    assert found["diffusion"].a_day == asked["diffusion"].matched.bit_count() > 0


def test_topics_that_never_match_are_named(counted: App) -> None:
    never = [interest.text for interest in TopicFigures(counted.engine, TODAY).never()]
    assert "zymurgy" in never
    assert "diffusion" not in never


def test_papers_are_told_by_the_readers_lines_that_match_them(counted: App) -> None:
    topics = TopicFigures(counted.engine, TODAY)
    papers = topics.most_matched()
    readers = {interest.text: interest.readers for interest in topics.most_wanted()}
    assert max(readers.values()) <= papers[0].number <= sum(readers.values())
    assert [p.number for p in papers] == sorted((p.number for p in papers), reverse=True)


def test_likes_and_dislikes_are_counted_by_paper(counted: App) -> None:
    likes = LikeStore(counted.engine)
    for reader in (1, 2, 3):
        likes.give(reader, "arxiv:1", liked=reader < 3, at=NOW)
    topics = TopicFigures(counted.engine, TODAY)
    assert [(p.key, p.number) for p in topics.most_liked(liked=True)] == [("arxiv:1", 2)]
    assert [(p.key, p.number) for p in topics.most_liked(liked=False)] == [("arxiv:1", 1)]


def test_a_settled_day_is_evaluated_once(counted: App) -> None:
    def refuse(*_: object) -> tuple[object, ...]:
        raise AssertionError("evaluated again")

    assert Matches(counted.engine, refuse).count(NOW) == []  # type: ignore[arg-type]
