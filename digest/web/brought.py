"""Papers that a reader likes from elsewhere, pasted or sent as a file on the preferences page."""

from __future__ import annotations

from digest.likes.imports import read
from digest.likes.references import Library
from digest.likes.taken import Taken, take
from digest.web.context import Site
from digest.web.errors import TooMany
from digest.web.forms import LARGEST_WITH_FILE, Fields, Upload
from digest.web.limits import LIBRARIES, counted
from digest.web.topics import Said
from subscribers.errors import TransferError
from subscribers.model import Subscriber

MOST_LIKES = 2000  # of one reader: each is read for each of their digests
PROBLEMS_SHOWN = 5


def bring(here: Site, reader: Subscriber, fields: Fields) -> Said:
    """Takes the papers of a file, or of a text, as likes.

    Raises:
        TooMany: this reader did so too often today.
    """
    pasted, file = fields.text("library", LARGEST_WITH_FILE), fields.file("file")
    if not (pasted or file):
        return Said(wrong="There is nothing to read: paste a list, or choose a file.")
    if pasted and file:
        return Said(wrong="Paste a list or choose a file, one at a time.", library=pasted)
    _count(here, reader)
    try:
        library = _read(file) if file else read(pasted)
    except TransferError as error:
        return Said(wrong=f"Nothing was taken: {error}", library=pasted)
    listed = _listed(library)
    if not library.papers:
        return Said(wrong="It names no paper that could be taken.", listed=listed, library=pasted)
    if len(here.likes.given(reader.id)) + len(library.papers) > MOST_LIKES:
        full = f"Nothing was taken: there can be {MOST_LIKES} papers at most."
        return Said(wrong=full, library=pasted)
    known = here.app.archive.find(library.papers)
    taken = take(here.likes, reader.id, library.papers, known, here.app.now())
    return Said(_told(taken), listed=listed)


def _count(here: Site, reader: Subscriber) -> None:
    full = here.limits.exceeded(counted(LIBRARIES, f"library {reader.id}"), here.app.now())
    if full is not None:
        raise TooMany(when=f"after {full:%H:%M} UTC")


def _read(file: Upload) -> Library:
    try:
        return read(file.content.decode("utf-8"), file.name)
    except UnicodeDecodeError as error:
        place = f"{file.name}, byte {error.start}"
        raise TransferError(place=place, reason="it is no UTF-8 text") from None


def _told(taken: Taken) -> str:
    said = [f"You like {_papers(taken.new, 'more ')}."]
    if taken.already:
        said.append(f"{_papers(taken.already)} you liked before.")
    if taken.untitled:
        said.append(
            f"Of {_papers(taken.untitled)} nothing but a number or an address is known: "
            "nothing is learnt from it until an edition lists it."
        )
    return " ".join(said)


def _listed(library: Library) -> tuple[str, ...]:
    """What could not be read, each with its place; the first few."""
    shown = tuple(_capital(str(problem)) for problem in library.problems[:PROBLEMS_SHOWN])
    more = len(library.problems) - len(shown)
    return (*shown, f"And {more} more that could not be read.") if more else shown


def _papers(count: int, more: str = "") -> str:
    return f"{count} {more}{'paper' if count == 1 else 'papers'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
