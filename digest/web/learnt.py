"""What a reader liked, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from digest.likes.store import Given
from digest.model import Paper
from digest.web.context import Site
from digest.web.forms import Fields
from subscribers.model import Subscriber

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the preferences page shows of a reader's likes, the latest first."""

    liked: tuple[Paper, ...] = ()
    disliked: tuple[Paper, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.liked or self.disliked)


def of(here: Site, reader: Subscriber) -> Learnt:
    """The likes and dislikes of a reader."""
    given = here.likes.given(reader.id)[:SHOWN]
    return Learnt(
        liked=tuple(_paper(here, one) for one in given if one.liked),
        disliked=tuple(_paper(here, one) for one in given if not one.liked),
    )


def forget(here: Site, reader: Subscriber, fields: Fields) -> str:
    """Takes a like or dislike back."""
    here.likes.take_back(reader.id, fields.text("paper", 500))
    return "Taken back."


def exported(here: Site, reader: Subscriber) -> list[dict[str, Any]]:
    """All likes and dislikes, for the reader's export."""
    return [
        {"paper": one.paper, "title": _paper(here, one).title, "liked": one.liked, "at": one.at}
        for one in here.likes.given(reader.id)
    ]


def _paper(here: Site, given: Given) -> Paper:
    """The paper, or what is known of it once the archive has none of its key any more."""
    return here.app.archive.paper(given.paper) or Paper(
        key=given.paper, title=given.title or given.paper
    )
