"""A reader's selection: entries, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from digest.model.papers import Paper
from subscribers.model import Subscriber, Topic

#: The kinds of digest; a delivery's kind can also be a notice's.
DAILY, WEEKLY, WELCOME = "daily", "weekly", "welcome"


class Tier(StrEnum):
    """Why a paper stands where it stands in a digest."""

    MATCHED = "matched"
    NEAR = "near"
    TRENDING = "trending"


class Rule(StrEnum):
    """The rule by which a paper was chosen."""

    PHRASE = "phrase"  # `phrase` stands in `field`
    FIELD = "field"  # an author, organisation, category or source is the one asked for
    CONDITION = "condition"  # votes, authors or code satisfy a condition
    NEAR = "near"  # close to the topic: `others` are the words that say so
    LIKED = "liked"  # like `phrase`, a paper's title that the reader liked
    VOTES = "votes"  # among the day's most voted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an entry was chosen; `digest.words` puts it into words.

    Attributes:
        rule: the kind of reason.
        topic: text of the reader's topic, "" where none.
        phrase: what matched, as its topic writes it.
        field: where: `title`, `abstract`, `keyword`, `author`, `organization`, `category`, …
        others: further words, of a near paper or a condition.
    """

    rule: Rule
    topic: str = ""
    phrase: str = ""
    field: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper in a digest, with its reason.

    Attributes:
        topic: the heading it stands under: a topic's label, "" where there are no headings.
        score: orders entries; never shown.
        returned: what brought a paper of an earlier edition back, "" otherwise.
    """

    paper: Paper
    tier: Tier
    reason: Reason
    topic: str = ""
    score: float = 0.0
    returned: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One subscriber's selection: what a message is made of.

    Attributes:
        kind: template family: `daily`, `weekly`, `welcome`.
        occasion: what makes it unique for its subscriber: the edition's date, an ISO week.
        date: the day that the masthead shows.
        entries: in the order in which they are shown.
        also: papers listed by title at the end.
        missed: papers listed by title that matched before and came in no mail: a weekly digest's.
        considered: how many papers it was chosen from.
        catch_up: how many missed days it makes up for, 0 for none.
    """

    subscriber: Subscriber
    kind: str
    occasion: str
    date: date
    entries: tuple[Entry, ...]
    also: tuple[Paper, ...] = ()
    missed: tuple[Paper, ...] = ()
    considered: int = 0
    catch_up: int = 0

    @property
    def asked(self) -> bool:
        """Whether its reader names a topic: then the most voted stand in where none matched."""
        return asks(self.subscriber.topics)


def asks(topics: Sequence[Topic]) -> bool:
    """Whether one of these topics asks for papers."""
    return any(not topic.excluded for topic in topics)


class Shown(Protocol):
    """What shows papers: a digest, with its reader or without."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those in full."""
        ...

    @property
    def also(self) -> tuple[Paper, ...]:
        """Those listed at the end."""
        ...

    @property
    def missed(self) -> tuple[Paper, ...]:
        """Those listed as missed."""
        ...


def papers_of(digest: Shown) -> tuple[Paper, ...]:
    """All papers that a digest shows, in full or by title."""
    return (*(entry.paper for entry in digest.entries), *digest.missed, *digest.also)
