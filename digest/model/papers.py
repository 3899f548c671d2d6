"""Papers, the days on which sources list them, and the editions made of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class LinkKind(StrEnum):
    """What a paper's link leads to."""

    PAGE = "page"  # where the paper is read about: the arXiv abstract page, a post
    PDF = "pdf"
    CODE = "code"
    PROJECT = "project"
    DISCUSSION = "discussion"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a paper."""

    kind: LinkKind
    url: str


@dataclass(frozen=True, slots=True)
class Trend:
    """How the votes of a paper grew up to the moment at which it was chosen.

    Attributes:
        gained: votes, above 0.
        hours: in how many hours, at least 1.
    """

    gained: int
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper as its sources tell of it. Text is plain Unicode: no markup, no LaTeX.

    Attributes:
        key: `arxiv:2608.16590` (without version), else `url:<canonical address>`, else
            `title:<hash of the normalised title and the date>`.
        abstract: the authors' text, whole.
        summary: a short text of two to four sentences where a source has one.
        authors: names in order; may be empty where only their number is known.
        author_count: how many authors there are, at least `len(authors)`.
        published: when the paper came out (not when it was listed).
        upvotes: None where the source has no votes.
        comments: None where the source has no comments.
        keywords: phrases that a source gave.
        categories: arXiv categories, the primary one first.
        links: where to read on, one of a kind and address.
        stars: of the code repository.
        sources: names of the sources that listed it.
        version: of the arXiv text, None where unknown.
        trend: how its votes grow, where the archive has seen them grow; no source gives it.
    """

    key: str
    title: str
    abstract: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    author_count: int = 0
    organization: str = ""
    published: date | None = None
    upvotes: int | None = None
    comments: int | None = None
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    stars: int | None = None
    sources: tuple[str, ...] = ()
    version: int | None = None
    trend: Trend | None = None

    @property
    def arxiv_id(self) -> str | None:
        """The arXiv id without version, where the paper has one."""
        return self.key.removeprefix("arxiv:") if self.key.startswith("arxiv:") else None

    def link(self, kind: LinkKind) -> str | None:
        """The first link of this kind."""
        return next((link.url for link in self.links if link.kind is kind), None)


class DayState(StrEnum):
    """What a source says of one of its days."""

    OPEN = "open"
    CLOSED = "closed"
    EMPTY = "empty"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """One answer of a source: the papers of a day, under the source's own date.

    Attributes:
        source: the source's name in the settings.
        date: the source's own date of these papers.
        state: open (may grow), closed, empty (`reason` says why), stale (it repeats
            an earlier day).
        reason: why there is nothing, in words; "" where there is something.
        revisions: new versions of papers that came out earlier; one that the archive knows
            comes back, the others are no papers of this day.
        fetched_at: when the answer came, in UTC.
    """

    source: str
    date: date
    papers: tuple[Paper, ...]
    state: DayState
    revisions: tuple[Paper, ...] = ()
    reason: str = ""
    fetched_at: datetime


class EditionState(StrEnum):
    """How complete an edition is."""

    FILLING = "filling"
    SETTLED = "settled"
    EMPTY = "empty"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The papers of one source and day; or, combined, of all sources that share the date.

    Attributes:
        date: the source's own date.
        papers: in the source's order; each paper is in one edition only.
        state: filling may grow; settled is frozen; the others say why there is nothing.
        reason: of an empty, stale or failed state, in words a reader understands.
        source: its name, or several joined by "+" in a combined edition.
        returns: keys of papers that were in an earlier edition, with what brought them back.
    """

    date: date
    papers: tuple[Paper, ...]
    state: EditionState
    reason: str = ""
    source: str = ""
    returns: tuple[tuple[str, str], ...] = ()
