"""The topics on the preferences page: added, rewritten in place, tried, rested, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from digest.web.choices import (
    LONGEST_TOPICS,
    MOST_TOPICS,
    Problems,
    read_topics,
    resting,
    with_meaning,
)
from digest.web.context import Site
from digest.web.forms import Fields
from digest.web.trial import Trial
from subscribers.model import Subscriber, Topic

MUTED_FOR = timedelta(days=7)
_GONE = "There is no such topic any more: it was changed on another page."
_TWICE = "You have this topic already."


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a button.

    Attributes:
        text: a word for the reader, where it was done.
        wrong: what stood in the way, where nothing in a form is wrong.
        listed: what more there is to say, line by line.
        problems: what stands in the way, by field.
        at: the topic whose form was used, "" for that of a new one.
        beside: the topic that a word for the reader is about, "" for none.
        typed: what stood in that form, None where it is to be shown as it was.
        library: what stood in the form of papers to bring along, where it could not be read.
        excluded: whether a new one was to be left out.
        trial: what the topics there would have sent.
    """

    text: str = ""
    wrong: str = ""
    listed: tuple[str, ...] = ()
    problems: Problems = field(default_factory=Problems)
    at: str = ""
    beside: str = ""
    typed: str | None = None
    library: str = ""
    excluded: bool = False
    trial: Trial | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing was changed because something was wrong."""
        return bool(self.problems or self.wrong)


@dataclass(frozen=True, slots=True)
class Shown:
    """A topic on the page.

    Attributes:
        place: numbered from 1, for the names of its controls.
        rest: why it is not used now, "" where it is.
        typed: what stands in its form.
        opened: whether its form is shown.
        trial: what the form's text would have sent, where that was asked.
        answered: whether what became of a button is said beside it.
    """

    topic: Topic
    place: int
    rest: str
    typed: str
    opened: bool
    problems: Problems
    trial: Trial | None
    answered: bool


Act = Callable[[Site, Subscriber, Fields], Said]


def shown(reader: Subscriber, said: Said, today: date) -> list[Shown]:
    """The topics of a reader, one of them with what was typed for it."""
    rows = []
    for place, topic in enumerate(reader.topics, 1):
        here = said.at == topic.text
        rows.append(
            Shown(
                topic,
                place,
                resting(topic, today),
                typed=topic.text if not here or said.typed is None else said.typed,
                opened=here,
                problems=said.problems if here else Problems(),
                trial=said.trial if here else None,
                answered=topic.text == (said.beside or said.at),
            )
        )
    return rows


def add(here: Site, reader: Subscriber, fields: Fields) -> Said:
    """One new topic a line."""
    text = fields.text("topic", LONGEST_TOPICS)
    new, wrong = read_topics(text, excluded=fields.has("excluded"))
    known = {topic.text for topic in reader.topics}
    added = [topic for topic in new if topic.text not in known]
    if wrong:
        return Said(problems=Problems(topics=wrong), typed=text)
    if len(reader.topics) + len(added) > MOST_TOPICS:
        full = {"topic": f"At most {MOST_TOPICS} topics; a topic can hold OR."}
        return Said(problems=Problems(full), typed=text)
    if not added:
        return Said(_TWICE if new else "There was no topic to add.")
    _store(here, replace(reader, topics=(*reader.topics, *added)))
    return _told(here, "Added.", added)


def rewrite(here: Site, reader: Subscriber, fields: Fields) -> Said:
    """Another text for a topic, which else stays as it is; its lines are alternatives."""
    topic, text = _named(reader, fields.text("was", LONGEST_TOPICS)), _typed(fields)
    if topic is None:
        return Said(wrong=_GONE)
    lines, wrong = read_topics(text)
    changed = replace(topic, text="\n".join(line.text for line in lines))
    problems = Problems(_objection(reader, topic, changed), wrong)
    if problems:
        return Said(problems=problems, at=topic.text, typed=text)
    topics = tuple(changed if one == topic else one for one in reader.topics)
    _store(here, replace(reader, topics=topics))
    return _told(here, "Changed.", [changed])


def attempt(here: Site, reader: Subscriber, fields: Fields) -> Said:
    """What the text in a form would have sent; saves nothing."""
    text = _typed(fields)
    if fields.has("mean"):
        text = with_meaning(text, fields.text("mean"))
    topic = _named(reader, fields.text("was", LONGEST_TOPICS))
    excluded = topic.excluded if topic else fields.has("excluded")
    tried, wrong = read_topics(text, excluded=excluded)
    # What an exclusion keeps out can only be seen beside the topics.
    others = [one for one in reader.topics if one != topic] if excluded else []
    trial = here.trials.of([*others, *tried])
    at = topic.text if topic else ""
    return Said(problems=Problems(topics=wrong), at=at, typed=text, excluded=excluded, trial=trial)


def beside(change: Callable[[Site, Topic], Topic | None], done: str) -> Act:
    """A button beside a topic, which is known by its text: the list may have changed."""

    def act(here: Site, reader: Subscriber, fields: Fields) -> Said:
        topic = _named(reader, fields.text("topic", LONGEST_TOPICS))
        if topic is None:
            return Said(wrong=_GONE)
        changed = [change(here, one) if one == topic else one for one in reader.topics]
        _store(here, replace(reader, topics=tuple(one for one in changed if one is not None)))
        return Said(done, beside=topic.text)

    return act


def _mute(here: Site, topic: Topic) -> Topic:
    return replace(topic, muted_until=here.app.now().date() + MUTED_FOR)


BUTTONS: dict[str, Act] = {
    "add": add,
    "rewrite": rewrite,
    "try": attempt,
    "pause": beside(lambda _, topic: replace(topic, paused=True), "The topic is paused."),
    "resume": beside(
        lambda _, topic: replace(topic, paused=False, muted_until=None), "The topic counts again."
    ),
    "mute": beside(_mute, "The topic is quiet for a week."),
    "remove": beside(lambda _here, _topic: None, "The topic is removed."),
}


def _store(here: Site, reader: Subscriber) -> None:
    here.app.subscribers.edit(reader, here.app.now())


def _typed(fields: Fields) -> str:
    return fields.text("topic", LONGEST_TOPICS)


def _named(reader: Subscriber, sent: str) -> Topic | None:
    """The topic of this text; a form changes line ends and the space around it."""
    same = (topic for topic in reader.topics if topic.text.split() == sent.split())
    return next(same, None)


def _objection(reader: Subscriber, topic: Topic, changed: Topic) -> dict[str, str]:
    if not changed.text:
        return {"topic": "A topic needs some words. To be rid of it, remove it."}
    others = {one.text for one in reader.topics if one != topic}
    return {"topic": _TWICE} if changed.text in others else {}


def _told(here: Site, done: str, topics: list[Topic]) -> Said:
    """What the saved topics would have sent; the form of one that asks something is shown."""
    trial = here.trials.of([topic for topic in topics if not topic.excluded])
    beside = topics[-1].text
    if trial.nothing_asked:
        return Said(done, beside=beside)
    found = f" It would have sent {trial.rate}." if trial.days else ""
    if not (trial.asked or trial.warnings):
        return Said(done + found, beside=beside)
    at = (trial.asked or trial.warnings)[0].topic
    return Said(done + found, at=at, beside=at, trial=trial)
