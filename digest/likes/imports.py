"""Likes from elsewhere: BibTeX, an export of Zotero, or a list of arXiv ids and addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from digest.identity import arxiv_id, canonical_url
from digest.likes import bibtex, rdf, zotero
from digest.likes.references import Library, Problem, arxiv_ids, library, reference
from digest.model import Paper

Reader = Callable[[str], Iterator[Paper | Problem]]

_BY_ENDING: dict[str, Reader] = {
    ".bib": bibtex.read,
    ".bibtex": bibtex.read,
    ".csv": zotero.read_csv,
    ".json": zotero.read_csl,
    ".rdf": rdf.read,
    ".ris": zotero.read_ris,
}
_BIBTEX = re.compile(r"^[ \t]*@\s*\w+\s*[{(]", re.MULTILINE)
_RIS = re.compile(r"^TY  ?- ", re.MULTILINE)
_XML = re.compile(r"\s*<(?:\?xml|rdf:RDF|!DOCTYPE|html)", re.IGNORECASE)


def read(text: str, name: str = "") -> Library:
    """The papers that a file names.

    Args:
        text: of the file.
        name: its name: the ending says what it is, else its text does.

    Raises:
        TransferError: it cannot be read as a whole; says where.
    """
    text = text.removeprefix("\ufeff")
    return library(_reader(text, name)(text))


def _reader(text: str, name: str) -> Reader:
    ending = re.search(r"\.\w+$", name.lower())
    if ending and ending[0] in _BY_ENDING:
        return _BY_ENDING[ending[0]]
    if _XML.match(text):
        return rdf.read
    if text.lstrip()[:1] in ("[", "{"):
        return zotero.read_csl
    if _BIBTEX.search(text):
        return bibtex.read
    if _RIS.search(text):
        return zotero.read_ris
    return zotero.read_csv if text.startswith('"Key"') else _listed


def _listed(text: str) -> Iterator[Paper | Problem]:
    """One paper a line, by an id or an address; what follows a # is a remark."""
    for number, line in enumerate(text.splitlines(), 1):
        written = re.sub(r"(^|\s)#.*", "", line).strip()
        if written:
            yield from _named(written, f"line {number}")


def _named(written: str, place: str) -> Iterator[Paper | Problem]:
    whole = arxiv_id(written)
    ids = [whole[0]] if whole else arxiv_ids(written)
    if not (ids or canonical_url(written)):
        yield Problem(place, f"{written[:80]!r} is no arXiv id or address")
        return
    for known in ids or [""]:
        yield reference(place, title="", abstract="", doi="", url=written, ids=[known])
