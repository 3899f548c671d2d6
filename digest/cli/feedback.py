"""`digest subscriber feedback` and `import-likes`: what a reader liked, for the ranking."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.context import opened
from digest.cli.output import note, say

Address = Annotated[str, typer.Argument(metavar="EMAIL")]


class Opinion(StrEnum):
    """What a reader says of a paper."""

    LIKE = "like"
    DISLIKE = "dislike"


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command()(feedback)
    app.command("import-likes")(import_likes)


def feedback(
    ctx: typer.Context,
    email: Address,
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="An arXiv id or a paper's key.")],
    opinion: Opinion,
) -> None:
    """Records that a reader likes or dislikes a paper; from three likes on they count.

    Example: digest subscriber feedback reader@example.org 2608.19880 like
    """
    from digest.likes.imports import paper_keys
    from digest.likes.store import LikeStore

    key = next(iter(paper_keys(paper)), paper)
    with opened(ctx) as opened_app:
        subscriber = opened_app.subscribers.get(email)
        known = opened_app.archive.paper(key)
        if known is None:
            raise typer.BadParameter(f"{paper!r} is not in the archive")
        liked = opinion is Opinion.LIKE
        LikeStore(opened_app.engine).give(
            subscriber.id, known.key, liked=liked, at=opened_app.now()
        )
    say(f"{email} {opinion}s: {known.title}")


def import_likes(
    ctx: typer.Context,
    email: Address,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
) -> None:
    """Takes the papers of a BibTeX file, a Zotero export or a list of arXiv ids as likes.

    Papers that the archive does not hold are kept as likes and count once it does.

    Example: digest subscriber import-likes reader@example.org library.bib
    """
    from digest.likes.imports import paper_keys
    from digest.likes.store import LikeStore

    keys = paper_keys(file.read_text(encoding="utf-8", errors="replace"))
    if not keys:
        raise typer.BadParameter(f"{file} names no arXiv paper")
    with opened(ctx) as opened_app:
        subscriber, store = opened_app.subscribers.get(email), LikeStore(opened_app.engine)
        for key in keys:
            store.give(subscriber.id, key, liked=True, at=opened_app.now())
        missing = sum(opened_app.archive.paper(key) is None for key in keys)
    say(f"{email} likes {len(keys)} more papers.")
    if missing:
        note(f"{missing} of them are not in the archive: they count once it holds them.")
