"""Zotero RDF, which Zotero's window for an export offers first."""

from __future__ import annotations

from collections.abc import Iterator

from digest.likes.references import Problem, reference
from digest.model import Paper
from digest.text import clean, clean_html
from digest.text.xml import Element, EntitiesRefused, ParseError, parse_xml
from subscribers.errors import TransferError

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_ZOTERO = "{http://www.zotero.org/namespaces/export#}"
_PRISM = "{http://prismstandard.org/namespaces/1.2/basic/}"
_NO_PAPERS = frozenset({"", "attachment", "note"})
#: Where an arXiv id stands: an item's identifiers, its number, its extra.
_IDS = (f"{_DC}identifier", f"{_PRISM}number", f"{_DC}description")


def read(text: str) -> Iterator[Paper | Problem]:
    """The items of a library; notes, attachments and collections are passed over.

    Raises:
        TransferError: it is no Zotero RDF.
    """
    root = _root(text)
    if root.tag != f"{_RDF}RDF":
        reason = "of XML, Zotero RDF alone is read; Zotero also exports BibTeX, CSV and RIS"
        raise TransferError(place="line 1", reason=reason)
    kinds = ((item, item.findtext(f"{_ZOTERO}itemType") or "") for item in root)
    items = (item for item, kind in kinds if kind not in _NO_PAPERS)
    for number, item in enumerate(items, 1):
        yield _paper(item, f"item {number}")


def _root(text: str) -> Element:
    try:
        return parse_xml(text)
    except EntitiesRefused:
        reason = "it declares entities, which are refused"
        raise TransferError(place="the document type", reason=reason) from None
    except ParseError as error:
        place = f"line {error.position[0]}"
        raise TransferError(place=place, reason=f"it is no whole XML: {error}") from None
    except (ValueError, LookupError):
        reason = "its encoding is not known"
        raise TransferError(place="line 1", reason=reason) from None


def _paper(item: Element, place: str) -> Paper | Problem:
    ids = [clean(one.text or "") for name in _IDS for one in item.iter(name)]
    dois = [one.removeprefix("DOI ") for one in ids if one.startswith("DOI ")]
    return reference(
        place,
        title=clean_html(item.findtext(f"{_DC}title") or ""),
        abstract=clean_html(item.findtext(f"{_TERMS}abstract") or ""),
        doi=next(iter(dois), ""),
        url=clean(item.findtext(f"{_DC}identifier/{_TERMS}URI/{_RDF}value") or ""),
        ids=ids,
    )
