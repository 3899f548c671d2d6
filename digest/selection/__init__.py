"""Which papers of an edition a reader gets, in which order and why. Pure: values in and out."""

from __future__ import annotations

from datetime import date

from digest.embedding import Embedder
from digest.likes import Likes
from digest.model import Edition
from digest.selection.background import Background
from digest.selection.selector import Selector
from digest.selection.verdict import Verdict, Why
from subscribers.model import Subscriber

__all__ = ["Background", "Embedder", "Selector", "Verdict", "Why", "explain"]


def explain(
    edition: Edition,
    subscriber: Subscriber,
    *,
    today: date | None = None,
    likes: Likes | None = None,
    had: frozenset[str] = frozenset(),
    background: Background | None = None,
    embedder: Embedder | None = None,
) -> tuple[Verdict, ...]:
    """Paper by paper: what one reader gets of an edition or not, and by which rule."""
    texts = [topic.text for topic in subscriber.topics]
    selector = Selector(edition, texts, background=background, embedder=embedder)
    return selector.explain(subscriber, today=today, likes=likes, had=had)
