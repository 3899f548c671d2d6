"""Ten papers to the octets of a message: this program beside the naive pipeline, in one run.

`python -m benchmarks.render [--rounds 25] [--javascript]` prints microseconds a message and their
ratio.

The naive pipeline is what most people write: for each subscriber a Jinja template becomes
MJML, MJML becomes HTML, premailer inlines the styles, and EmailMessage makes the octets. It
shows the same papers, texts and links. Both encode quoted-printable and sign nothing; a
second line gives this program's figure with both signatures. With `--javascript` the same
templates and papers go through nunjucks, mjml, juice and nodemailer's composer, too. Every
message is for another reader, with two of nine topics. The other pipelines get digests as objects;
this program gets what a sender gets, the outbox's packed rows, and reads them within the time that
is measured. The rounds take turns; compared are the best of each (what other work on the machine
adds is no cost of either) and, in brackets, the rounds' median ratio.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TypeVar

import jinja2
import mjml
import premailer

from benchmarks.javascript import Pipeline
from digest import keys, sample
from digest.links import Links
from digest.model import Digest, Entry, Paper, Reason, Rule, Tier
from digest.publish.letters import Letters
from digest.publish.packing import pack
from digest.rendering import Renderer
from digest.settings import Sender, Settings, Signing
from subscribers.model import Subscriber, Topic
from subscribers.tokens import Keyring

T = TypeVar("T")

AT = datetime(2026, 8, 21, 6, tzinfo=UTC)
RING = Keyring({1: b"k" * 32}, 1)
SENDER = Sender(
    address="digest@papers.example.org",
    public_url="https://papers.example.org",
    postal_address="Example Lab, 1 Example Street, 10115 Berlin",
)
WORDS = ("agent", "harness", "reward", "memory", "vision", "speech", "robot", "proof", "code")
NAIVE = Path(__file__).with_name("naive.mjml.j2")
NAIVE_TEXT = """{{ title }}
{% for e in entries %}
{{ e.paper.title }}
{{ e.paper.summary | wordwrap(72) }}
Because: "{{ e.reason.phrase }}" in the {{ e.reason.field }}
{{ e.paper.links[0].url }}
More like this: {{ links.feedback(subscriber.id, e.paper.key) }}/more
Less like this: {{ links.feedback(subscriber.id, e.paper.key) }}/less
{% endfor %}
You get this because {{ subscriber.email }} subscribed. Unsubscribe: {{ unsubscribe }}
"""


READER, PAPERS = sample.subscribers()[0], sample.edition().papers
PLACES = {paper.key: place for place, paper in enumerate(PAPERS)}


def digests(first: int, count: int) -> list[Digest]:
    """Digests of the same ten papers, each for another reader."""
    return [_digest(number, PAPERS, READER) for number in range(first, first + count)]


def _digest(number: int, papers: Sequence[Paper], reader: Subscriber) -> Digest:
    first, second = (WORDS[(number * step) % len(WORDS)] for step in (1, 2))
    topics = (Topic(text=first), Topic(text=second))
    subscriber = replace(reader, id=number + 1, email=f"reader{number}@example.org", topics=topics)
    entries = tuple(
        Entry(
            paper=paper,
            tier=Tier.MATCHED,
            reason=Reason(rule=Rule.PHRASE, topic=t.text, phrase=t.text, field="title"),
            topic=t.text,
        )
        for paper, t in zip(papers[:10], [topics[0]] * 5 + [topics[1]] * 5, strict=True)
    )
    return Digest(
        subscriber=subscriber,
        kind="daily",
        occasion="2026-08-21",
        date=sample.DATE,
        entries=entries,
        considered=len(papers),
    )


def naive() -> Callable[[Digest], bytes]:
    """The pipeline as people write it: the templates are parsed once, all else per message."""
    environment = jinja2.Environment(autoescape=True)
    html = environment.from_string(NAIVE.read_text(encoding="utf-8"))
    text = jinja2.Environment().from_string(NAIVE_TEXT)
    links = Links(SENDER.public_url, RING)

    def make(digest: Digest) -> bytes:
        reader = digest.subscriber
        facts = {
            "title": f"{digest.date:%A, %d %B}",
            "entries": digest.entries,
            "subscriber": reader,
            "unsubscribe": links.unsubscribe(reader.id),
            "links": links,
            "sender": SENDER,
        }
        source = html.render(facts)
        inlined = premailer.transform(
            mjml.mjml2html(source, fonts={}),
            cssutils_logging_level="CRITICAL",
        )
        message = EmailMessage(policy=SMTP)
        message["From"] = f"{SENDER.name} <{SENDER.address}>"
        message["To"] = reader.email
        message["Subject"] = f"{len(digest.entries)} papers for you"
        message["Date"] = AT
        message["Message-ID"] = f"<{reader.id}.{digest.occasion}@papers.example.org>"
        message["List-Unsubscribe"] = f"<{facts['unsubscribe']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(text.render(facts), cte="quoted-printable")
        message.add_alternative(inlined, subtype="html", cte="quoted-printable")
        return message.as_bytes()

    return make


def ours(folder: Path, *, signed: bool) -> Callable[[str], bytes]:
    """This program's renderer, of packed digests."""
    signing = Signing(rsa_selector="rsa1", ed25519_selector="ed1") if signed else Signing()
    if signed:
        keys.new_signing_key(folder, "rsa1", "rsa")
        keys.new_signing_key(folder, "ed1", "ed25519")
    settings = Settings(sender=SENDER, cache=folder, keys=folder, signing=signing)
    renderer, letters = Renderer(settings, RING), Letters(PAPERS)
    return lambda packed: renderer.compose(letters.read(packed), AT).sign().data


