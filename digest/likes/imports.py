"""Likes from elsewhere: BibTeX, a Zotero export, or a list of arXiv ids.

All are text in which arXiv ids stand: BibTeX in `eprint` or an address, Zotero's CSV, RIS and
RDF in addresses and the field `Archive ID`, a list as one id a line.
"""

from __future__ import annotations

import re

# Identifiers since April 2007 (https://arxiv.org/help/arxiv_identifier), and those before.
_NEW = re.compile(r"(?<![\d.])(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?(?![\d.]*\d)")
_OLD = re.compile(r"\b([a-z]+(?:-[a-z]+)?)(?:\.[A-Z]{2})?/(\d{7})(?:v\d+)?\b")
_DOI = re.compile(r"10\.(?!48550/)\d{4,9}/\S+", re.IGNORECASE)


def paper_keys(text: str) -> list[str]:
    """The keys of the papers that a text names, in its order, each once.

    DOIs other than arXiv's own are passed over: their numbers can look like ids.
    """
    rest = _DOI.sub(" ", text)
    found = [(match.start(), match[1]) for match in _NEW.finditer(rest)]
    found += [(match.start(), f"{match[1]}/{match[2]}") for match in _OLD.finditer(rest)]
    return list(dict.fromkeys(f"arxiv:{known}" for _, known in sorted(found)))
