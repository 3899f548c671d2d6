"""The fields of messages: what the frame of a template is filled with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from markupsafe import escape

from digest.errors import RenderError
from digest.links import Links, mailto_unsubscribe
from digest.model import Digest, Entry, Tier
from digest.rendering import sentences
from digest.rendering.assembly import Item
from digest.rendering.clean import clean
from digest.rendering.fields import NOTICE
from digest.rendering.fragments import Encoded, Fields, Value
from digest.rendering.heads import Occasion
from digest.rendering.quoted import encode, encode_address, encode_addresses
from digest.rendering.sentences import topic_label
from digest.rendering.splice import Hole, splice
from digest.rendering.template import wrap
from digest.settings import Settings
from digest.words import Words
from subscribers.model import Schedule, Subscriber, Topic

_FACTS = NOTICE | {"title", "intro", "preheader", "subject", "why"}
_LONGEST_HEADING = 80
#: Notices that nobody asked for by an action of their own: their reader can leave from them.
LEAVABLE = frozenset({"trouble"})
_MATCHED = Tier.MATCHED
#: The same in HTML, in text and in quoted-printable, on one line.
_SIMPLE_ADDRESS = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,35}@[A-Za-z0-9.-]{1,36}")


def digest_fields(
    digest: Digest, of: Occasion, language: Words, links: Links, unsubscribe: str
) -> dict[str, Value]:
    """The frame's fields that are a reader's own, empty ones among them.

    Args:
        digest: what is said of it.
        of: the message.
        language: the reader's.
        links: the installation's.
        unsubscribe: the way out, as `leaving` says.
    """
    number = digest.subscriber.id
    said = sentences.sentences(digest, language)
    return {
        "subject": said.subject,
        "preheader": said.preheader,
        "intro": said.intro,
        "why": _why(digest.subscriber, language),
        "welcome_text": _welcome(digest, language) if digest.kind == "welcome" else "",
        "web_copy_url": _address(links.web_copy(number, of.kind, of.occasion)),
        "preferences_url": _address(links.preferences(number)),
        "unsubscribe_url": _address(unsubscribe) if links.base else unsubscribe,
    }


def _address(url: str) -> Value:
    """One of our web addresses, which stands in both parts as it is; "" for none."""
    if not url:
        return url
    octets = encode_address(url.encode())
    return Encoded(octets, octets)


def _why(subscriber: Subscriber, language: Words) -> Encoded:
    """Why this mail came, encoded: each reader's own, so it is kept in no cache."""
    address, since = subscriber.email, subscriber.confirmed_at
    if not (address.isascii() and address.isprintable()):
        address = clean(address, 320)
    html, text = _why_around(
        max(1, len(address)),
        subscriber.topics,
        subscriber.schedule,
        since.date() if since else None,
        language,
    )
    if _SIMPLE_ADDRESS.fullmatch(address):
        written = address.encode()
        return Encoded(written.join(html), written.join(text))
    return Encoded(encode(str(escape(address))).join(html), encode(address).join(text))


