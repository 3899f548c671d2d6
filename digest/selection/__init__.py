"""Which papers of an edition a reader gets, in which order and why. Pure: values in and out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from digest.embedding import Embedder
from digest.likes import Likes
from digest.model import Edition
from digest.selection.background import Background
from digest.selection.selector import Selector
from digest.selection.verdict import Verdict, Why
from subscribers.model import Subscriber

__all__ = ["Background", "Embedder", "MakeSelector", "Selector", "Verdict", "Why", "explain"]


class MakeSelector(Protocol):
    """Makes the selector of an edition: `Selector` itself, or with all an installation knows."""

    def __call__(self, edition: Edition, topics: Iterable[str]) -> Selector:
        """Topics over an edition."""


def explain(
    edition: Edition,
    subscriber: Subscriber,
    make: MakeSelector = Selector,
    *,
    today: date | None = None,
    likes: Likes | None = None,
    had: frozenset[str] = frozenset(),
) -> tuple[Verdict, ...]:
    """Paper by paper: what one reader gets of an edition or not, and by which rule.

    Args:
        edition: papers without repetition.
        subscriber: whose topics and wishes count.
        make: makes the selector; an installation's own knows earlier papers and likes.
        today: decides which topics rest; the edition's date where None.
        likes: what the reader liked and disliked, where the selector does not know.
        had: keys of the papers that the reader has had.
    """
    selector = make(edition, sorted({topic.text for topic in subscriber.topics}))
    return selector.explain(subscriber, today=today, likes=likes, had=had)
