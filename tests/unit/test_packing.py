from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Digest, Entry, Paper, Reason, Rule, Tier
from digest.publish.packing import pack, unpack
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus, Topic

PAPERS = tuple(Paper(key=f"arxiv:2608.0000{n}", title=f"Paper {n}") for n in range(6))
PLACES = {paper.key: place for place, paper in enumerate(PAPERS)}

reasons = st.builds(
    Reason,
    rule=st.sampled_from(Rule),
    topic=st.text(),
    phrase=st.text(),
    field=st.sampled_from(["", "title", "abstract"]),
    others=st.tuples(st.text()) | st.just(()),
)
entries = st.builds(
    Entry,
    paper=st.sampled_from(PAPERS),
    tier=st.sampled_from(Tier),
    reason=reasons,
    topic=st.text(),
    returned=st.text(),
)
topics = st.builds(
    Topic,
    text=st.text(),
    excluded=st.booleans(),
    paused=st.booleans(),
    muted_until=st.none() | st.dates(),
)
readers = st.builds(
    Subscriber,
    email=st.emails(),
    id=st.integers(1, 2**31),
    status=st.just(SubscriptionStatus.CONFIRMED),
    topics=st.lists(topics).map(tuple),
    schedule=st.builds(
        Schedule,
        cadence=st.sampled_from(Cadence),
        hour=st.integers(0, 23),
        latest_hour=st.none() | st.integers(0, 23),
    ),
    confirmed_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)
digests = st.builds(
    Digest,
    subscriber=readers,
    kind=st.sampled_from(["daily", "weekly"]),
    occasion=st.text(min_size=1),
    date=st.dates(),
    entries=st.lists(entries).map(tuple),
    also=st.lists(st.sampled_from(PAPERS)).map(tuple),
    considered=st.integers(0, 500),
)


@given(digests)
def test_a_digest_comes_back_whole(digest: Digest) -> None:
    assert unpack(pack(digest, PLACES), PAPERS) == digest


def test_what_a_reader_changes_later_is_not_in_the_packed_digest() -> None:
    reader = Subscriber(email="reader@example.org", id=1, topics=(Topic(text="RL"),))
    digest = Digest(
        subscriber=reader, kind="daily", occasion="2026-08-20", date=date(2026, 8, 20), entries=()
    )
    packed = pack(digest, PLACES)
    changed = replace(reader, topics=(), confirmed_at=datetime.now(UTC))
    assert unpack(packed, PAPERS).subscriber == reader != changed
