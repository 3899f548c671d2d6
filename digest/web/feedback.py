"""More like this, less like this: the link opens a page, and its button says it."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from fastapi import APIRouter, Response

from digest.links import read_feedback
from digest.model import Paper
from digest.web.context import Here, Site
from digest.web.forms import Fields, Posted
from subscribers.errors import InvalidToken
from subscribers.tokens import Purpose

router = APIRouter()


class Wish(StrEnum):
    """What a reader says of a paper."""

    MORE = "more"
    LESS = "less"


@router.api_route("/f/{token}/{wish}", methods=["GET", "HEAD"])
def ask(here: Here, token: str, wish: Wish) -> Response:
    """The page with the button; changes nothing."""
    return _page(here, token, wish, "ask")


@router.post("/f/{token}/{wish}")
async def act(here: Here, token: str, wish: Wish, fields: Posted) -> Response:
    """Keeps what the reader says, or takes it back."""
    return await asyncio.to_thread(_act, here, token, wish, fields)


def _act(here: Site, token: str, wish: Wish, fields: Fields) -> Response:
    number, paper = _opened(here, token)
    here.check_form(fields, f"feedback {wish}", token)
    if fields.has("undo"):
        here.likes.take_back(number, paper.key)
        return _page(here, token, wish, "undone")
    here.likes.give(number, paper.key, liked=wish is Wish.MORE, at=here.app.now())
    return _page(here, token, wish, "done")


def _opened(here: Site, token: str) -> tuple[int, Paper]:
    """Whose link it is, and the paper that it is about.

    Raises:
        InvalidToken: it is not ours, or its reader or paper is gone.
    """
    number, key = read_feedback(here.app.ring, token)
    here.reader(number)
    paper = here.app.archive.paper(key)
    if paper is None:
        raise InvalidToken
    return number, paper


def _page(here: Site, token: str, wish: Wish, name: str) -> Response:
    number, paper = _opened(here, token)
    values = {
        "form": here.form_token(f"feedback {wish}", token),
        "paper": paper,
        "wish": wish,
        "preferences": here.path("p", Purpose.PREFERENCES, number),
    }
    return here.page(f"feedback/{name}.html.j2", values)
