"""A message is a function of its digest: what stands in it, and that it stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import sample
from digest.links import Links
from digest.model import Digest, Entry, Reason, Rule, Tier
from digest.rendering import Renderer, mime, to_email
from digest.settings import Sender, Settings
from subscribers.model import Topic
from subscribers.tokens import Keyring

AT = datetime(2026, 8, 21, 6, tzinfo=UTC)
RING = Keyring({1: b"k" * 32}, 1)
SENDER = Sender(
    address="digest@papers.example.org",
    public_url="https://papers.example.org",
    postal_address="Example Lab, 1 Example Street, 10115 Berlin",
)


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    return Renderer(Settings(sender=SENDER, cache=tmp_path_factory.mktemp("cache")), RING)


def a_digest(papers: int = 10) -> Digest:
    edition = sample.edition()
    reason = Reason(rule=Rule.PHRASE, topic="agents", phrase="agent", field="title")
    return Digest(
        subscriber=sample.subscribers()[0],
        kind="daily",
        occasion=f"{edition.date}",
        date=edition.date,
        entries=tuple(
            Entry(paper=paper, tier=Tier.MATCHED, reason=reason, topic="agents")
            for paper in edition.papers[:papers]
        ),
        also=edition.papers[papers : papers + 3],
        considered=len(edition.papers),
    )


def test_the_same_arguments_give_the_same_octets(renderer: Renderer, tmp_path: Path) -> None:
    again = Renderer(Settings(sender=SENDER, cache=tmp_path), RING)
    assert renderer.render(a_digest(), AT) == again.render(a_digest(), AT)


def test_every_paper_stands_in_both_parts(renderer: Renderer) -> None:
    html, text, _ = renderer.parts(a_digest(), AT)
    for entry in a_digest().entries:
        assert f'href="{entry.paper.links[0].url}"' in html
        assert f"Read: {entry.paper.links[0].url}\n" in text


def test_the_text_part_asks_for_more_and_for_less_of_each_paper(renderer: Renderer) -> None:
    _, text, _ = renderer.parts(a_digest(), AT)
    links = Links(SENDER.public_url, RING)
    for entry in a_digest().entries:
        address = links.feedback(a_digest().subscriber.id, entry.paper.key)
        assert f"More like this: {address}/more\nLess like this: {address}/less\n" in text


@pytest.mark.parametrize("kind", ["daily", "welcome", "weekly"])
def test_ten_papers_take_at_most_thirty_thousand_octets_of_html(
    renderer: Renderer, kind: str
) -> None:
    html, _, _ = renderer.parts(replace(a_digest(), kind=kind), AT)
    assert html.count("<h2") == 10 + 1  # the list at the end has a heading
    assert len(html.encode()) <= 30_000


def trending(**changes: object) -> Digest:
    entries = tuple(
        replace(entry, tier=Tier.TRENDING, topic="", reason=Reason(rule=Rule.VOTES))
        for entry in a_digest(2).entries
    )
    near = replace(entries[0], tier=Tier.NEAR)
    return replace(a_digest(2), entries=(near, *entries[1:]), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "heading", "listed"),
    [
        ({}, "Most voted today", "Also trending today"),
        ({"catch_up": 2}, "Most voted these days", "Also trending these days"),
        ({"kind": "weekly"}, "Most voted this week", "The week’s most voted"),
        ({"kind": "welcome"}, "Most voted", "Also trending"),
    ],
)
def test_headings_say_what_the_papers_are_of(
    renderer: Renderer, changes: dict[str, object], heading: str, listed: str
) -> None:
    html, text, _ = renderer.parts(trending(**changes), AT)
    for part in (html, text):
        assert heading in part
        assert listed in part


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("version 2", "Wieder da mit Version 2"),
        ("votes grew from 6 to 90", "Wieder da: von 6 auf 90 Stimmen gestiegen"),
    ],
)
def test_a_return_is_told_in_the_language_of_its_reader(
    renderer: Renderer, returned: str, said: str
) -> None:
    digest = a_digest(1)
    entries = (replace(digest.entries[0], returned=returned),)
    reader = replace(digest.subscriber, locale="de")
    for part in renderer.parts(replace(digest, entries=entries, subscriber=reader), AT)[:2]:
        assert said in part


def test_the_text_part_comes_first(renderer: Renderer) -> None:
    message = to_email(renderer.render(a_digest(), AT))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_a_mark_stands_before_the_subject(tmp_path: Path) -> None:
    settings = Settings(sender=SENDER, cache=tmp_path)
    plain = to_email(Renderer(settings, RING).render(a_digest(), AT))["Subject"]
    marked = to_email(Renderer(settings, RING, mark="[Test] ").render(a_digest(), AT))["Subject"]
    assert marked == f"[Test] {plain}"


def test_a_digest_of_several_days_does_not_call_them_today(renderer: Renderer) -> None:
    digest = replace(a_digest(2), catch_up=2)
    _, text, _ = renderer.parts(digest, AT)
    said = " ".join(text.split())
    assert "2 of these days’ 38 papers are about your topics" in said
    assert "makes up for 2 days that were missed" in said


@pytest.mark.parametrize(
    ("topics", "subject"),
    [
        (("RL -survey",), "2 papers on RL (no survey)"),
        (("RL -survey", "agents"), "2 papers on RL and agents"),
        (("agents -survey", "agents -benchmark"), "2 papers on agents"),
        (("agents", "org:A OR org:B"), "2 papers on agents and “A or B”"),
    ],
)
def test_a_subject_names_no_exclusion_beside_another_topic(
    renderer: Renderer, topics: tuple[str, ...], subject: str
) -> None:
    reasons = [Reason(rule=Rule.PHRASE, topic=topic) for topic in (*topics, *topics)]
    pairs = zip(a_digest(2).entries, reasons, strict=False)
    entries = tuple(replace(entry, reason=reason) for entry, reason in pairs)
    message = renderer.render(replace(a_digest(2), entries=entries), AT)
    assert to_email(message)["Subject"] == subject


def test_a_confirmation_sets_apart_what_is_kept_out_of_all_topics(renderer: Renderer) -> None:
    topics = (Topic(text="RL"), Topic(text="agents"), Topic(text="survey", excluded=True))
    reader = replace(sample.subscribers()[0], topics=topics)
    message = renderer.compose_notice("confirm", reader, AT, occasion="1", facts={}).sign()
    assert "The topics: RL and agents (no survey)." in mime.part(message, "plain")


def the_footer(renderer: Renderer, *topics: Topic) -> str:
    agreed = datetime(2026, 8, 3, 9, tzinfo=UTC)
    reader = replace(sample.subscribers()[0], topics=topics, confirmed_at=agreed)
    _, text, _ = renderer.parts(replace(a_digest(1), subscriber=reader), AT)
    return " ".join(text.split())


def test_a_footer_says_what_was_confirmed_and_which_topics_count_now(renderer: Renderer) -> None:
    muted = Topic(text="TTS", muted_until=AT.date() + timedelta(days=1))
    awake = Topic(text="robots", muted_until=AT.date())
    said = the_footer(renderer, Topic(text="RL -survey"), muted, awake)
    assert " was confirmed on 3 August 2026. Topics now: RL (no survey) and robots." in said


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ((), "Without a topic, it holds the most voted papers."),
        ((Topic(text="RL", paused=True),), "All of its topics rest now."),
    ],
)
def test_a_footer_tells_no_topic_from_topics_at_rest(
    renderer: Renderer, topics: tuple[Topic, ...], said: str
) -> None:
    assert said in the_footer(renderer, *topics)


@pytest.mark.parametrize("kind", ["daily", "weekly", "welcome"])
def test_what_stands_in_for_a_match_says_that_nothing_matched(
    renderer: Renderer, kind: str
) -> None:
    digest = replace(trending(kind=kind), entries=trending().entries[1:])
    said = [" ".join(part.split()) for part in renderer.parts(digest, AT)[:2]]
    assert all("papers is about your topics; here is the most voted." in part for part in said)
    nobody = replace(digest, subscriber=replace(digest.subscriber, topics=()))
    assert "about your topics" not in renderer.parts(nobody, AT)[1]


def test_a_welcome_without_a_match_says_so_in_its_subject(renderer: Renderer) -> None:
    digest = replace(trending(kind="welcome"), entries=trending().entries[1:])
    subject = to_email(renderer.render(digest, AT))["Subject"]
    assert subject == "Welcome: nothing on your topics yet"


def test_a_welcome_says_nothing_of_today(renderer: Renderer) -> None:
    for digest in (a_digest(2), trending()):
        html, text, _ = renderer.parts(replace(digest, kind="welcome"), AT)
        assert "today" not in text.lower() + html.lower()
