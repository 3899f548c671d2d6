"""The fields of messages: what the frame of a template is filled with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import zip_longest

from markupsafe import escape

from digest import returnpath
from digest.errors import RenderError
from digest.links import Links, mailto_unsubscribe
from digest.model import Digest, Entry, Tier
from digest.rendering import sentences
from digest.rendering.assembly import Encoded, Fields, Item, Value
from digest.rendering.clean import clean, clean_url
from digest.rendering.fields import NOTICE
from digest.rendering.heads import Occasion
from digest.rendering.quoted import SOFT_BREAK, encode, encode_address
from digest.rendering.template import wrap
from digest.settings import Sender
from digest.words import Words
from subscribers.model import Schedule, Subscriber, Topic

_FACTS = NOTICE | {"title", "intro", "preheader", "subject", "why"}
_LONGEST_HEADING = 80
#: Notices that nobody asked for by an action of their own: their reader can leave from them.
LEAVABLE = frozenset({"trouble"})
_MATCHED = Tier.MATCHED


def sender_fields(sender: Sender) -> dict[str, Value]:
    """What stands in every message of an installation."""
    return {
        "brand": clean(sender.name, 80),
        "logo_url": clean_url(sender.logo) if sender.logo else "",
        "postal_address": clean(sender.postal_address, 300),
    }


def digest_fields(
    digest: Digest, of: Occasion, language: Words, links: Links, sender: Sender
) -> dict[str, Value]:
    """The frame's fields of a digest, empty ones among them."""
    subscriber = digest.subscriber
    welcome = digest.kind == "welcome"
    said = sentences.sentences(digest, language)
    return {
        "title": _title(digest, language),
        "subject": said.subject,
        "preheader": said.preheader,
        "intro": said.intro,
        "why": _why(subscriber, language),
        "sources": _sources(digest, language),
        "also_heading": language(_also(digest)) if digest.also else "",
        "welcome_title": language("welcome.title") if welcome else "",
        "welcome_text": _welcome(digest, language) if welcome else "",
        "web_copy_url": links.web_copy(subscriber.id, of.kind, of.occasion),
        "preferences_url": links.preferences(subscriber.id),
        "unsubscribe_url": leaving(of, links, sender),
        "reply_hint": "" if links.base else language("footer.reply"),
    }


def _title(digest: Digest, language: Words) -> str:
    if digest.kind == sentences.WEEKLY:
        return language("weekly.title", date=language.date(digest.date, "day"))
    return language.date(digest.date)


def _also(digest: Digest) -> str:
    """The word for the list at the end."""
    if digest.kind == sentences.WEEKLY:
        return "section.week"
    return "section.also" if digest.entries else "section.trending"


def _why(subscriber: Subscriber, language: Words) -> Encoded:
    """Why this mail came, encoded: each reader's own, so it is kept in no cache."""
    since = subscriber.confirmed_at
    before, after, text = _why_pieces(
        subscriber.topics, subscriber.schedule, since.date() if since else None, language
    )
    address = subscriber.email
    if not (address.isascii() and address.isprintable()):
        address = clean(address, 320)
    html = SOFT_BREAK.join((before, encode(str(escape(address))), after))
    return Encoded(html, encode(wrap(text.replace(sentences.ADDRESS, address))))


@lru_cache(maxsize=4096)
def _why_pieces(
    topics: tuple[Topic, ...], schedule: Schedule, since: date | None, language: Words
) -> tuple[bytes, bytes, str]:
    """The HTML before and after the reader's address, encoded, and the text."""
    (before, after), text = sentences.why(topics, schedule, since, language)
    return encode(before), encode(after), text


def _welcome(digest: Digest, language: Words) -> str:
    facts = sentences.schedule_facts(digest.subscriber.schedule, language)
    return language("welcome.text", date=language.date(digest.date, "full"), **facts)


