"""`digest topic check` and `backtest`: what a topic means, and what it would have selected."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.bounds import MOST_DAYS
from digest.cli.context import Format, FormatOption, has_database, opened, settings_of
from digest.cli.output import note, print_json, say, show, warn
from digest.cli.queries import QueryArgument
from subscribers.errors import PaperDigestError
from subscribers.topics import in_words, parse, questions, to_text

if TYPE_CHECKING:  # numpy and the archive are imported when a command needs them
    from digest.model import Edition, Paper
    from digest.selection.backtest import Scored
    from digest.words import Words

LOOK_BACK = 90  # editions that `check` looks at
EARLIER_DAYS = 200  # what a back-test reads before its first day, to score against
SHOWN = 40  # rows of a table


class Lines(StrEnum):
    """How a back-test prints."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


def check(ctx: typer.Context, query: QueryArgument, how: FormatOption = Format.TABLE) -> None:
    """Says what a topic means: its tree, its normal forms, and what may surprise.

    Example: digest topic check 'RL OR "in-context learning" -survey'
    """
    from digest.selection.advice import counts, normal_forms, warned

    tree = parse(query)
    editions = _archived(ctx, LOOK_BACK * 2)[-LOOK_BACK:]
    found = counts(tree, editions)
    papers = [paper for edition in editions for paper in edition.papers]
    facts = {
        "topic": to_text(tree),
        "meaning": in_words(tree).splitlines(),
        "looked_for": dict(normal_forms(tree)),
        "editions": len(editions),
        "papers": len(papers),
        "matched": sum(found),
        "warnings": warned(tree, found, papers),
        "exact": {q.acronym: [c.topic for c in q.choices[:-1]] for q in questions(query)},
    }
    print_json(facts) if how is Format.JSON else _tell(facts)


def _tell(facts: dict[str, Any]) -> None:
    for line in facts["meaning"]:
        say(line)
    for written, form in facts["looked_for"].items():
        say(f"“{written}” is looked for as: {form}")
    if facts["editions"]:
        a_day = facts["matched"] / facts["editions"]
        say(f"It matched {facts['matched']} of the {facts['papers']} papers in the last "
            f"{facts['editions']} editions: {a_day:.1f} a day.")  # fmt: skip
    else:
        note("No edition is archived yet; `digest pull --days 30` shows what would match.")
    for sentence in facts["warnings"]:
        warn(sentence)
    for topics in facts["exact"].values():
        for topic in topics:
            note(f"  more exact: {topic}")


def backtest(
    ctx: typer.Context,
    query: QueryArgument,
    days: Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="Of the archive.")] = 30,
    papers: Annotated[
        Path | None, typer.Option("--papers", metavar="FILE", help="JSON Lines, not the archive.")
    ] = None,
    how: Annotated[Lines, typer.Option("--format", "-f", help="Of every paper: json, jsonl.")] = (
        Lines.TABLE
    ),
) -> None:
    """Shows which papers a topic would have selected, each edition scored by earlier ones alone.

    With --format json or jsonl every paper is printed, the selected ones marked as matched.

    Example: digest topic backtest 'GUI agent' --days 30
    """
    from digest.embedding import configured
    from digest.selection.backtest import Backtest

    parse(query)
    editions = _from_file(papers) if papers else _archived(ctx, days + EARLIER_DAYS)
    since = date.min if papers else _first_day(editions, days)
    scored = Backtest(editions, configured(settings_of(ctx))).run(query)
    wanted = [
        (edition.date, rows)
        for edition, rows in zip(editions, scored, strict=True)
        if edition.date >= since
    ]
    if how is Lines.TABLE:
        _print_table(wanted)
    else:
        _print_papers(wanted, how)


def _archived(ctx: typer.Context, days: int) -> list[Edition]:
    """The editions of so many last days of the archive; none where there is no archive."""
    if not has_database(settings_of(ctx).database):
        return []
    try:
        with opened(ctx) as opened_app:
            last = opened_app.archive.latest()
            since = last - timedelta(days=days) if last else None
            return _editions(opened_app.archive.listed(since)) if since else []
    except PaperDigestError as error:
        note(f"The archive is left out: {error}")
        return []


def _from_file(path: Path) -> list[Edition]:
    from digest.sources.files import read

    return _editions((day.date, paper) for day in read(path) for paper in day.papers)


def _editions(listed: Iterable[tuple[date, Paper]]) -> list[Edition]:
    from digest.model import Edition, EditionState

    by_day = groupby(sorted(listed, key=lambda pair: pair[0]), key=lambda pair: pair[0])
    return [
        Edition(date=day, papers=tuple(p for _, p in pairs), state=EditionState.SETTLED)
        for day, pairs in by_day
    ]


def _first_day(editions: list[Edition], days: int) -> date:
    return editions[-1].date - timedelta(days=days - 1) if editions else date.min


def _print_papers(scored: Iterable[tuple[date, list[Scored]]], how: Lines) -> None:
    reasons = _reason_words()
    found = (
        {
            "id": row.paper.arxiv_id or row.paper.key,
            "score": round(row.score, 4),
            "matched": row.matched,
            "tier": row.tier or "",
            "reason": reasons(row),
        }
        for _, rows in scored
        for row in rows
    )
    if how is Lines.JSON:
        print_json(list(found))
        return
    for line in found:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _print_table(scored: list[tuple[date, list[Scored]]]) -> None:
    reasons = _reason_words()
    table = [
        {"date": day, "tier": row.tier, "paper": row.paper.title, "because": reasons(row)}
        for day, rows in scored
        for row in sorted(rows, key=lambda row: (not row.matched, -row.score))
        if row.tier
    ]
    show(table[-SHOWN:], Format.TABLE, empty="It would have selected nothing.")
    if len(table) > SHOWN:
        note(f"The last {SHOWN} of {len(table)} are shown; --format jsonl prints all.")
    matched = sum(row.matched for _, rows in scored for row in rows)
    considered = sum(len(rows) for _, rows in scored)
    days = max(len(scored), 1)
    say(f"{matched} of {considered} papers in {len(scored)} editions: {matched / days:.1f} a day.")


def _reason_words() -> _Told:
    from digest import words

    return _Told(words.load("en"))


class _Told:
    """Reasons in words, "" for a paper that was not selected."""

    def __init__(self, english: Words) -> None:
        self._words = english

    def __call__(self, row: Scored) -> str:
        return self._words.reason(row.reason) if row.reason else ""