def facts() -> dict[str, object]:
    """What a pipeline in another language needs to make the same digests as the naive one."""
    words = ("key", "title", "summary", "upvotes", "comments", "organization", "author_count")
    return {
        "papers": [
            {word: getattr(paper, word) for word in words}
            | {"links": [{"kind": str(link.kind), "url": link.url} for link in paper.links]}
            for paper in PAPERS
        ],
        "words": WORDS,
        "title": f"{sample.DATE:%A, %d %B}",
        "occasion": _digest(0, PAPERS, READER).occasion,
        "at": AT.isoformat(),
        "sender": SENDER.model_dump(mode="json"),
        "key": RING.keys[RING.current].decode(),
        "html": NAIVE.read_text(encoding="utf-8"),
        "text": NAIVE_TEXT,
    }


def packed(digest: Digest) -> str:
    """A digest as the outbox holds it."""
    return pack(digest, PLACES)


def microseconds(make: Callable[[T], bytes], some: Sequence[T]) -> float:
    """Processor time of one message."""
    start = time.process_time()
    for digest in some:
        make(digest)
    return (time.process_time() - start) / len(some) * 1e6


@dataclass(frozen=True)
class Way:
    """A way to make messages: what it is called, how many of them a round takes, how they count."""

    name: str
    count: int
    microseconds: Callable[[Sequence[Digest]], float]
    octets: Callable[[Digest], int]


def main() -> None:
    """Runs the rounds and prints what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--messages", type=int, default=300, help="of ours in each round")
    parser.add_argument("--javascript", action="store_true", help="install it and run it, too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        ways = _python(Path(folder), chosen.messages)
        if chosen.javascript:
            pipeline = Pipeline(Path(folder) / "javascript").install(facts())
            node = running.enter_context(pipeline.renderer())
            few = chosen.messages // 50
            ways.append(Way(pipeline.name, few, node.microseconds, node.octets))
        for way in ways:
            print(f"{way.name}: {way.octets(_digest(0, PAPERS, READER)):,} octets a message")
        tell(_rounds(ways, chosen.rounds, chosen.messages))


def _python(folder: Path, messages: int) -> list[Way]:
    def way(name: str, count: int, make: Callable[[T], bytes], given: Callable[[Digest], T]) -> Way:
        return Way(
            name,
            count,
            lambda some: microseconds(make, [given(digest) for digest in some]),
            lambda digest: len(make(given(digest))),
        )

    return [
        way("naive", messages // 50, naive(), lambda digest: digest),
        way("ours", messages, ours(folder, signed=False), packed),
        way("ours, signed twice", messages // 10, ours(folder, signed=True), packed),
    ]


def _rounds(ways: Sequence[Way], rounds: int, messages: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {way.name: [] for way in ways}
    for turn in range(rounds):
        # Readers are new in every round, so that nothing of theirs is in a cache.
        these = digests(1 + turn * messages, messages)
        for way in ways:
            found[way.name].append(way.microseconds(these[: max(1, way.count)]))
    return found


def tell(found: dict[str, list[float]]) -> None:
    """Prints each way's best, and how it compares with the naive one."""
    for name, times in found.items():
        pairs = zip(found["naive"], times, strict=True)
        best, ratio = min(times), min(found["naive"]) / min(times)
        middle = statistics.median(slow / fast for slow, fast in pairs)
        print(
            f"{name}: {best:,.0f} µs a message, {ratio:,.3g} times as fast as naive ({middle:,.3g})"
        )


if __name__ == "__main__":
    main()
