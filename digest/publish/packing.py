"""A digest as the outbox stores it: the selection, not the body.

What is packed is all that a rendering reads, so that a retry gives the same bytes whatever
the subscriber or the papers have become since. Papers are numbers into a frozen copy of the
edition (`Archive.freeze`). An entry that a phrase of one of the reader's topics chose, as most
are, is a list: paper, place of the topic, phrase, field. A row is written three times on its way,
so what it weighs is most of what the outbox costs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from digest.model import Digest, Entry, Paper, Reason, Rule, Tier
from subscribers.model import Cadence, Schedule, Subscriber, SubscriptionStatus, Topic
from subscribers.topics import label

VERSION = 3  # 1 had no short entries, 2 no topics at rest; all are read


def pack(digest: Digest, places: Mapping[str, int]) -> str:
    """The digest as text; `places` are the numbers of paper keys in the frozen copy."""
    short = _Short(digest.subscriber)
    packed = {
        "v": VERSION,
        "kind": digest.kind,
        "occasion": digest.occasion,
        "date": digest.date.isoformat(),
        "considered": digest.considered,
        "catch_up": digest.catch_up,
        "reader": _pack_reader(digest.subscriber),
        "entries": [_pack_entry(entry, places, short) for entry in digest.entries],
        "also": [places[paper.key] for paper in digest.also],
    }
    if digest.missed:
        packed["missed"] = [places[paper.key] for paper in digest.missed]
    return compact(packed)


def unpack(text: str, papers: Sequence[Paper]) -> Digest:
    """The digest of a packed text and the frozen papers it was packed with."""
    packed = json.loads(text)
    reader = _unpack_reader(packed["reader"])
    return Digest(
        subscriber=reader,
        kind=packed["kind"],
        occasion=packed["occasion"],
        date=date.fromisoformat(packed["date"]),
        entries=tuple(unpack_entry(entry, papers, reader.topics) for entry in packed["entries"]),
        also=tuple(papers[place] for place in packed["also"]),
        missed=tuple(papers[place] for place in packed.get("missed", ())),
        considered=packed["considered"],
        catch_up=packed["catch_up"],
    )


def places_of(text: str) -> list[int]:
    """The places in the frozen copy of all papers that a packed digest shows."""
    packed = json.loads(text)
    shown = [e[0] if isinstance(e, list) else e["p"] for e in packed["entries"]]
    return [*shown, *packed.get("missed", ()), *packed["also"]]


def date_of(text: str) -> date:
    """The date that a packed digest's masthead shows."""
    return date.fromisoformat(json.loads(text)["date"])


def pack_notice(reader: Subscriber, facts: Mapping[str, str]) -> str:
    """What a notice is made of: its reader as they are now, and its facts."""
    return compact({"v": VERSION, "reader": _pack_reader(reader), "facts": dict(facts)})


def unpack_notice(text: str) -> tuple[Subscriber, dict[str, str]]:
    """The reader and the facts of a packed notice."""
    packed = json.loads(text)
    return _unpack_reader(packed["reader"]), packed["facts"]


def _pack_reader(reader: Subscriber) -> dict[str, Any]:
    return {
        "id": reader.id,
        "email": reader.email,
        "status": reader.status,
        "template": reader.template,
        "locale": reader.locale,
        "topics": [pack_topic(topic) for topic in reader.topics],
        "schedule": pack_schedule(reader.schedule),
        "confirmed_at": reader.confirmed_at and reader.confirmed_at.isoformat(),
    }


def pack_topic(topic: Topic) -> list[Any]:
    """A topic's text and whether it is an exclusion; where it rests, how it does."""
    packed: list[Any] = [topic.text, topic.excluded]
    if topic.muted_until is not None:
        return [*packed, topic.paused, topic.muted_until.isoformat()]
    return [*packed, True] if topic.paused else packed


def unpack_topics(packed: Sequence[list[Any]]) -> tuple[Topic, ...]:
    """A reader's topics, of what `pack_topic` made of each."""
    return tuple([_unpack_topic(*topic) for topic in packed])


def _unpack_topic(
    text: str, excluded: bool, paused: bool = False, muted_until: str | None = None
) -> Topic:
    until = date.fromisoformat(muted_until) if muted_until else None
    return Topic(text=text, excluded=excluded, paused=paused, muted_until=until)


def pack_schedule(schedule: Schedule) -> dict[str, Any]:
    """What differs from the usual schedule."""
    return _changed(schedule)


