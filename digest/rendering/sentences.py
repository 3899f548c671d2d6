"""The sentences of a digest: what today holds, what the inbox shows of it, why it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from markupsafe import escape

from digest.model import WEEKLY, WELCOME, Tier
from digest.rendering.clean import clean, cut_words
from digest.rendering.labels import brief_label, topic_label, topic_labels
from digest.rendering.letter import Selected
from digest.words import Words
from subscribers.model import Cadence, Schedule, Topic

_WORDS_PER_MINUTE = 180
_WORDS_PER_ENTRY = 60
_LONGEST_SUBJECT = 110
_NAMED_TOPICS = 3
_MATCHED, _NEAR = Tier.MATCHED, Tier.NEAR
#: Stands for the reader's address in the reason for a mail, until it is known.
ADDRESS = "\ufdd2"


class Holding(NamedTuple):
    """What a digest holds, as far as its sentences tell of it.

    Attributes:
        counts: each topic's label and its number of entries, in the order of the entries.
        titles: of the first two papers.
        shown: how many entries there are, `near` and `matched` ones among them.
        total: how many papers they were chosen from.
        asked: the reader names a topic; what matched none of theirs stands in.
    """

    kind: str
    counts: tuple[tuple[str, int], ...]
    titles: tuple[str, ...]
    shown: int
    matched: int
    near: int
    total: int
    catch_up: int
    asked: bool

    @property
    def stands_in(self) -> bool:
        """Whether all papers are the most voted, since no topic matched."""
        return self.asked and not self.matched and self.shown > self.near


class Sentences(NamedTuple):
    """What the inbox and the masthead say of a digest."""

    subject: str
    preheader: str
    intro: str


def span_of(kind: str, catch_up: int) -> str:
    """What a digest's papers are of: its `day`, several `days` or a `week`.

    A welcome is sent at any hour, of an `edition` that may be some days old.
    """
    if kind == WELCOME:
        return "edition"
    return "week" if kind == WEEKLY else "days" if catch_up else "day"


def sentences(digest: Selected, language: Words) -> Sentences:
    """The sentences of a digest."""
    return _sentences(_holding(digest, language), language)


def _holding(digest: Selected, language: Words) -> Holding:
    entries = digest.entries
    counts: dict[str, int] = {}
    matched = near = 0
    for entry in entries:
        if entry.tier is _MATCHED:
            text = entry.reason.topic or entry.topic
            counts[text] = counts.get(text, 0) + 1
            matched += 1
        elif entry.tier is _NEAR:
            near += 1
    return Holding(
        digest.kind,
        tuple(_by_label(counts, language).items()),
        tuple(entry.paper.title for entry in entries[:2]),
        len(entries),
        matched,
        near,
        max(digest.considered, len(entries)),
        digest.catch_up,
        digest.asked,
    )


def _by_label(counts: Mapping[str, int], language: Words) -> dict[str, int]:
    """Numbers of entries by their topics' names: one topic whole, of several what they ask for."""
    label = brief_label if len(counts) > 1 else topic_label
    found: dict[str, int] = {}
    for text, count in counts.items():
        name = label(text, language)
        found[name] = found.get(name, 0) + count
    found.pop("", None)
    return found


@lru_cache(maxsize=16_384)
def _sentences(held: Holding, language: Words) -> Sentences:
    return Sentences(_subject(held, language), _preheader(held, language), _intro(held, language))


def _subject(held: Holding, language: Words) -> str:
    """`4 papers on agent harnesses and reinforcement learning`."""
    weekly = held.kind == WEEKLY
    if held.kind == WELCOME and held.stands_in and not held.near:
        return language("subject.welcome_nothing")
    if held.counts:
        topics = language.list([label for label, _ in held.counts[:_NAMED_TOPICS]])
        key = "subject.weekly" if weekly else "subject.matched"
        text = language(key, count=held.matched, topics=topics)
    elif held.titles and not held.near and not weekly:
        text = language("subject.trending", title=_short(held.titles[0]))
    else:
        text = language("subject.weekly_plain" if weekly else "subject.plain", count=held.shown)
    if held.kind == WELCOME:
        text = language("subject.welcome", rest=text)
    return cut_words(text, _LONGEST_SUBJECT)


def _preheader(held: Holding, language: Words) -> str:
    """The papers by their short names: what the inbox shows beside the subject."""
    joined = "; ".join(_short(title) for title in held.titles)
    rest = held.shown - len(held.titles)
    return language("preheader.more", titles=joined, count=rest) if rest else joined


