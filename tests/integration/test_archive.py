from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, StaticPool, create_engine

from digest.archive import Archive, tables
from digest.archive.settling import NOTHING_LISTED
from digest.errors import UnknownEdition
from digest.identity import paper_key
from digest.model import DayState, EditionState, Paper
from digest.occasions import Settled
from digest.testing import FakeSource, make_paper
from tests.archives import FRIDAY, HUB, MONDAY, NOON, SATURDAY, THURSDAY, keys, lists


@pytest.fixture
def archive(engine: Engine) -> Archive:
    return Archive(engine)


def test_an_edition_comes_back_as_stored(archive: Archive) -> None:
    papers = [make_paper(n, upvotes=n, published=THURSDAY, keywords=("é",)) for n in (3, 1, 2)]
    result = archive.store([lists(THURSDAY, *papers)])
    found = archive.edition(THURSDAY)
    assert (result.new, result.editions) == (3, 1)
    assert (list(found.papers), found.state) == (papers, EditionState.SETTLED)


def test_a_date_that_was_never_pulled_is_unknown(archive: Archive) -> None:
    with pytest.raises(UnknownEdition, match="digest pull --date 2026-08-20"):
        archive.edition(THURSDAY)
    assert archive.latest() is None


def test_storing_twice_changes_nothing(archive: Archive) -> None:
    day = lists(THURSDAY, make_paper(1), make_paper(2))
    archive.store([day])
    again = archive.store([day])
    assert (again.new, again.updated, again.unchanged, again.editions) == (0, 0, 2, 0)


def test_a_filling_day_follows_its_source(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1), state=DayState.OPEN)])
    archive.store([lists(THURSDAY, make_paper(2), make_paper(1), state=DayState.OPEN)])
    assert keys(archive, THURSDAY) == [make_paper(2).key, make_paper(1).key]
    assert archive.edition(THURSDAY).state is EditionState.FILLING


def test_a_paper_belongs_to_the_edition_in_which_it_was_first_seen(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1))])
    archive.store([lists(FRIDAY, make_paper(1, organization="Lab"), make_paper(2))])
    assert keys(archive, THURSDAY) == [make_paper(1).key]
    assert keys(archive, FRIDAY) == [make_paper(2).key]
    assert archive.edition(THURSDAY).papers[0].organization == "Lab"


def test_another_source_enriches_a_paper_and_does_not_repeat_it(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1, sources=("hub",)))])
    lab = FakeSource("lab").lists(
        THURSDAY, [make_paper(1, categories=("cs.LG",), sources=("lab",))]
    )
    archive.store([lab])
    (paper,) = archive.edition(THURSDAY).papers
    assert (paper.categories, paper.sources) == (("cs.LG",), ("hub", "lab"))


def test_a_learnt_id_replaces_the_key_and_the_old_one_still_leads_there(archive: Archive) -> None:
    title = "A title that tells papers apart"
    unnamed = Paper(key=paper_key(title, THURSDAY), title=title, published=THURSDAY)
    archive.store([lists(THURSDAY, unnamed)])
    archive.store([lists(FRIDAY, make_paper(7, title=title))])
    assert keys(archive, THURSDAY) == [make_paper(7).key]
    assert archive.paper(unnamed.key) == archive.paper(make_paper(7).key) != None  # noqa: E711
    again = archive.store([lists(MONDAY, unnamed)])
    assert (again.new, again.unchanged) == (0, 1)


def test_a_late_paper_waits_for_the_next_edition(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1))])
    late = archive.store([lists(THURSDAY, make_paper(1), make_paper(2))])
    assert (late.late, late.new) == (1, 0)
    assert [paper.key for paper in archive.waiting()] == [make_paper(2).key]
    archive.store([lists(FRIDAY, make_paper(3))])
    assert keys(archive, THURSDAY) == [make_paper(1).key]
    assert keys(archive, FRIDAY) == [make_paper(3).key, make_paper(2).key]
    assert archive.waiting() == []


def test_a_late_paper_joins_the_next_edition_that_fills_already(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1))])
    archive.store([lists(FRIDAY, make_paper(3), state=DayState.OPEN)])
    archive.store([lists(THURSDAY, make_paper(1), make_paper(2))])
    assert keys(archive, FRIDAY) == [make_paper(3).key, make_paper(2).key]
    assert archive.list()[0].papers == 2