class _Short:
    """Which entries of a reader are written in short: those that their topics say again."""

    def __init__(self, reader: Subscriber) -> None:
        texts = [topic.text for topic in reader.topics]
        self._numbers = {text: n for n, text in reversed(list(enumerate(texts)))}
        self._headings = headed(reader)

    def number(self, entry: Entry) -> int | None:
        """The place of the entry's topic among the reader's; None where it is written in full."""
        why = entry.reason
        if not written_short(entry) or why.topic not in self._numbers:
            return None
        same = entry.topic == (_label(why.topic) if self._headings else "")
        return self._numbers[why.topic] if same else None


def written_short(entry: Entry) -> bool:
    """Whether an entry needs no more words than its paper, topic, phrase and field."""
    plain = entry.tier is Tier.MATCHED and entry.reason.rule is Rule.PHRASE
    return plain and not entry.reason.others and not entry.returned


def headed(reader: Subscriber) -> bool:
    """Whether the entries of a reader stand under headings: they ask for several topics."""
    return several(reader.topics)


def several(topics: Sequence[Topic]) -> bool:
    """Whether more than one topic asks for papers."""
    return sum(not topic.excluded for topic in topics) > 1


_label = lru_cache(maxsize=16_384)(label)


def _pack_entry(
    entry: Entry, places: Mapping[str, int], short: _Short
) -> dict[str, Any] | list[Any]:
    number, why = short.number(entry), entry.reason
    if number is not None:
        return [places[entry.paper.key], number, why.phrase, why.field]
    return pack_full(entry, places)


def pack_full(entry: Entry, places: Mapping[str, int]) -> dict[str, Any]:
    """An entry with all its words."""
    packed = {
        "p": places[entry.paper.key],
        "tier": entry.tier,
        "because": _changed(entry.reason),
        "topic": entry.topic,
        "returned": entry.returned,
    }
    return {key: value for key, value in packed.items() if value != ""}


def unpack_entry(
    packed: Mapping[str, Any] | list[Any], papers: Sequence[Paper], topics: Sequence[Topic]
) -> Entry:
    """An entry, in short or in full, of a reader with these topics."""
    if isinstance(packed, list):
        place, number, phrase, field = packed
        topic = topics[number].text
        heading = _label(topic) if several(topics) else ""
        reason = _plain_reason(topic, phrase, field)
        return Entry(paper=papers[place], tier=Tier.MATCHED, reason=reason, topic=heading)
    because = packed["because"]
    others = tuple(because.pop("others", ()))
    return Entry(
        paper=papers[packed["p"]],
        tier=_TIERS[packed["tier"]],
        reason=_reason(others, tuple(because.items())),
        topic=packed.get("topic", ""),
        returned=packed.get("returned", ""),
    )


@lru_cache(maxsize=16_384)
def _plain_reason(topic: str, phrase: str, field: str) -> Reason:
    return Reason(rule=Rule.PHRASE, topic=topic, phrase=phrase, field=field)


_TIERS = {str(tier): tier for tier in Tier}


@lru_cache(maxsize=16_384)
def _reason(others: tuple[str, ...], rest: tuple[tuple[str, Any], ...]) -> Reason:
    """Readers of one topic share the reasons of its papers, and so their pieces of a message."""
    because = dict(rest)
    return Reason(rule=Rule(because.pop("rule")), others=others, **because)


def _unpack_reader(packed: Mapping[str, Any]) -> Subscriber:
    agreed = packed["confirmed_at"]
    return Subscriber(
        id=packed["id"],
        email=packed["email"],
        status=SubscriptionStatus(packed["status"]),
        template=packed["template"],
        locale=packed["locale"],
        topics=unpack_topics(packed["topics"]),
        schedule=unpack_schedule(packed["schedule"]),
        confirmed_at=datetime.fromisoformat(agreed) if agreed else None,
    )


def unpack_schedule(packed: Mapping[str, Any]) -> Schedule:
    """A schedule, of what differs from the usual one."""
    cadence = {"cadence": Cadence(packed["cadence"])} if "cadence" in packed else {}
    return Schedule(**{**packed, **cadence})


def compact(packed: Mapping[str, Any] | list[Any]) -> str:
    """JSON without a space too many."""
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def _changed(value: Schedule | Reason) -> dict[str, Any]:
    """The fields that differ from their defaults: most rows hold few."""
    return {
        name: item
        for name, default in _DEFAULTS[type(value)]
        if (item := getattr(value, name)) != default
    }


_DEFAULTS: dict[type[object], tuple[tuple[str, object], ...]] = {
    kind: tuple((field.name, field.default) for field in fields(kind))
    for kind in (Schedule, Reason)
}
