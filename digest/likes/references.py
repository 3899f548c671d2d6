"""Papers as libraries of references name them: by whatever ids, addresses and texts they have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.identity import arxiv_id, canonical_url, paper_key
from digest.model import Link, LinkKind, Paper

LONGEST_KEY = 500  # characters that the store keeps of a key

# Identifiers since April 2007 (https://arxiv.org/help/arxiv_identifier), and those before.
_NEW = re.compile(r"(?<![\d.])(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?(?![\d.]*\d)")
_OLD = re.compile(r"\b([a-z]+(?:-[a-z]+)?)(?:\.[A-Z]{2})?/(\d{7})(?:v\d+)?\b")
_DOI = re.compile(r"10\.(?!48550/)\d{4,9}/\S+", re.IGNORECASE)
_OF_ARXIV = re.compile(r"arxiv|\babs/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry that cannot be taken.

    Attributes:
        place: `line 12`, `entry 3`.
        reason: what is wrong there.
    """

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Library:
    """What a file names.

    Attributes:
        papers: in the file's order, each once; with title and abstract where it gives them.
        problems: the entries that cannot be taken.
    """

    papers: tuple[Paper, ...]
    problems: tuple[Problem, ...] = ()


def library(found: Iterable[Paper | Problem]) -> Library:
    """What the entries of a file came to; of one paper named twice the first is kept."""
    papers: dict[str, Paper] = {}
    problems = []
    for one in found:
        if isinstance(one, Problem):
            problems.append(one)
        else:
            papers.setdefault(one.key, one)
    return Library(tuple(papers.values()), tuple(problems))


def reference(
    place: str, *, title: str, abstract: str, doi: str, url: str, ids: Sequence[str]
) -> Paper | Problem:
    """The paper of one entry.

    Args:
        place: of the entry in its file.
        title: plain text, "" where the entry has none, as all others.
        abstract: plain text.
        doi: as it is written.
        url: as it is written.
        ids: other fields in which an arXiv id may stand.
    """
    known = _arxiv_of((*ids, doi, url))
    address = f"https://arxiv.org/abs/{known}" if known else _address(doi, url)
    if not (title or address):
        return Problem(place, "it has neither a title nor an arXiv id, a DOI or an address")
    return Paper(
        key=paper_key(title, None, arxiv=known, url=address),
        title=title,
        abstract=abstract,
        links=(Link(LinkKind.PAGE, address),) if address else (),
    )


def key_of(text: str) -> str:
    """The key of the paper that a text names by an arXiv id, a DOI or an address; else the text."""
    known = arxiv_id(text) or arxiv_ids(text)
    if known:
        return f"arxiv:{known[0]}"
    address = _address(text, text)
    return f"url:{address}" if address else text


def _arxiv_of(texts: Iterable[str]) -> str:
    """The arXiv id that one of these texts is, or names as one of arXiv's."""
    for text in texts:
        if exact := arxiv_id(text):
            return exact[0]
        if _OF_ARXIV.search(text) and (named := arxiv_ids(text)):
            return named[0]
    return ""


def _address(doi: str, url: str) -> str:
    """The DOI's address where there is one: it outlives others."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", "", doi.strip(), flags=re.IGNORECASE)
    written = f"https://doi.org/{bare}" if bare.startswith("10.") else url
    address = canonical_url(written)
    return address if len(address) < LONGEST_KEY - len("url:") else ""


def arxiv_ids(text: str) -> list[str]:
    """The arXiv ids that a text names, in its order, each once.

    DOIs other than arXiv's own are passed over: their numbers can look like ids.
    """
    rest = _DOI.sub(" ", text)
    found = [(match.start(), match[1]) for match in _NEW.finditer(rest)]
    found += [(match.start(), f"{match[1]}/{match[2]}") for match in _OLD.finditer(rest)]
    return list(dict.fromkeys(known for _, known in sorted(found)))
