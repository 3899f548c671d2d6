"""`digest subscriber feedback`, `likes` and `import-likes`: what a reader liked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import note, print_json, say, show, warn
from subscribers.errors import TransferError

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.likes.references import Library
    from digest.likes.taken import Taken
    from digest.model import Paper

Address = Annotated[str, typer.Argument(metavar="EMAIL")]
PROBLEMS_SHOWN = 20


class Opinion(StrEnum):
    """What a reader says of a paper."""

    LIKE = "like"
    DISLIKE = "dislike"


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command()(feedback)
    app.command()(likes)
    app.command("import-likes")(import_likes)


def feedback(
    ctx: typer.Context,
    email: Address,
    paper: Annotated[
        str, typer.Argument(metavar="PAPER", help="An arXiv id, a DOI, an address or a key.")
    ],
    opinion: Opinion,
    how: FormatOption = Format.TABLE,
) -> None:
    """Records that a reader likes or dislikes a paper; from three likes on they count.

    Example: digest subscriber feedback reader@example.org 2608.19880 like
    """
    from digest.likes.references import key_of

    key = key_of(paper)
    with acting(ctx, "subscriber feedback", email) as (app, _):
        subscriber = app.subscribers.get(email)
        known = app.archive.paper(key)
        if known is None:
            raise typer.BadParameter(
                f"{paper!r} is not in the archive; `digest subscriber import-likes` takes any paper"
            )
        app.likes.give(subscriber.id, known.key, liked=opinion is Opinion.LIKE, at=app.now())
    done = f"{email} {opinion}s: {known.title}"
    tell(how, done, email=email, opinion=opinion, paper=known.key, title=known.title)


def likes(ctx: typer.Context, email: Address, how: FormatOption = Format.TABLE) -> None:
    """What a reader liked and disliked, the latest first."""
    from digest.model import Paper

    with opened(ctx) as app:
        given = app.likes.given(app.subscribers.get(email).id)
        known = app.archive.find([Paper(key=one.paper, title=one.title) for one in given])
    rows = [
        {
            "paper": one.paper,
            "title": known[one.paper].title if one.paper in known else one.title,
            "opinion": Opinion.LIKE if one.liked else Opinion.DISLIKE,
            "at": one.at,
        }
        for one in given
    ]
    show(rows, how, empty=f"{email} has liked nothing yet.")


def import_likes(
    ctx: typer.Context,
    email: Address,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Ask arXiv for titles and abstracts that are missing.")
    ] = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Takes the papers of a BibTeX file, a Zotero export or a list of arXiv ids as likes.

    Zotero's exports are RDF, BibTeX, BibLaTeX, CSV, CSL JSON and RIS. A paper that the archive does
    not hold is kept with the title and the abstract that the file gives. An entry that cannot be
    read is named and left out, the others are taken, and the command ends with 1.

    Example: digest subscriber import-likes reader@example.org library.bib --fetch
    """
    library = _read(file)
    with acting(ctx, "subscriber import-likes", email, file.name) as (app, _):
        taken = _take(app, email, library, fetch=fetch)
    if how is Format.JSON:
        print_json({"problems": list(map(str, library.problems)), **taken.counts})
    else:
        _tell(email, file, library, taken, fetched=fetch)
    if library.problems:
        raise typer.Exit(1)


def _read(file: Path) -> Library:
    from digest.likes.imports import read

    try:
        library = read(file.read_text(encoding="utf-8"), file.name)
    except UnicodeDecodeError as error:
        where = f"{file}, byte {error.start}"
        raise TransferError(place=where, reason="it is no UTF-8 text") from None
    except TransferError as error:
        place = f"{file}, {error.facts['place']}"
        raise TransferError(place=place, reason=error.facts["reason"]) from None
    if not (library.papers or library.problems):
        raise TransferError(place=file, reason="it names no paper")
    return library


def _take(app: App, email: str, library: Library, *, fetch: bool) -> Taken:
    from digest.likes.taken import take

    subscriber = app.subscribers.get(email)
    known = app.archive.find(library.papers)
    papers = library.papers
    if fetch:
        papers = _completed(app, [p for p in papers if p.key not in known], papers)
    return take(app.likes, subscriber.id, papers, known, app.now())


def _completed(app: App, missing: list[Paper], papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
    """The papers, with what arXiv says of those of which the file says too little."""
    ids = [p.arxiv_id for p in missing if p.arxiv_id and not (p.title and p.abstract)]
    if not ids:
        return papers
    note(f"Asking arXiv for {len(ids)} papers; it allows a request every three seconds.")
    told = asyncio.run(app.look_up(ids))
    return tuple(
        replace(paper, title=found.title, abstract=found.abstract)
        if (found := told.get(paper.arxiv_id or ""))
        else paper
        for paper in papers
    )


def _tell(email: str, file: Path, library: Library, taken: Taken, *, fetched: bool) -> None:
    counts = taken.counts
    already = f", and {counts['already']} as before" if counts["already"] else ""
    say(f"{email} likes {_papers(counts['new'], 'more ')}{already}.")
    if counts["kept"]:
        note(f"Not in the archive: {_papers(counts['kept'])}, kept as the file has them.")
    if counts["untitled"]:
        why = "arXiv does not know them" if fetched else "--fetch asks arXiv"
        warn(f"Without a title, so that nothing is learnt: {_papers(counts['untitled'])}; {why}.")
    for problem in library.problems[:PROBLEMS_SHOWN]:
        warn(f"{file}, {problem}")
    if len(library.problems) > PROBLEMS_SHOWN:
        warn(f"{len(library.problems) - PROBLEMS_SHOWN} more entries cannot be read.")


def _papers(count: int, more: str = "") -> str:
    return f"{count} {more}{'paper' if count == 1 else 'papers'}"
