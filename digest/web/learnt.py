"""What a reader liked and what was learnt from it, and taking either back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from digest.likes import ENOUGH, Likes
from digest.likes.store import Given
from digest.model import Paper
from digest.publish.ranking import likes_of, papers_of
from digest.selection.learnt import LearntWord, heaviest
from digest.web.context import Site
from digest.web.errors import FormInvalid
from digest.web.forms import Fields
from subscribers.model import Subscriber
from subscribers.topics import words

SHOWN = 100
MOST_OUT = 200


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the preferences page shows of a reader's likes, the latest first.

    Attributes:
        liked: papers to get more like.
        disliked: papers to get less like.
        words: that count most, for a paper and then against it.
        out: the stems of words that the reader took out.
        missing: so many likes more until they count.
    """

    liked: tuple[Paper, ...] = ()
    disliked: tuple[Paper, ...] = ()
    words: tuple[LearntWord, ...] = ()
    out: tuple[str, ...] = ()
    missing: int = 0

    def __bool__(self) -> bool:
        return bool(self.liked or self.disliked or self.out)

    @property
    def kinds(self) -> list[tuple[str, str, Sequence[LearntWord]]]:
        """The words for a paper and those against, each with a title and a word for it."""
        speaking_for = [word for word in self.words if word.share > 0]
        against = [word for word in self.words if word.share < 0]
        found = [
            ("These words bring a paper up", "good", speaking_for),
            ("These words bring it down", "bad", against),
        ]
        return [one for one in found if one[2]]


def of(here: Site, reader: Subscriber) -> Learnt:
    """The likes and dislikes of a reader, and what was learnt from them."""
    said = _said(here, here.likes.given(reader.id)[:SHOWN])
    likes = likes_of(here.likes, here.app.archive, reader.id)
    return Learnt(
        liked=tuple(paper for one, paper in said if one.liked),
        disliked=tuple(paper for one, paper in said if not one.liked),
        words=_words(here, likes),
        out=tuple(here.likes.taken_out(reader.id)),
        missing=max(0, ENOUGH - len(likes.liked)),
    )


def _words(here: Site, likes: Likes) -> tuple[LearntWord, ...]:
    return heaviest(here.shelves.taste_space(), likes) if likes.suffice else ()


def forget(here: Site, reader: Subscriber, fields: Fields) -> str:
    """Takes a like or dislike back."""
    here.likes.take_back(reader.id, fields.text("paper", 500))
    return "Taken back."


def take_out(here: Site, reader: Subscriber, fields: Fields) -> str:
    """Takes a word out of what was learnt."""
    stem = fields.text("word")
    # As a word of the page: what a form holds could be anything.
    if not stem or stem != " ".join(word.folded for word in words(stem)):
        raise FormInvalid(reason="there is no such word")
    if len(here.likes.taken_out(reader.id)) >= MOST_OUT:
        return f"Nothing was taken out: there can be {MOST_OUT} words at most."
    here.likes.take_out(reader.id, stem, here.app.now())
    return f"“{stem}” counts no more."


def put_back(here: Site, reader: Subscriber, fields: Fields) -> str:
    """Lets a word count again."""
    stem = fields.text("word")
    here.likes.put_back(reader.id, stem)
    return f"“{stem}” counts again."


def exported(here: Site, reader: Subscriber) -> dict[str, Any]:
    """All likes and dislikes, and the words taken out, for the reader's export."""
    return {
        "likes": [
            {"paper": one.paper, "title": paper.title, "liked": one.liked, "at": one.at}
            for one, paper in _said(here, here.likes.given(reader.id))
        ],
        "words_taken_out": here.likes.taken_out(reader.id),
    }


def _said(here: Site, given: Sequence[Given]) -> list[tuple[Given, Paper]]:
    """Each like or dislike with its paper, under the key by which it was given.

    The key stands in for a title that nobody knows.
    """
    papers = papers_of(here.app.archive, given)
    return [
        (one, replace(paper, key=one.paper, title=paper.title or one.paper))
        for one, paper in zip(given, papers, strict=True)
    ]
