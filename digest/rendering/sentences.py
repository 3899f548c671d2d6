"""The sentences of a digest: what today holds, what the inbox shows of it, why it came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from digest.model import Digest, Entry, Tier
from digest.rendering.clean import clean, cut_words
from digest.words import Words
from subscribers.model import Cadence, Subscriber

WEEKLY = "weekly"
_WORDS_PER_MINUTE = 180
_WORDS_PER_ENTRY = 60
_LONGEST_SUBJECT = 110
_LONGEST_LABEL = 60
_NAMED_TOPICS = 3


def subject(digest: Digest, counts: Mapping[str, int], language: Words) -> str:
    """`4 papers on agent harnesses and reinforcement learning`."""
    prefix = f"{WEEKLY}_" if digest.kind == WEEKLY else ""
    key = f"subject.{WEEKLY}" if prefix else "subject.matched"
    if counts:
        topics = language.list(list(counts)[:_NAMED_TOPICS])
        text = language(key, count=sum(counts.values()), topics=topics)
    elif digest.entries and digest.entries[0].tier is Tier.TRENDING and not prefix:
        text = language("subject.trending", title=_short(digest.entries[0]))
    else:
        plain = "subject.weekly_plain" if prefix else "subject.plain"
        text = language(plain, count=len(digest.entries))
    if digest.kind == "welcome":
        text = language("subject.welcome", rest=text)
    return cut_words(text, _LONGEST_SUBJECT)


def topic_counts(entries: Sequence[Entry]) -> dict[str, int]:
    """How many entries matched each topic, by its label, in the order of the entries."""
    labels = (
        clean(entry.topic or topic_label(entry.reason.topic), _LONGEST_LABEL)
        for entry in entries
        if entry.tier is Tier.MATCHED
    )
    return dict(Counter(label for label in labels if label))


@lru_cache(maxsize=65_536)
def topic_label(text: str) -> str:
    """A topic's first alternative, as it is named to its reader."""
    return cut_words(clean(text.strip().partition("\n")[0], 200), _LONGEST_LABEL)


def intro(digest: Digest, counts: Mapping[str, int], language: Words) -> str:
    """What today holds: how many are mine, on what, how long it takes to read."""
    return " ".join(
        sentence
        for sentence in (
            _holds(digest, counts, language),
            _minutes(len(digest.entries), language),
            language("intro.catch_up", count=digest.catch_up) if digest.catch_up else "",
        )
        if sentence
    )


def _holds(digest: Digest, counts: Mapping[str, int], language: Words) -> str:
    matched = sum(entry.tier is Tier.MATCHED for entry in digest.entries)
    near = sum(entry.tier is Tier.NEAR for entry in digest.entries)
    total = max(digest.considered, len(digest.entries))
    weekly = digest.kind == WEEKLY
    if matched:
        text = language(f"intro.{WEEKLY if weekly else 'matched'}", count=matched, total=total)
        if len(counts) > 1:
            parts = [language("intro.on", count=n, topic=t) for t, n in counts.items()]
            text = f"{text}: {', '.join(parts)}"
    elif digest.entries and not near:
        key = "intro.weekly_trending" if weekly else "intro.trending"
        text = language(key, count=len(digest.entries), total=total)
    else:
        text = language("intro.nothing", total=total)
    if near:
        text = f"{text}; {language('intro.near', count=near)}"
    return text + "."


def _minutes(entries: int, language: Words) -> str:
    minutes = max(1, round(entries * _WORDS_PER_ENTRY / _WORDS_PER_MINUTE))
    return language("intro.minutes", count=minutes) if entries else ""


def preheader(digest: Digest, language: Words) -> str:
    """The papers by their short names: what the inbox shows beside the subject."""
    titles = [_short(entry) for entry in digest.entries[:2]]
    rest = len(digest.entries) - len(titles)
    joined = "; ".join(titles)
    return language("preheader.more", titles=joined, count=rest) if rest else joined


def _short(entry: Entry) -> str:
    """A title up to its colon where what stands before it can stand alone."""
    title = clean(entry.paper.title, 300)
    name, colon, _ = title.partition(": ")
    return cut_words(title, 70) if not colon or len(name) < 12 or len(name) > 70 else name


def schedule_facts(subscriber: Subscriber, language: Words) -> dict[str, str]:
    """When this reader is written to: `cadence`, `time` and `place`."""
    schedule = subscriber.schedule
    weekday = language.weekday(schedule.weekday)
    key = f"footer.{schedule.cadence.value}"
    facts = {"weekday": weekday} if schedule.cadence is Cadence.WEEKLY else {}
    return {
        "cadence": language(key, **facts),
        "time": language.time(schedule.hour, schedule.minute),
        "place": schedule.timezone.rpartition("/")[2].replace("_", " "),
    }


def why(subscriber: Subscriber, language: Words) -> tuple[Markup, str]:
    """Why this mail came and when it was asked for: as HTML with the topics in bold, as text."""
    return (
        Markup(_why(subscriber, language, lambda text: str(escape(text)), _bold)),  # noqa: S704  # its facts are escaped
        _why(subscriber, language, str, str),
    )


def _bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def _why(
    subscriber: Subscriber,
    language: Words,
    plain: Callable[[str], str],
    strong: Callable[[str], str],
) -> str:
    labels = [topic_label(t.text) for t in subscriber.topics if not (t.excluded or t.paused)]
    named = language.list([strong(label) for label in labels if label])
    facts = {name: plain(fact) for name, fact in schedule_facts(subscriber, language).items()}
    facts["address"] = plain(clean(subscriber.email, 320))
    facts["topics"] = (
        language("footer.topics", count=len(labels), topics=named)
        if named
        else language("footer.no_topics")
    )
    if subscriber.confirmed_at is None:
        return language("footer.why_undated", **facts)
    facts["date"] = plain(language.date(subscriber.confirmed_at.date(), "full"))
    return language("footer.why", **facts)
