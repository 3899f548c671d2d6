"""Messages of the sample edition, one of every template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from digest import keys, sample
from digest.model import Digest, Entry, Message, Paper, Reason, Rule, Tier
from digest.rendering import Renderer
from digest.rendering.specimens import specimen
from digest.settings import Sender, Settings, Signing
from subscribers.model import Subscriber
from subscribers.tokens import Keyring

AT = datetime(2026, 8, 21, 6, tzinfo=UTC)
RING = Keyring({1: b"k" * 32}, 1)
DOMAIN = "papers.example.org"
SENDER = Sender(
    address=f"digest@{DOMAIN}",
    public_url=f"https://{DOMAIN}",
    postal_address="Example Lab, 1 Example Street, 10115 Berlin",
)
TEMPLATES = (
    "daily",
    "brief",
    "weekly",
    "welcome",
    "confirm",
    "goodbye",
    "change_address",
    "new_address",
    "export",
    "erase",
    "trouble",
)


def make_renderer(
    folder: Path, *, signed: bool = False, templates: Path | None = None, **sender: str
) -> Renderer:
    """A renderer with its cache, and where asked for its signing keys, in a folder."""
    signing = Signing()
    if signed:
        signing = Signing(rsa_selector="rsa1", ed25519_selector="ed1")
        keys.new_signing_key(folder, signing.rsa_selector, "rsa")
        keys.new_signing_key(folder, signing.ed25519_selector, "ed25519")
    known = SENDER.model_copy(update=sender)
    settings = Settings(
        sender=known, cache=folder, keys=folder, signing=signing, templates=templates
    )
    return Renderer(settings, RING)


def make_digest(
    count: int = 10,
    *,
    subscriber: Subscriber | None = None,
    papers: tuple[Paper, ...] = (),
    **fields: object,
) -> Digest:
    """A digest of the sample's first papers, or of others, on two topics."""
    edition = sample.edition()
    chosen = papers or edition.papers
    values: dict[str, object] = {
        "subscriber": subscriber or sample.subscribers()[0],
        "kind": "daily",
        "occasion": f"{edition.date}",
        "date": edition.date,
        "entries": tuple(
            make_entry(paper, place % 2) for place, paper in enumerate(chosen[:count])
        ),
        "also": () if papers else chosen[count : count + 3],
        "considered": len(edition.papers),
        **fields,
    }
    digest = Digest(**values)  # type: ignore[arg-type]  # the constructor judges the fields
    return replace(digest, entries=tuple(sorted(digest.entries, key=lambda entry: entry.topic)))


def make_entry(paper: Paper, topic: int = 0) -> Entry:
    """An entry that matched the phrase of one of two topics."""
    text, label = (("agent harness", "agent harnesses"), ("RL", "reinforcement learning"))[topic]
    reason = Reason(rule=Rule.PHRASE, topic=text, phrase=text, field="title")
    return Entry(paper=paper, tier=Tier.MATCHED, reason=reason, topic=label)


def every_message(renderer: Renderer) -> Mapping[str, Message]:
    """A message of every template, filled with the sample edition."""
    return {name: specimen(renderer, name) for name in TEMPLATES}


def fields(head: bytes) -> list[tuple[str, bytes]]:
    """The names and the whole fields of a header block, with their line ends."""
    found = re.finditer(rb"([^:\r\n]+):.*?\r\n(?![ \t])", head, re.DOTALL)
    return [(field[1].decode(), field[0]) for field in found]