@lru_cache(maxsize=16_384)
def _why_around(
    length: int,
    topics: tuple[Topic, ...],
    schedule: Schedule,
    since: date | None,
    language: Words,
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The HTML and the text around the reader's address, of which only the length is known.

    The length is all that the text's line breaks ask for: an address is one word.
    """
    hole = str(Hole("address"))
    html, text = sentences.why(topics, schedule, since, language)
    long = sentences.ADDRESS * length
    wrapped = wrap(text.replace(sentences.ADDRESS, long)).replace(long, hole)
    pieces = (splice(html.replace(sentences.ADDRESS, hole)), splice(wrapped))
    around_html, around_text = (piece.parted({"address": b""}) for piece in pieces)
    return around_html, around_text


def _welcome(digest: Digest, language: Words) -> str:
    facts = sentences.schedule_facts(digest.subscriber.schedule, language)
    return language("welcome.text", date=language.date(digest.date, "full"), **facts)


def cut_note(missing: int, language: Words) -> str:
    """Says that the message was shortened, and by how many papers."""
    return language("section.cut", count=missing) if missing else language("section.shortened")


def items(digest: Digest, language: Words, links: Links) -> list[Item]:
    """The entries with what differs for their reader; a heading stands where it changes."""
    entries = digest.entries
    feedbacks = links.feedbacks(digest.subscriber.id, [entry.paper.key for entry in entries])
    addresses = encode_addresses(feedbacks) or [b""] * len(entries)
    return list(zip(entries, headings(digest, language), addresses, strict=True))


def headings(digest: Digest, language: Words) -> list[str]:
    """What stands over each entry: its topic where that changes, "" where it needs nothing."""
    named = [
        topic_label(entry.reason.topic, language)
        if entry.tier is _MATCHED and entry.reason.topic
        else _heading(entry, digest, language)
        for entry in digest.entries
    ]
    if len(set(named)) == 1:
        return [""] * len(named)
    return ["" if name == last else name for name, last in zip(named, ("", *named), strict=False)]


def _heading(entry: Entry, digest: Digest, language: Words) -> str:
    """The heading of what no topic matched."""
    if entry.topic:
        return clean(entry.topic, _LONGEST_HEADING)
    key, span = f"section.{entry.tier.value}", sentences.span_of(digest.kind, digest.catch_up)
    return language(f"{key}_{span}" if language.knows(f"{key}_{span}") else key)


def notice_fields(
    of: Occasion, language: Words, links: Links, settings: Settings, facts: Mapping[str, str]
) -> dict[str, Value]:
    """The fields of a message without papers, from the words of its kind and the facts.

    Raises:
        RenderError: a fact is no field of a notice.
    """
    unknown = sorted(facts.keys() - _FACTS)
    if unknown:
        reason = f"{unknown[0]} is no fact of a notice; there are {', '.join(sorted(_FACTS))}"
        raise RenderError(kind=of.kind, recipient=of.subscriber.email, reason=reason)
    texts = {"name": clean(settings.sender.name, 80), "address": clean(of.subscriber.email, 320)}
    said: dict[str, Value] = {
        field: language(f"{of.kind}.{key}", **texts) if language.knows(f"{of.kind}.{key}") else ""
        for field, key in _NOTICE_WORDS.items()
    }
    topics = _topics(of, language)
    url = links.confirm(of.subscriber.id, of.at, of.occasion) if of.kind == "confirm" else ""
    said |= {"topics": topics, "action_url": url}
    if of.kind in LEAVABLE:
        said["unsubscribe_url"] = leaving(of, links, settings)
    said |= {name: clean(fact, 2000) for name, fact in facts.items()}
    if not said["action_url"]:
        reply = f"{of.kind}.reply"
        said |= {"action": "", "reply_hint": language(reply) if language.knows(reply) else ""}
    return said


def leaving(of: Occasion, links: Links, settings: Settings) -> str:
    """Where its reader unsubscribes."""
    number = of.subscriber.id
    if links.base:
        return links.unsubscribe(number)
    plus = settings.smtp.verp is not False
    address, ring, key_id = settings.sender.address, links.ring, links.key_id
    return mailto_unsubscribe(address, ring, number, key_id=key_id, plus=plus)


_NOTICE_WORDS = {
    "subject": "subject",
    "preheader": "preheader",
    "title": "title",
    "intro": "text",
    "note": "note",
    "action": "action",
    "why": "why",
}


def _topics(of: Occasion, language: Words) -> str:
    key = f"{of.kind}.topics"
    labels = [topic_label(topic.text, language) for topic in of.subscriber.topics]
    if not labels or not language.knows(key):
        return ""
    return language(key, count=len(labels), topics=language.list(labels))


def present(fields: Fields) -> dict[str, Value]:
    """The fields that are there, in their order."""
    return {name: value for name, value in fields.items() if value}
