"""What a reader liked and disliked; `digest.likes.store` keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import Paper

#: From so many likes on they take part in the ranking.
ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Likes:
    """One reader's likes and dislikes, each the latest first."""

    liked: tuple[Paper, ...] = ()
    disliked: tuple[Paper, ...] = ()

    @property
    def suffice(self) -> bool:
        """Whether there are enough to learn from."""
        return len(self.liked) >= ENOUGH
