"""BibTeX and BibLaTeX, as Zotero, JabRef, Google Scholar and arXiv write them.

bibtexparser reads on after an entry that is broken and says where that one stands.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import Block, Entry, ParsingFailedBlock

from digest.likes.references import Problem, reference
from digest.model import Paper
from digest.text import clean, clean_latex

#: Where an arXiv id stands: BibLaTeX, Zotero, dblp and Google Scholar each have their own.
_IDS = ("eprint", "arxivid", "number", "note", "journal", "journaltitle", "volume", "howpublished")

# It logs what it also returns; what is wrong is told by our own words.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


def read(text: str) -> Iterator[Paper | Problem]:
    """The entries of a file, and what cannot be read, in their order."""
    blocks = parse_string(text).blocks
    for block in sorted(blocks, key=lambda block: block.start_line or 0):
        entry = _entry(block)
        if entry is not None:
            yield _paper(entry, _place(block))
        elif isinstance(block, ParsingFailedBlock):
            yield Problem(_place(block), _fault(block))


def _entry(block: Block) -> Entry | None:
    """An entry whose key, or one of whose fields, stands there twice is an entry all the same."""
    if isinstance(block, ParsingFailedBlock):
        block = block.ignore_error_block or block
    return block if isinstance(block, Entry) else None


def _paper(entry: Entry, place: str) -> Paper | Problem:
    fields = {field.key.lower(): str(field.value) for field in entry.fields}
    return reference(
        place,
        title=_text(fields.get("title", "")),
        abstract=_text(fields.get("abstract", "")),
        doi=_plain(fields.get("doi", "")),
        url=_plain(fields.get("url", "")),
        ids=[_plain(fields[name]) for name in _IDS if name in fields],
    )


def _text(latex: str) -> str:
    """What it reads as, without the braces that protect capitals."""
    return clean(clean_latex(latex).replace("{", "").replace("}", ""))


def _plain(text: str) -> str:
    """Without the braces and the escapes that protect an address."""
    return clean(text.replace("{", "").replace("}", "").replace("\\", ""))


def _place(block: Block) -> str:
    return f"line {(block.start_line or 0) + 1}"


def _fault(block: ParsingFailedBlock) -> str:
    reason = getattr(block.error, "abort_reason", None) or block.error
    return f"it is no whole BibTeX entry: {clean(str(reason))[:200]}"
