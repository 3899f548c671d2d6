"""Rows of the archive's tables as values, and back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from digest.archive.records import dumps, from_record, to_record
from digest.archive.values import SourceRow
from digest.editions import Standing
from digest.identity import title_hash
from digest.model import Edition, EditionState, Paper


def paper_of(row: Row[Any]) -> Paper:
    """The paper of a row of `papers`."""
    own = {"key": row.key, "title": row.title, "abstract": row.abstract}
    return from_record({**json.loads(row.details), **own})


def paper_values(paper: Paper) -> dict[str, Any]:
    """A paper as columns of `papers`."""
    record = to_record(paper)
    own = {"key": record.pop("key"), "title": record.pop("title")}
    abstract = record.pop("abstract", "")
    return {
        **own,
        "abstract": abstract,
        "details": dumps(record),
        "title_hash": title_hash(paper.title),
    }


def standing_of(row: Row[Any]) -> Standing:
    """The standing of a row of `editions`."""
    return Standing(
        state=EditionState(row.state),
        reason=row.reason,
        papers=row.papers,
        listed=row.listed,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        settled_at=row.settled_at,
        fetched_at=row.fetched_at,
        problem=row.problem,
        problem_since=row.problem_since,
    )


def standing_values(standing: Standing) -> dict[str, Any]:
    """A standing as columns of `editions`."""
    return {
        "state": standing.state.value,
        "reason": standing.reason,
        "papers": standing.papers,
        "listed": standing.listed,
        "opened_at": standing.opened_at,
        "changed_at": standing.changed_at,
        "settled_at": standing.settled_at,
        "fetched_at": standing.fetched_at,
        "problem": standing.problem,
        "problem_since": standing.problem_since,
    }


def source_row(row: Row[Any]) -> SourceRow:
    """A row of `editions` with its source and date."""
    return SourceRow(source=row.source, date=row.date, standing=standing_of(row))


def edition_of(
    row: Row[Any], papers: tuple[Paper, ...], returns: tuple[tuple[str, str], ...]
) -> Edition:
    """An edition of its row, its papers and those that came back."""
    return Edition(
        date=row.date,
        papers=papers,
        state=EditionState(row.state),
        reason=row.reason,
        source=row.source,
        returns=returns,
    )
