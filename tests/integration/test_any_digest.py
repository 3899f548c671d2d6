"""Whatever papers, names and addresses say: the headers meant, the links meant, no others."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest import sample
from digest.errors import RenderError
from digest.links import Links, mailto_unsubscribe
from digest.model import Digest, Link, LinkKind, Message, Paper
from digest.rendering import Renderer, mime, to_email
from digest.rendering.clean import clean_url
from subscribers.model import Subscriber, Topic
from tests import emails
from tests.support import FULL

#: `.ci/soak` asks for 10,000.
COUNT = 10_000 if FULL else 100
HOSTILE = st.sampled_from(
    [
        "=?UTF-8?Q?=0A?=Bcc: x@example.org",
        "a\r\nBcc: x@example.org",
        "\u202egnp.exe\u2066",
        "nul\x00 and \ud800 lone",
        "<script>alert(1)</script><h1>{{ brand }}</h1>",
        "<a href='https://evil.example/'>click</a>",
        "\ufdd0more_url\ufdd1",
        ". a dot\n.\nFrom here",
        "\t tabs  and  spaces \u00a0 ",
        "<div>" * 2000,
        "=3D=20=\r\n--=_paper-digest--",
    ]
)
TEXT = st.one_of(HOSTILE, st.text(max_size=80))
URL = st.one_of(
    st.sampled_from(["javascript:alert(1)", "https://example.org/?a=1&b=<2>\"'", "ftp://x", ""]),
    st.text(max_size=30).map(lambda path: f"https://example.org/{path}"),
)
LINK = st.builds(Link, st.sampled_from(LinkKind), URL)
PAPER = st.builds(
    Paper,
    key=st.text(min_size=1, max_size=40),
    title=TEXT,
    abstract=TEXT,
    summary=TEXT,
    authors=st.lists(TEXT, max_size=3).map(tuple),
    organization=TEXT,
    upvotes=st.one_of(st.none(), st.integers(-1, 10**12)),
    comments=st.one_of(st.none(), st.integers(0, 99)),
    links=st.lists(LINK, max_size=4).map(tuple),
    sources=st.lists(TEXT, max_size=2).map(tuple),
)
LOCAL = st.one_of(
    st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}", fullmatch=True),
    st.sampled_from(["läser", "読者", '"a b"', "o'neill"]),
)
SUBSCRIBER = st.builds(
    lambda id_, local, domain, topics, template: replace(
        sample.subscribers()[0],
        id=id_,
        email=f"{local}@{domain}",
        topics=tuple(Topic(text=text) for text in topics),
        template=template,
    ),
    st.integers(0, 2**32 - 1),
    LOCAL,
    st.sampled_from(["example.org", "exämple.org"]),
    st.lists(TEXT, max_size=3),
    st.sampled_from(["daily", "brief"]),
)
DIGEST = st.builds(
    lambda subscriber, papers, labels, also: replace(
        emails.make_digest(subscriber=subscriber, papers=papers, also=also),
        entries=tuple(
            replace(emails.make_entry(paper), topic=label, returned=label[:5])
            for paper, label in zip(papers, labels, strict=False)
        ),
    ),
    SUBSCRIBER,
    st.lists(PAPER, min_size=1, max_size=4).map(tuple),
    st.lists(TEXT, min_size=4, max_size=4),
    st.lists(PAPER, max_size=2).map(tuple),
)


@pytest.fixture(scope="module")
def renderers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Renderer, Renderer]:
    folder = tmp_path_factory.mktemp("any")
    return emails.make_renderer(folder), emails.make_renderer(folder, public_url="")


@given(DIGEST, st.booleans())
@settings(
    max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_digest_says_what_is_meant_and_nothing_else(
    renderers: tuple[Renderer, Renderer], digest: Digest, public: bool
) -> None:
    message = renderers[0 if public else 1].render(digest, emails.AT)
    assert_wire(message)
    assert_headers(message, digest, public=public)
    assert_links(message, digest, public=public)


def assert_wire(message: Message) -> None:
    assert message.vouched
    assert message.data.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.data)
    for line in message.data.split(b"\r\n"):
        assert len(line) <= 998
        assert not line.startswith(b".")


def assert_headers(message: Message, digest: Digest, *, public: bool) -> None:
    read = to_email(message)
    meant = ["From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe"]
    meant += ["List-Unsubscribe-Post"] if public else []
    meant += ["Feedback-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    assert read.keys() == meant
    assert not read.defects
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert all(not part.defects for part in read.walk())
    if digest.subscriber.email.isascii():
        assert [a.addr_spec for a in read["To"].addresses] == [message.recipient]


def assert_links(message: Message, digest: Digest, *, public: bool) -> None:
    html = mime.part(message, "html")
    found = set(re.findall(r'(?:href|src|action)="([^"]*)"', html))
    found = {url.replace("&amp;", "&").replace("&#39;", "'") for url in found}
    papers = [entry.paper for entry in digest.entries] + list(digest.also)
    theirs = {clean_url(link.url) for paper in papers for link in paper.links}
    ours = our_links(digest, public=public)
    assert found <= theirs | ours
    assert ours <= found
    text = mime.part(message, "plain")
    assert set(re.findall(rf"(?:https://{emails.DOMAIN}/|mailto:)\S+", text)) == ours
    assert "<script" not in html
    assert "<h1" not in html.replace("<h1 class", "", 1)


def our_links(digest: Digest, *, public: bool) -> set[str]:
    if not public:
        address, reader = emails.SENDER.address, digest.subscriber.id
        return {mailto_unsubscribe(address, emails.RING, reader)}
    links, reader = Links(emails.SENDER.public_url, emails.RING), digest.subscriber.id
    entries = digest.entries if digest.subscriber.template == "daily" else ()
    feedback = [links.feedback(reader, entry.paper.key) for entry in entries]
    return {
        links.unsubscribe(reader),
        links.preferences(reader),
        links.web_copy(reader, digest.kind, digest.occasion),
        *(f"{link}/{way}" for link in feedback for way in ("more", "less")),
    }


def test_ten_megabytes_and_ten_thousand_tags_do_not_block_the_rest(
    renderers: tuple[Renderer, Renderer],
) -> None:
    papers = sample.edition().papers
    monster = replace(papers[0], abstract="x " * 5_000_000, summary="", title="<b>" * 10_000)
    digest = emails.make_digest(3, papers=(monster, *papers[1:3]))
    html, _, _ = renderers[0].parts(digest, emails.AT)
    assert all(paper.title.split(":")[0] in html for paper in papers[1:3])
    assert len(html) < 30_000
    assert "<b><b>" not in html


def test_an_impossible_domain_fails_that_reader_with_a_reason(tmp_path: Path) -> None:
    reader = Subscriber(email="reader@" + "ä" * 80 + ".org", id=1)
    with pytest.raises(RenderError, match="its domain"):
        emails.make_renderer(tmp_path).render(emails.make_digest(1, subscriber=reader), emails.AT)