def test_a_late_paper_does_not_wait_for_an_empty_weekend(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1))])
    archive.store([lists(THURSDAY, make_paper(1), make_paper(2))])
    archive.store([HUB.lists(SATURDAY, [], DayState.EMPTY, reason="weekend")])
    assert archive.edition(SATURDAY).state is EditionState.EMPTY
    archive.store([lists(MONDAY, make_paper(3))])
    assert make_paper(2).key in keys(archive, MONDAY)


def test_a_paper_that_returns_is_labelled_in_the_later_edition(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1, upvotes=6))])
    result = archive.store([lists(FRIDAY, make_paper(1, upvotes=90), make_paper(2))])
    assert result.returned == 1
    assert keys(archive, FRIDAY) == [make_paper(2).key]
    assert archive.edition(FRIDAY).returns == ((make_paper(1).key, "votes grew from 6 to 90"),)
    assert archive.store([lists(MONDAY, make_paper(1, upvotes=99))]).returned == 0


def test_votes_that_grow_while_the_day_fills_are_no_return(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1, upvotes=1), state=DayState.OPEN)])
    archive.store([lists(THURSDAY, make_paper(1, upvotes=80))])
    assert archive.store([lists(FRIDAY, make_paper(1, upvotes=99))]).returned == 0


def test_an_empty_answer_leaves_the_papers_and_is_recorded(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1), state=DayState.OPEN)])
    result = archive.store([lists(THURSDAY, state=DayState.EMPTY, at=NOON + timedelta(hours=1))])
    assert keys(archive, THURSDAY) == [make_paper(1).key]
    assert result.problems[0].startswith("hub 2026-08-20: the source lists none")
    standing = archive.standing("hub", THURSDAY)
    assert standing
    assert standing.fetched_at == NOON


def test_yesterdays_papers_under_todays_date_are_not_todays(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1), make_paper(2))])
    archive.store(
        [HUB.lists(FRIDAY, [make_paper(1)], DayState.STALE, reason="it answers Thursday")]
    )
    found = archive.edition(FRIDAY)
    assert (found.papers, found.state, found.reason) == (
        (), EditionState.STALE, "it answers Thursday",
    )  # fmt: skip


def test_a_failure_is_recorded_and_forgotten_after_a_good_answer(archive: Archive) -> None:
    archive.record_failure("hub", THURSDAY, "no answer", NOON)
    assert archive.edition(THURSDAY).state is EditionState.FAILED
    archive.store([lists(THURSDAY, make_paper(1))])
    archive.record_failure("hub", THURSDAY, "503", NOON)
    standing = archive.standing("hub", THURSDAY)
    assert standing
    assert (standing.state, standing.problem) == (EditionState.SETTLED, "503")


def test_an_edition_settled_by_rule_is_closed(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1), state=DayState.OPEN)])
    archive.settle("hub", THURSDAY, NOON)
    assert archive.edition(THURSDAY).state is EditionState.SETTLED
    late = archive.store([lists(THURSDAY, make_paper(1), make_paper(2), state=DayState.OPEN)])
    assert late.late == 1
    with pytest.raises(UnknownEdition):
        archive.settle("hub", FRIDAY, NOON)


def test_dates_are_listed_with_what_each_source_has(archive: Archive) -> None:
    lab = FakeSource("lab").lists(THURSDAY, [], DayState.EMPTY, reason="holiday")
    archive.store([lab, lists(THURSDAY, make_paper(1)), lists(FRIDAY, make_paper(2))])
    friday, thursday = archive.list()
    assert (friday.date, thursday.date, archive.latest()) == (FRIDAY, THURSDAY, FRIDAY)
    assert (thursday.papers, thursday.state) == (1, EditionState.SETTLED)
    assert [row.source for row in thursday.sources] == ["hub", "lab"]
    assert thursday.reason == "lab: holiday"
    assert [row.date for row in archive.list(until=THURSDAY)] == [THURSDAY]


def test_the_papers_of_a_span_come_in_the_order_of_their_days(archive: Archive) -> None:
    archive.store([lists(day, make_paper(day.day)) for day in (MONDAY, THURSDAY, FRIDAY)])
    found = [(day.day, paper.key) for day, paper in archive.listed(since=FRIDAY)]
    assert found == [(21, make_paper(21).key), (24, make_paper(24).key)]
    assert len(list(archive.papers())) == 3


