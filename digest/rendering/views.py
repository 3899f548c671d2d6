"""The fields of messages: what the frame of a template is filled with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from markupsafe import escape

from digest.errors import RenderError
from digest.links import Links, mailto_unsubscribe
from digest.model import WELCOME, Entry, Tier
from digest.naming import with_exclusions
from digest.rendering import sentences
from digest.rendering.clean import clean
from digest.rendering.fields import NOTICE
from digest.rendering.fragments import Fields, Value, in_html, in_text
from digest.rendering.heads import Occasion
from digest.rendering.labels import topic_label, topic_labels
from digest.rendering.letter import Letter, Selected, Wishes
from digest.rendering.quoted import encode, encode_address, encode_addresses
from digest.rendering.splice import around
from digest.rendering.template import wrap
from digest.settings import Settings
from digest.words import Words
from subscribers.due import local_day
from subscribers.model import Topic

#: Fields that are each reader's own, by their place in `Own`; the addresses of the papers'
#: pages for feedback follow.
BLANKS = ("", "why", "unsubscribe_url", "preferences_url", "web_copy_url", "welcome_text")
_FACTS = NOTICE | {"title", "intro", "preheader", "subject", "why"}
_LONGEST_HEADING = 80
#: Notices that nobody asked for by an action of their own: their reader can leave from them.
LEAVABLE = frozenset({"trouble"})
_MATCHED = Tier.MATCHED
#: The same in HTML, in text and in quoted-printable, on one line.
_SIMPLE_ADDRESS = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,35}@[A-Za-z0-9.-]{1,36}")


class Own(NamedTuple):
    """What is a reader's own, encoded, by `BLANKS`: empty where a message has none."""

    html: tuple[bytes, ...]
    text: tuple[bytes, ...]


def own(
    letter: Letter,
    at: datetime,
    language: Words,
    links: Links,
    leave: bytes,
    ways: Sequence[bytes],
) -> Own:
    """The fields that are a reader's own.

    Args:
        letter: the reader's.
        at: the planned time.
        language: theirs.
        links: the installation's.
        leave: the way out, as `leaving` says.
        ways: the addresses of their preferences, of the web copy and, without its start, of each
            paper's pages for feedback; none where they can reach no page.
    """
    html, text = _why(letter, at, language)
    leave = encode_address(leave) if links.base else encode(leave.decode())
    prefer, copy = map(encode_address, ways[:2]) if ways else (b"", b"")
    welcome = _welcome(letter, language) if letter.selection.kind == WELCOME else ""
    in_both, feedbacks = (leave, prefer, copy), encode_addresses(links.feedback_start, ways[2:])
    return Own(
        (b"", html, *in_both, in_html(welcome), *feedbacks),
        (b"", text, *in_both, in_text(welcome), *feedbacks),
    )


def _why(letter: Letter, at: datetime, language: Words) -> tuple[bytes, bytes]:
    """Why this mail came, encoded: each reader's own, so it is kept in no cache."""
    address = letter.email
    if not (address.isascii() and address.isprintable()):
        address = clean(address, 320)
    wishes = letter.wishes
    today = local_day(wishes.schedule, at) if wishes.muted else None
    html, text = _why_around(max(1, len(address)), wishes, letter.since, today, language)
    if _SIMPLE_ADDRESS.fullmatch(address):
        written = address.encode()
        return written.join(html), written.join(text)
    return encode(str(escape(address))).join(html), encode(address).join(text)


@lru_cache(maxsize=16_384)
def _why_around(
    length: int, wishes: Wishes, since: date | None, today: date | None, language: Words
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The HTML and the text around the reader's address, of which only the length is known.

    The length is all that the text's line breaks ask for: an address is one word.
    """
    html, text = sentences.why(wishes.topics, wishes.schedule, since, language, today)
    long = sentences.ADDRESS * length
    wrapped = wrap(text.replace(sentences.ADDRESS, long))
    return around(html, sentences.ADDRESS), around(wrapped, long)


def _welcome(letter: Letter, language: Words) -> str:
    facts = sentences.schedule_facts(letter.wishes.schedule, language)
    return language("welcome.text", date=language.date(letter.selection.date, "full"), **facts)


def cut_note(missing: int, language: Words) -> str:
    """Says that the message was shortened, and by how many papers."""
    return language("section.cut", count=missing) if missing else language("section.shortened")


def headings(digest: Selected, language: Words) -> list[str]:
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


def _heading(entry: Entry, digest: Selected, language: Words) -> str:
    """The heading of what no topic matched."""
    if entry.topic:
        return clean(entry.topic, _LONGEST_HEADING)
    key, span = f"section.{entry.tier.value}", sentences.span_of(digest.kind, digest.catch_up)
    return language(f"{key}_{span}" if language.knows(f"{key}_{span}") else key)


def notice_fields(
    of: Occasion,
    topics: Sequence[Topic],
    language: Words,
    links: Links,
    settings: Settings,
    facts: Mapping[str, str],
) -> dict[str, Value]:
    """The fields of a message without papers, from the words of its kind and the facts.

    Raises:
        RenderError: a fact is no field of a notice.
    """
    unknown = sorted(facts.keys() - _FACTS)
    if unknown:
        reason = f"{unknown[0]} is no fact of a notice; there are {', '.join(sorted(_FACTS))}"
        raise RenderError(kind=of.kind, recipient=of.email, reason=reason)
    texts = {"name": clean(settings.sender.name, 80), "address": clean(of.email, 320)}
    said: dict[str, Value] = {
        field: language(f"{of.kind}.{key}", **texts) if language.knows(f"{of.kind}.{key}") else ""
        for field, key in _NOTICE_WORDS.items()
    }
    url = links.confirm(of.subscriber_id, of.at, of.occasion) if of.kind == "confirm" else ""
    said |= {"topics": _topics(of.kind, topics, language), "action_url": url}
    if of.kind in LEAVABLE:
        said["unsubscribe_url"] = leaving(of, links, settings)
    said |= {name: clean(fact, 2000) for name, fact in facts.items()}
    if not said["action_url"]:
        reply = f"{of.kind}.reply"
        said |= {"action": "", "reply_hint": language(reply) if language.knows(reply) else ""}
    return said


def leaving(of: Occasion, links: Links, settings: Settings) -> str:
    """Where its reader unsubscribes."""
    number = of.subscriber_id
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


def _topics(kind: str, topics: Sequence[Topic], language: Words) -> str:
    """The topics that were asked for, and in brackets what is kept out of all of them."""
    key = f"{kind}.topics"
    labels = topic_labels([one.text for one in topics if not one.excluded], language)
    if not labels or not language.knows(key):
        return ""
    vetoes = [
        language("topic.without", item=topic_label(one.text, language))
        for one in topics
        if one.excluded
    ]
    named = with_exclusions(language.list(labels), language("topic.and").join(vetoes), language)
    return language(key, count=len(labels), topics=named)


def present(fields: Fields) -> dict[str, Value]:
    """The fields that are there, in their order."""
    return {name: value for name, value in fields.items() if value}
