"""What a reader liked and disliked; `digest.likes.store` keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import Paper

#: From so many likes on they take part in the ranking.
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Likes:
    """One reader's likes and dislikes, each the latest first.

    Attributes:
        without: stems of words that the reader took out of what was learnt: they count no more.
    """

    liked: tuple[Paper, ...] = ()
    disliked: tuple[Paper, ...] = ()
    without: frozenset[str] = frozenset()

    @property
    def suffice(self) -> bool:
        """Whether there are enough to learn from."""
        return len(self.liked) >= ENOUGH
