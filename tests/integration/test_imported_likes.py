"""Papers that the archive does not hold are liked, too, and learnt from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from digest.archive import Archive
from digest.likes.store import Given, LikeStore
from digest.likes.taken import take
from digest.model import DayState, Paper, SourceDay
from digest.publish.ranking import likes_of
from digest.testing import make_paper
from subscribers.model import Consent, Subscriber
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring

NOW = datetime(2026, 8, 20, 8, tzinfo=UTC)
ELSEWHERE = Paper(key="arxiv:1706.03762", title="Attention is all", abstract="We attend.")
UNTITLED = Paper(key="arxiv:1706.00001", title="")


@pytest.fixture
def archive(engine: Engine) -> Archive:
    return Archive(engine)


@pytest.fixture
def likes(engine: Engine) -> LikeStore:
    return LikeStore(engine)


@pytest.fixture
def reader(engine: Engine) -> int:
    store = SubscriberStore(engine, Keyring({1: b"k" * 32}, 1))
    given = Consent(action="add", at=NOW, source="operator")
    return store.add(Subscriber(email="reader@example.org"), given).id


def listed(archive: Archive, *papers: Paper) -> None:
    day = SourceDay(
        source="fake",
        date=date(2026, 8, 19),
        papers=papers,
        state=DayState.CLOSED,
        fetched_at=NOW,
    )
    archive.store([day])


def test_what_the_archive_lacks_is_kept_with_its_title_and_abstract(
    archive: Archive, likes: LikeStore, reader: int
) -> None:
    taken = take(likes, reader, [ELSEWHERE, UNTITLED], {}, NOW)
    assert taken.counts == {"new": 2, "already": 0, "kept": 2, "untitled": 1}
    (learnt,) = likes_of(likes, archive, reader).liked
    assert (learnt.title, learnt.abstract) == (ELSEWHERE.title, ELSEWHERE.abstract)


def test_a_paper_is_found_in_the_archive_by_its_title(
    archive: Archive, likes: LikeStore, reader: int
) -> None:
    listed(archive, make_paper(1, title="In-Context Reinforcement Learning"))
    asked = Paper(key="url:https://doi.org/10.1/x", title="In-context reinforcement learning.")
    known = archive.find([asked])
    assert take(likes, reader, [asked], known, NOW).kept == 0
    assert [one.paper for one in likes.given(reader)] == [make_paper(1).key]


def test_once_the_archive_holds_a_paper_its_own_record_counts(
    archive: Archive, likes: LikeStore, reader: int
) -> None:
    take(likes, reader, [UNTITLED], {}, NOW)
    listed(archive, Paper(key=UNTITLED.key, title="Now we know", abstract="It all."))
    (learnt,) = likes_of(likes, archive, reader).liked
    assert learnt.title == "Now we know"


def test_importing_again_changes_nothing(likes: LikeStore, reader: int) -> None:
    take(likes, reader, [ELSEWHERE], {}, NOW)
    again = take(likes, reader, [Paper(key=ELSEWHERE.key, title="")], {}, NOW)
    assert (again.new, again.already) == (0, 1)
    assert likes.given(reader) == [
        Given(ELSEWHERE.key, True, NOW, "Attention is all", "We attend.")
    ]


def test_a_dislike_gives_way_to_an_imported_like(likes: LikeStore, reader: int) -> None:
    likes.give(reader, ELSEWHERE.key, liked=False, at=NOW)
    assert take(likes, reader, [ELSEWHERE], {}, NOW).new == 1
    assert [one.liked for one in likes.given(reader)] == [True]