def _sources(digest: Digest, language: Words) -> str:
    """Where the papers are from."""
    papers = [entry.paper for entry in digest.entries]
    return _sources_named(tuple({p.sources: None for p in (*papers, *digest.also)}), language)


@lru_cache(maxsize=256)
def _sources_named(sources: tuple[tuple[str, ...], ...], language: Words) -> str:
    """Names that the catalogue does not know stand as they are."""
    names = dict.fromkeys(name for listed in sources for name in listed)
    known = [
        language(f"source.{name}") if language.knows(f"source.{name}") else clean(name, 80)
        for name in names
    ]
    return language("footer.sources", sources=language.list(known)) if known else ""


def cut_note(missing: int, language: Words) -> str:
    """Says that the message was shortened, and by how many papers."""
    return language("section.cut", count=missing) if missing else language("section.shortened")


def items(digest: Digest, language: Words, links: Links) -> list[Item]:
    """The entries with what differs for their reader; a heading stands where it changes."""
    entries = digest.entries
    headings = [_heading(entry, language) for entry in entries]
    if len(set(headings)) == 1:
        headings = [""] * len(entries)
    feedbacks = links.feedbacks(digest.subscriber.id, [entry.paper.key for entry in entries])
    found, last = [], ""
    for entry, heading, feedback in zip_longest(entries, headings, feedbacks):
        address = encode_address(feedback) if feedback else b""
        found.append(Item(entry, heading if heading != last else "", address))
        last = heading
    return found


def _heading(entry: Entry, language: Words) -> str:
    if entry.tier is _MATCHED and entry.reason.topic:
        return sentences.topic_label(entry.reason.topic, language)
    if entry.topic:
        return clean(entry.topic, _LONGEST_HEADING)
    return language(f"section.{entry.tier.value}")


def notice_fields(
    of: Occasion, language: Words, links: Links, sender: Sender, facts: Mapping[str, str]
) -> dict[str, Value]:
    """The fields of a message without papers, from the words of its kind and the facts.

    Raises:
        RenderError: a fact is no field of a notice.
    """
    unknown = sorted(facts.keys() - _FACTS)
    if unknown:
        reason = f"{unknown[0]} is no fact of a notice; there are {', '.join(sorted(_FACTS))}"
        raise RenderError(kind=of.kind, recipient=of.subscriber.email, reason=reason)
    texts = {"name": clean(sender.name, 80), "address": clean(of.subscriber.email, 320)}
    said: dict[str, Value] = {
        field: language(f"{of.kind}.{key}", **texts) if language.knows(f"{of.kind}.{key}") else ""
        for field, key in _NOTICE_WORDS.items()
    }
    topics = _topics(of, language)
    url = links.confirm(of.subscriber.id, of.at, of.occasion) if of.kind == "confirm" else ""
    said |= {"topics": topics, "action_url": url}
    if of.kind in LEAVABLE:
        said["note"] = language(f"{of.kind}.leave", url=leaving(of, links, sender))
    said |= {name: clean(fact, 2000) for name, fact in facts.items()}
    if not said["action_url"]:
        reply = f"{of.kind}.reply"
        said |= {"action": "", "reply_hint": language(reply) if language.knows(reply) else ""}
    return said


def leaving(of: Occasion, links: Links, sender: Sender) -> str:
    """Where its reader unsubscribes."""
    number = of.subscriber.id
    if links.base:
        return links.unsubscribe(number)
    token = returnpath.token(links.ring, number, of.kind, of.occasion, key_id=links.key_id)
    return mailto_unsubscribe(sender.address, token)


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
    labels = [sentences.topic_label(topic.text, language) for topic in of.subscriber.topics]
    if not labels or not language.knows(key):
        return ""
    return language(key, count=len(labels), topics=language.list(labels))


def present(fields: Fields) -> dict[str, Value]:
    """The fields that are there, in their order."""
    return {name: value for name, value in fields.items() if value}
