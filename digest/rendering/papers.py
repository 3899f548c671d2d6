"""A paper as its templates see it: harmless, short, in the reader's language."""

from __future__ import annotations

from enum import IntEnum

from digest.model import LinkKind, Paper
from digest.rendering.clean import clean, clean_url, cut
from digest.rendering.fields import PaperFields
from digest.words import Words

_LONGEST_TITLE = 300
_LONGEST_NAME = 100
_NEARLY_A_DAY = 20  # hours: since yesterday


class Detail(IntEnum):
    """How much of a paper is shown; also its summary's length in characters."""

    TITLE = 0
    SHORT = 140
    FULL = 420


def paper_fields(paper: Paper, language: Words, detail: Detail) -> PaperFields:
    """The fields of a paper, cleaned."""
    title = clean(paper.title, _LONGEST_TITLE) or paper.key[:_LONGEST_NAME]
    links = {kind: clean_url(paper.link(kind) or "") for kind in LinkKind}
    return PaperFields(
        title=title,
        url=_address(links),
        votes=_number(paper.upvotes, language),
        votes_aloud=language("entry.votes", count=paper.upvotes) if paper.upvotes else "",
        trend=_trend(paper, language),
        who=_who(paper, language),
        comments=language("entry.comments", count=paper.comments) if paper.comments else "",
        summary=_summary(paper, detail),
        pdf_url=links[LinkKind.PDF],
        code_url=links[LinkKind.CODE],
        stars=_number(paper.stars, language),
        project_url=links[LinkKind.PROJECT],
        discussion_url=links[LinkKind.DISCUSSION],
        keywords=tuple(clean(word, _LONGEST_NAME) for word in paper.keywords[:8]),
    )


def _address(links: dict[LinkKind, str]) -> str:
    """Where the title leads: the page, else whatever there is to read, else nothing."""
    preferred = (LinkKind.PAGE, LinkKind.DISCUSSION, LinkKind.PDF, LinkKind.PROJECT)
    return next((links[kind] for kind in preferred if links[kind]), "")


def _number(count: int | None, language: Words) -> str:
    """`152`, `1.2k`, "" for none and for zero."""
    return language.number(count) if count and count > 0 else ""


def _trend(paper: Paper, language: Words) -> str:
    """`+30 since yesterday`, `+4 in 5 hours`, `+90 in 4 days`; "" where nothing was seen."""
    if paper.trend is None or not paper.upvotes:
        return ""
    hours, days = paper.trend.hours, round(paper.trend.hours / 24)
    gained = _number(paper.trend.gained, language)
    if hours < _NEARLY_A_DAY:
        return language("entry.trend_hours", gained=gained, count=hours)
    if days == 1:
        return language("entry.trend_day", gained=gained)
    return language("entry.trend_days", gained=gained, count=days)


def _who(paper: Paper, language: Words) -> str:
    """`Xin Ding and 14 others`; an organisation stands before the number of its authors."""
    authors = [name for name in (clean(a, _LONGEST_NAME) for a in paper.authors[:3]) if name]
    count = max(paper.author_count, len(paper.authors))
    organization = clean(paper.organization, _LONGEST_NAME)
    if organization:
        counted = language("entry.authors", count=count) if count else ""
        return " · ".join(part for part in (organization, counted) if part)
    if not authors:
        return language("entry.authors", count=count) if count else ""
    if count <= 2 and len(authors) == count:
        return language.list(authors)
    return language("entry.others", author=authors[0], count=count - 1) if count > 1 else authors[0]


def _summary(paper: Paper, detail: Detail) -> str:
    """The short text where there is one, else the abstract, cut at a sentence."""
    text = clean(paper.summary) or clean(paper.abstract)
    return cut(text, detail) if detail else ""
