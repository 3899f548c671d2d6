"""What a digest's message is made of: the little that is its reader's own, and what many share.

A digest's fields, divided: whoever hands the renderer one `Wishes` and one `Selection` for all
the readers who have them alike has what follows from them made once. They are told apart by
what object they are, since to compare their fields takes longer than to make most of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from digest.model import DAILY, Digest, Entry, Paper
from subscribers.model import Schedule, Topic


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """What a reader asked for, as far as their messages say it."""

    template: str
    locale: str
    topics: tuple[Topic, ...]
    schedule: Schedule

    @property
    def muted(self) -> bool:
        """Whether a topic is not used before some day."""
        return any(topic.muted_until for topic in self.topics)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """A digest without its reader; the attributes are those of `Digest`."""

    kind: str
    occasion: str
    date: date
    entries: tuple[Entry, ...]
    also: tuple[Paper, ...]
    missed: tuple[Paper, ...]
    considered: int
    catch_up: int
    asked: bool


class Letter(NamedTuple):
    """A digest as the renderer takes it.

    Attributes:
        since: the day on which the reader agreed, None where it is not known.
    """

    subscriber_id: int
    email: str
    since: date | None
    wishes: Wishes
    selection: Selection

    @property
    def template(self) -> str:
        """The reader's choice for a daily digest, else that of its kind."""
        return self.wishes.template if self.selection.kind == DAILY else self.selection.kind


#: What says the same of its entries, with its reader or without.
Selected = Digest | Selection


def letter_of(digest: Digest) -> Letter:
    """A digest, divided."""
    reader = digest.subscriber
    return Letter(
        reader.id,
        reader.email,
        reader.confirmed_at.date() if reader.confirmed_at else None,
        _wishes(reader.template, reader.locale, reader.topics, reader.schedule),
        Selection(
            digest.kind,
            digest.occasion,
            digest.date,
            digest.entries,
            digest.also,
            digest.missed,
            digest.considered,
            digest.catch_up,
            digest.asked,
        ),
    )


#: Readers who ask for the same have one and the same wishes.
_wishes = lru_cache(maxsize=1024)(Wishes)
