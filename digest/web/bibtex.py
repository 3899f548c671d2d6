"""Papers as BibTeX, for any list of them.

Entries are `@misc` with `eprint`, as arXiv itself gives them; text stays Unicode, which BibTeX
of today and biber read, and what LaTeX would take for markup is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from digest.model import LinkKind, Paper

MEDIA_TYPE = "application/x-bibtex"
_ESCAPED = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_SMALL = frozenset({"a", "an", "the", "on", "of", "for", "in", "to", "and", "with", "is", "are"})


def bibtex(papers: Iterable[Paper]) -> str:
    """All entries, each under a key of its own."""
    used: dict[str, int] = {}
    entries = []
    for paper in papers:
        key = citation_key(paper)
        used[key] = used.get(key, 0) + 1
        suffix = _letters(used[key] - 1)
        entries.append(_entry(paper, key + suffix))
    return "\n".join(entries)


def citation_key(paper: Paper) -> str:
    """The first author's family name, the year, and the title's first word that says something."""
    names = paper.authors[0].split() if paper.authors else []
    family = _plain(names[-1]) if names else ""
    year = str(paper.published.year) if paper.published else ""
    words = (_plain(word) for word in paper.title.split())
    word = next((word for word in words if word and word not in _SMALL), "")
    return (family + year + word) or "paper"


def _entry(paper: Paper, key: str) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(paper) if value)
    return f"@misc{{{key},\n{fields}}}\n"


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    # The inner braces keep the title's capitals, which styles would otherwise lower.
    yield "title", f"{{{_text(paper.title)}}}"
    authors = [_text(name) for name in paper.authors]
    if authors and paper.author_count > len(authors):
        authors.append("others")
    yield "author", " and ".join(authors)
    if paper.published:
        yield "year", str(paper.published.year)
        yield "month", str(paper.published.month)
    if paper.arxiv_id:
        yield "eprint", paper.arxiv_id
        yield "archiveprefix", "arXiv"
        yield "primaryclass", paper.categories[0] if paper.categories else ""
    url = paper.link(LinkKind.PAGE) or ""
    yield "url", url if re.fullmatch(r"https?://[^\s{}\\]+", url) else ""


def _text(text: str) -> str:
    return " ".join(text.split()).translate(_ESCAPED)


def _plain(text: str) -> str:
    """Letters and digits of ASCII, in lower case."""
    parted = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parted if c.isascii() and c.isalnum()).lower()


def _letters(number: int) -> str:
    """Nothing, then b, c, … z, and numbers after that."""
    if number == 0:
        return ""
    return chr(ord("a") + number) if number < 26 else f"x{number}"
