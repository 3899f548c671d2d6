"""What an archive keeps beside its editions: frozen copies, votes as they grew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.errors import UnknownFrozenCopy
from digest.model import DayState, Trend
from digest.testing import make_paper
from tests.archives import FRIDAY, NOON, SATURDAY, THURSDAY, lists, votes_at


@pytest.fixture
def archive(engine: Engine) -> Archive:
    return Archive(engine)


def test_search_finds_papers_with_every_word(archive: Archive) -> None:
    one = make_paper(1, title="In-context learning", authors=("Zoë Müller",), author_count=1)
    archive.store([lists(THURSDAY, one, make_paper(2, abstract="100% of context"))])
    assert [paper.key for _, paper in archive.search("CONTEXT müller")] == [one.key]
    assert [paper.key for _, paper in archive.search("0%")] == [make_paper(2).key]
    assert archive.search("context", since=FRIDAY) == []


def test_votes_are_kept_as_they_grow(archive: Archive) -> None:
    for hour, upvotes in enumerate((1, 1, 5)):
        at = NOON + timedelta(hours=hour)
        archive.store([lists(THURSDAY, make_paper(1, upvotes=upvotes), state=DayState.OPEN, at=at)])
    assert [upvotes for _, upvotes in archive.votes(make_paper(1).key)] == [1, 5]


def test_an_edition_tells_how_votes_grew(archive: Archive) -> None:
    votes_at(archive, {0: 12, 20: 42})
    found = archive.with_trends(archive.edition(THURSDAY), THURSDAY, NOON + timedelta(hours=24))
    (paper,) = found.papers
    assert (paper.upvotes, paper.trend) == (42, Trend(gained=30, hours=24))
    assert archive.thaw(archive.freeze(found.papers)) == found.papers
    assert archive.edition(THURSDAY).papers[0].trend is None


def test_old_snapshots_are_forgotten_but_the_one_that_still_holds(archive: Archive) -> None:
    votes_at(archive, {0: 1, 1: 5, 2: 9})
    archive.store([lists(SATURDAY, make_paper(2), at=NOON + timedelta(days=31))])
    assert [upvotes for _, upvotes in archive.votes(make_paper(1).key)] == [9]


def test_a_frozen_copy_stays_what_it_was(archive: Archive) -> None:
    archive.store([lists(THURSDAY, make_paper(1, upvotes=1), make_paper(2))])
    before = archive.edition(THURSDAY).papers
    number = archive.freeze(before)
    archive.store([lists(FRIDAY, make_paper(1, upvotes=2, abstract="x" * 99))])
    assert archive.edition(THURSDAY).papers != before
    assert archive.thaw(number) == before
    assert archive.freeze(before) == number
    assert archive.freeze(before[::-1]) != number


def test_a_frozen_copy_that_is_not_there_is_named(archive: Archive) -> None:
    with pytest.raises(UnknownFrozenCopy, match="number 7"):
        archive.thaw(7)


def test_papers_are_found_by_their_keys_at_once(archive: Archive) -> None:
    archive.store([lists(THURSDAY, *map(make_paper, range(1, 900)))])
    wanted = [make_paper(number).key for number in (*range(850, 910), 1)]
    assert set(archive.known(wanted)) == {make_paper(n).key for n in (*range(850, 900), 1)}


def test_two_that_freeze_at_once_get_one_copy(archive: Archive) -> None:
    papers = [make_paper(number) for number in range(1, 40)]
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(archive.freeze, [papers] * 4))) == 1