def test_a_fault_in_the_middle_stores_nothing(archive: Archive) -> None:
    broken = replace(lists(FRIDAY, make_paper(2)), fetched_at=datetime(2026, 8, 21))  # noqa: DTZ001
    with pytest.raises(Exception, match="time zone"):
        archive.store([lists(THURSDAY, make_paper(1)), broken])
    assert archive.list() == []


def test_settled_editions_are_numbered_once_in_the_order_of_settling(archive: Archive) -> None:
    archive.store([lists(FRIDAY, make_paper(2), state=DayState.OPEN)])
    archive.store([lists(THURSDAY, make_paper(1))])
    assert archive.number_settled() == [Settled(1, "hub", THURSDAY)]
    archive.settle("hub", FRIDAY, NOON + timedelta(days=1))
    assert archive.number_settled() == [Settled(2, "hub", FRIDAY)]
    assert archive.number_settled() == []
    assert [edition.number for edition in archive.settled(THURSDAY)] == [1, 2]


def test_a_day_that_ends_without_a_paper_is_empty_and_has_no_number(archive: Archive) -> None:
    archive.store([lists(THURSDAY, state=DayState.OPEN)])
    archive.settle("hub", THURSDAY, NOON)
    standing = archive.standing("hub", THURSDAY)
    assert standing
    assert (standing.state, standing.reason) == (EditionState.EMPTY, NOTHING_LISTED)
    assert archive.number_settled() == []


answers = st.tuples(
    st.integers(0, 3),
    st.sets(st.integers(1, 6)),
    st.sampled_from([DayState.OPEN, DayState.CLOSED, DayState.EMPTY, DayState.STALE]),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(answers, max_size=12))
def test_whatever_sources_answer_each_paper_is_in_one_edition(
    told: list[tuple[int, set[int], DayState, bool]],
) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    tables.metadata.create_all(engine)
    archive = Archive(engine)
    closed: dict[tuple[str, date], list[str]] = {}
    for offset, numbers, state, other in told:
        day = THURSDAY + timedelta(days=offset)
        source = FakeSource("lab" if other else "hub")
        archive.store([source.lists(day, map(make_paper, numbers), state)])
        for row in archive.list():
            for own in row.sources:
                found = next(e for e in archive.editions(row.date) if e.source == own.source)
                names = [paper.key for paper in found.papers]
                assert own.standing.papers == len(names)
                assert sorted(closed.get((own.source, row.date), names)) == sorted(names)
                if own.standing.settled_at:
                    closed[own.source, row.date] = names
        listed = [paper.key for paper in [*archive.papers(), *archive.waiting()]]
        assert len(listed) == len(set(listed))
    engine.dispose()


def test_two_that_store_at_once_do_not_meet(archive: Archive) -> None:
    days = [lists(THURSDAY, *map(make_paper, range(1, 40))) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda day: archive.store([day]), days))
    assert sorted(result.new for result in results) == [0, 0, 0, 39]
    assert len(archive.edition(THURSDAY).papers) == 39


def test_a_new_version_that_is_announced_brings_back_what_is_known(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1))])
    revised = (make_paper(1, version=2), make_paper(9, version=5))
    archive.store([replace(lists(FRIDAY, make_paper(2)), revisions=revised)])
    assert keys(archive, FRIDAY) == [make_paper(2).key]
    assert archive.edition(FRIDAY).returns == ((make_paper(1).key, "version 2"),)


def test_a_waiting_paper_that_is_listed_again_joins_that_edition(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1))])
    archive.store([lists(THURSDAY, make_paper(1), make_paper(2))])
    archive.store([lists(FRIDAY, make_paper(2), make_paper(3))])
    assert keys(archive, FRIDAY) == [make_paper(2).key, make_paper(3).key]


def test_a_return_is_noted_when_an_edition_can_take_it(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1, upvotes=3))])
    grown = lists(THURSDAY, make_paper(1, upvotes=70))
    assert archive.store([grown]).returned == 0
    archive.store([lists(FRIDAY, make_paper(2), state=DayState.OPEN)])
    assert archive.store([grown]).returned == 1
    assert archive.edition(FRIDAY).returns == ((make_paper(1).key, "votes grew from 3 to 70"),)


def test_progress_is_told_for_each_day(archive: Archive) -> None:
    told: list[date] = []
    archive.store([lists(FRIDAY), lists(THURSDAY)], lambda day: told.append(day.date))
    assert told == [THURSDAY, FRIDAY]
