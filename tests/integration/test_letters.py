"""A message of a packed digest is that of the digest, however much of it was made before."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest import sample
from digest.model import Digest, Entry, Paper, Reason, Rule, Tier
from digest.publish.letters import Letters, cut
from digest.publish.packing import pack, unpack
from digest.rendering import Letter, Renderer, letter_of, mime
from digest.testing import make_paper
from subscribers.model import Cadence, Schedule, Subscriber, Topic
from subscribers.topics import label
from tests import emails, plainly
from tests.support import FULL

COUNT = 2000 if FULL else 60
LONG = tuple(make_paper(n, abstract="A long sentence of a paper. " * 40) for n in range(1, 60))
PAPERS = (*sample.edition().papers, *LONG)
PLACES = {paper.key: place for place, paper in enumerate(PAPERS)}
LETTERS = Letters(PAPERS)
TEXTS = (
    "agent harness",
    "RL",
    "has:code upvotes>=20 NOT title:benchmark",
    '"in-context learning" OR ICL',
    "Größe",
    '"],"schedule":{},"confirmed_at":null},"entries":[[0,0,"a","b"]],"also":[',
)

topics = st.builds(
    Topic,
    text=st.sampled_from(TEXTS) | st.text(min_size=1, max_size=20),
    excluded=st.sampled_from([False, False, True]),
    paused=st.sampled_from([False, False, True]),
)
schedules = st.builds(
    Schedule, cadence=st.sampled_from(Cadence), weekday=st.integers(0, 6), hour=st.integers(0, 23)
)
readers = st.builds(
    Subscriber,
    id=st.integers(1, 2**32 - 1),
    email=st.sampled_from(["a@example.org", "läser@exämple.org", '",\\"@example.org'])
    | st.emails(),
    topics=st.lists(topics, min_size=1, max_size=4).map(tuple),
    schedule=schedules,
    template=st.sampled_from(["daily", "brief"]),
    locale=st.sampled_from(["en", "de", "xx"]),
    confirmed_at=st.sampled_from([None, emails.AT]),
)


@st.composite
def digests(draw: st.DrawFn, largest: int = 70) -> Digest:
    reader = draw(readers)
    kind = draw(st.sampled_from(["daily", "daily", "weekly", "welcome"]))
    count = draw(st.sampled_from([0, 1, 2, 5, 12, largest]))
    papers = PAPERS[draw(st.sampled_from([0, 0, 7])) :]
    returned = draw(st.sampled_from(["", "", "version 2"]))
    entries = tuple(an_entry(draw, reader, paper, returned) for paper in papers[:count])
    return Digest(
        subscriber=reader,
        kind=kind,
        occasion="2026-W34",
        date=sample.DATE,
        entries=entries,
        also=PAPERS[: draw(st.sampled_from([0, 3]))],
        missed=PAPERS[3:5] if kind == "weekly" else (),
        considered=len(PAPERS),
        catch_up=draw(st.sampled_from([0, 2])),
    )


def an_entry(draw: st.DrawFn, reader: Subscriber, paper: Paper, returned: str) -> Entry:
    topic = draw(st.sampled_from(reader.topics)).text
    tier = draw(st.sampled_from([Tier.MATCHED, Tier.MATCHED, Tier.NEAR, Tier.TRENDING]))
    rule = draw(st.sampled_from([Rule.PHRASE, Rule.PHRASE, Rule.NEAR, Rule.VOTES]))
    phrase = draw(st.sampled_from([topic, "agent", "agent"]))
    reason = Reason(rule=rule, topic=topic, phrase=phrase, field="title")
    heading = draw(st.sampled_from(["", topic[:8], label(topic), label(topic)]))
    return Entry(paper=paper, tier=tier, reason=reason, topic=heading, returned=returned)


@pytest.fixture(scope="module")
def renderers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Renderer, Renderer]:
    folder = tmp_path_factory.mktemp("letters")
    return emails.make_renderer(folder), emails.make_renderer(folder, public_url="")


any_digest = given(digests(), st.booleans())
in_full = settings(
    max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@any_digest
@in_full
def test_a_packed_digest_gives_the_message_of_the_digest(
    renderers: tuple[Renderer, Renderer], digest: Digest, public: bool
) -> None:
    renderer, text = renderers[0 if public else 1], pack(digest, PLACES)
    composed = renderer.compose(LETTERS.read(text), emails.AT).sign()
    assert composed == renderer.render(unpack(text, PAPERS), emails.AT)


@given(digests(largest=12))
@in_full
def test_a_message_says_what_its_template_says_when_it_is_filled_at_once(
    renderers: tuple[Renderer, Renderer], digest: Digest
) -> None:
    message = renderers[0].render(digest, emails.AT)
    html, text = plainly.filled(renderers[0], digest)
    assert mime.part(message, "html") == html
    assert mime.part(message, "plain") == text


@given(digests(largest=12))
@in_full
def test_a_letter_is_the_digest_divided(digest: Digest) -> None:
    text = pack(digest, PLACES)
    assert cut(text) is not None
    assert told(LETTERS.read(text)) == told(letter_of(unpack(text, PAPERS)))


def told(letter: Letter) -> tuple[object, ...]:
    """All that a letter says, to be compared."""
    wishes, selection = letter.wishes, letter.selection
    said = [getattr(value, field.name) for value in (wishes, selection) for field in fields(value)]
    return letter[:3], *said


def test_a_digest_that_is_packed_with_spaces_is_read_too() -> None:
    text = pack(emails.make_digest(), PLACES)
    spaced = json.dumps(json.loads(text))
    assert cut(spaced) is None
    assert told(LETTERS.read(spaced)) == told(LETTERS.read(text))


def test_a_row_of_the_first_version_gives_the_message_of_today(
    renderers: tuple[Renderer, Renderer],
) -> None:
    text = pack(emails.make_digest(2), PLACES).replace('{"v":3', '{"v":1')
    assert '"entries":[{"p":0,' in text
    made = renderers[0].compose(LETTERS.read(text), emails.AT).sign()
    assert made == renderers[0].render(emails.make_digest(2), emails.AT)


def test_readers_of_one_selection_share_it() -> None:
    digest = emails.make_digest()
    other = replace(digest.subscriber, id=77, email="b@example.org")
    one = LETTERS.read(pack(digest, PLACES))
    two = LETTERS.read(pack(replace(digest, subscriber=other), PLACES))
    assert one.selection is two.selection
    assert one.wishes is two.wishes
    assert (two.subscriber_id, two.email) == (77, "b@example.org")