@lru_cache(maxsize=8192)
def _short(title: str) -> str:
    """A title up to its colon where what stands before it can stand alone."""
    title = clean(title, 300)
    name, colon, _ = title.partition(": ")
    return name if colon and 12 <= len(name) <= 70 else cut_words(title, 70)


def _intro(held: Holding, language: Words) -> str:
    """What today holds: how many are mine, on what, how long it takes to read."""
    told = [_holds(held, language) + "."]
    if held.shown:
        minutes = max(1, round(held.shown * _WORDS_PER_ENTRY / _WORDS_PER_MINUTE))
        told.append(language("intro.minutes", count=minutes))
    if held.catch_up:
        told.append(language("intro.catch_up", count=held.catch_up))
    return " ".join(told)


def _holds(held: Holding, language: Words) -> str:
    total, span = held.total, span_of(held.kind, held.catch_up)
    if held.matched:
        text = language(f"intro.{span}_matched", count=held.matched, total=total)
        if len(held.counts) > 1:
            parts = [language("intro.on", count=n, topic=topic) for topic, n in held.counts]
            text = f"{text}: {', '.join(parts)}"
    elif held.shown > held.near:
        key = "instead" if held.stands_in else "trending"
        text = language(f"intro.{span}_{key}", count=held.shown - held.near, total=total)
    else:
        text = language(f"intro.{span}_nothing", total=total)
    return f"{text}; {language('intro.near', count=held.near)}" if held.near else text


def schedule_facts(schedule: Schedule, language: Words) -> Mapping[str, str]:
    """When this reader is written to: `cadence`, `time` and `place`."""
    return _timing(schedule, language).text


def _timing(schedule: Schedule, language: Words) -> Timing:
    # By what it says, one by one: to hash a schedule takes as long as all else here.
    weekday = schedule.weekday if schedule.cadence is Cadence.WEEKLY else 0
    hour, minute, zone = schedule.hour, schedule.minute, schedule.timezone
    return _timings(schedule.cadence, weekday, hour, minute, zone, language)


class Timing(NamedTuple):
    """The facts of a schedule, as text and as HTML."""

    text: Mapping[str, str]
    html: Mapping[str, str]


@lru_cache(maxsize=8192)
def _timings(
    cadence: Cadence, weekday: int, hour: int, minute: int, zone: str, language: Words
) -> Timing:
    named = {"weekday": language.weekday(weekday)} if cadence is Cadence.WEEKLY else {}
    facts = {
        "cadence": language(f"footer.{cadence.value}", **named),
        "time": language.time(hour, minute),
        "place": zone.rpartition("/")[2].replace("_", " "),
    }
    return Timing(facts, {name: str(escape(fact)) for name, fact in facts.items()})


def why(
    topics: Sequence[Topic],
    schedule: Schedule,
    since: date | None,
    language: Words,
    today: date | None = None,
) -> tuple[str, str]:
    """Why this mail came, since when it may, and what it is chosen by now.

    Args:
        topics: all of the reader's; those that rest are not named.
        schedule: when they are written to.
        since: the day on which the subscription was confirmed, None where it is not known.
        language: theirs.
        today: their date, by which a muted topic rests; None where no topic is muted.

    Returns:
        HTML with the topics in bold, and text; `ADDRESS` stands for the reader's address.
    """
    asked = [topic for topic in topics if not topic.excluded]
    active = [t.text for t in asked if (t.is_active(today) if today else not t.paused)]
    labels = [label for label in topic_labels(active, language) if label]
    none = "footer.resting" if asked else "footer.no_topics"
    timing = _timing(schedule, language)
    html = _why([_bold(label) for label in labels] or none, timing.html, since, language)
    return html, _why(labels or none, timing.text, since, language)


@lru_cache(maxsize=16_384)
def _bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def _why(
    labels: Sequence[str] | str, timing: Mapping[str, str], since: date | None, language: Words
) -> str:
    """The sentences of the topics' labels, or of the key that says why there are none."""
    named = (
        language(labels)
        if isinstance(labels, str)
        else language("footer.topics", count=len(labels), topics=language.list(labels))
    )
    facts = {**timing, "address": ADDRESS, "topics": named}
    if since is None:
        return language("footer.why_undated", **facts)
    return language("footer.why", date=language.date(since, "full"), **facts)
