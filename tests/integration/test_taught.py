"""What a reader liked counts in the digests that are planned, not in back-tests alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.likes.store import LikeStore
from digest.model import DayState, Paper, SourceDay
from digest.publish.ranking import background_before, make_selector
from digest.testing import make_paper
from subscribers.model import Consent, Subscriber, Topic
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
DULL = "A general study of learning with many examples and careful measurement."
PROTEINS = "Protein folding and molecular dynamics with equivariant networks for drug design."


def listed(archive: Archive, day: int, papers: list[Paper]) -> None:
    answer = SourceDay(
        source="fake",
        date=date(2026, 8, day),
        papers=tuple(papers),
        state=DayState.CLOSED,
        fetched_at=NOW,
    )
    archive.store([answer])


def test_a_paper_like_those_that_were_liked_comes_first(engine: Engine) -> None:
    archive, likes = Archive(engine), LikeStore(engine)
    earlier = [
        make_paper(n, title=f"Learning, part {n}", abstract=PROTEINS if n < 5 else DULL)
        for n in range(1, 20)
    ]
    listed(archive, 19, earlier)
    dull = make_paper(31, title="Learning at large", abstract=DULL)
    near = make_paper(32, title="Learning at length", abstract=PROTEINS)
    listed(archive, 20, [dull, near])
    store = SubscriberStore(engine, Keyring({1: b"k" * 32}, 1))
    given = Consent(action="add", at=NOW, source="operator")
    asked = Subscriber(email="reader@example.org", topics=(Topic(text="learning"),))
    reader = store.add(asked, given)
    for number in range(1, 5):
        likes.give(reader.id, earlier[number - 1].key, liked=True, at=NOW)
    selector = make_selector(archive, archive.edition(date(2026, 8, 20)), ["learning"])
    assert selector.select(reader).entries[0].paper.key == near.key
    untaught = selector.select(Subscriber(email="other@example.org", topics=reader.topics))
    assert untaught.entries[0].paper.key == dull.key


def test_a_background_holds_the_latest_papers_of_the_days_before(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.publish.ranking.MEMORY", 3)
    archive = Archive(engine)
    papers = [make_paper(n, title=f"Paper {n}") for n in range(1, 7)]
    for day, some in ((17, papers[:3]), (18, papers[3:5]), (20, papers[5:])):
        listed(archive, day, some)
    held = background_before(archive, date(2026, 8, 20)).papers
    assert [paper.title for paper in held] == ["Paper 3", "Paper 4", "Paper 5"]
