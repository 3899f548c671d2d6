"""`digest topic`: what a topic means and would have selected, and the topics of a subscriber."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.asking import YesOption, made_exact
from digest.cli.context import Format, FormatOption, has_database, opened, settings_of
from digest.cli.output import note, print_json, say, show, warn
from subscribers.errors import PaperDigestError
from subscribers.model import Subscriber, Topic
from subscribers.topics import in_words, parse, to_text

if TYPE_CHECKING:  # numpy and the archive are imported when a command needs them
    from digest.model import Edition, Paper
    from digest.selection.backtest import Scored
    from digest.words import Words

app = typer.Typer(help="What a topic selects, and who asked for it.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="EMAIL")]
Query = Annotated[str, typer.Argument(metavar="QUERY", help="In quotes, as in 'RL -survey'.")]

LOOK_BACK = 90  # editions that `check` looks at
EARLIER_DAYS = 200  # what a back-test reads before its first day, to score against
SHOWN = 40  # rows of a table


class Lines(StrEnum):
    """How a back-test prints."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


@app.command()
def check(ctx: typer.Context, query: Query, how: FormatOption = Format.TABLE) -> None:
    """Says what a topic means: its tree, its normal forms, and what may surprise.

    Example: digest topic check 'RL OR "in-context learning" -survey'
    """
    from digest.selection.advice import advice, normal_forms

    tree = parse(query)
    editions = _archived(ctx, LOOK_BACK * 2)[-LOOK_BACK:]
    forms, told = dict(normal_forms(tree)), list(advice(tree, editions))
    if how is Format.JSON:
        print_json({"meaning": in_words(tree), "normal_forms": forms, "advice": told})
        return
    say(in_words(tree))
    for written, form in forms.items():
        say(f"“{written}” is looked for as: {form}")
    if not editions:
        note("No edition is archived yet; `digest pull --days 30` shows what would match.")
    for sentence in told:
        warn(sentence)


@app.command()
def backtest(
    ctx: typer.Context,
    query: Query,
    days: Annotated[int, typer.Option("--days", min=1, help="Of the archive.")] = 30,
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


@app.command("list")
def list_topics(ctx: typer.Context, email: Address, how: FormatOption = Format.TABLE) -> None:
    """The topics of a subscriber."""
    with opened(ctx) as opened_app:
        topics = opened_app.subscribers.get(email).topics
    rows = [
        {"number": number, "topic": topic.text, "use": _use(topic)}
        for number, topic in enumerate(topics, 1)
    ]
    show(rows, how, empty=f"{email} has no topic: the day's ten most voted papers are sent.")


@app.command()
def add(
    ctx: typer.Context,
    email: Address,
    query: Query,
    yes: YesOption = False,
    how: FormatOption = Format.TABLE,
) -> None:
    """Adds a topic to a subscriber's; asks what an acronym means that stands for several things.

    Example: digest topic add reader@example.org 'world model OR world simulator'
    """
    parse(query)
    with opened(ctx) as opened_app:
        opened_app.subscribers.get(email)  # nobody is asked about a topic for nobody
    _add(ctx, email, made_exact(query.strip(), yes=yes), how, excluded=False)


@app.command()
def exclude(
    ctx: typer.Context, email: Address, query: Query, how: FormatOption = Format.TABLE
) -> None:
    """Keeps papers out of all topics of a subscriber: a phrase vetoes by the title.

    Example: digest topic exclude reader@example.org survey
    """
    _add(ctx, email, query, how, excluded=True)


@app.command()
def remove(
    ctx: typer.Context,
    email: Address,
    topic: Annotated[str, typer.Argument(help="Its number in `digest topic list`, or its text.")],
    how: FormatOption = Format.TABLE,
) -> None:
    """Takes a topic from a subscriber's."""
    with acting(ctx, "topic remove", email) as (opened_app, _):
        subscriber = opened_app.subscribers.get(email)
        gone = _named(subscriber, topic)
        rest = tuple(t for t in subscriber.topics if t != gone)
        opened_app.subscribers.edit(replace(subscriber, topics=rest), opened_app.now())
    tell(how, f"{email} no longer has the topic {gone.text}", email=email, topics=rest)


def _add(ctx: typer.Context, email: str, query: str, how: Format, *, excluded: bool) -> None:
    tree = parse(query)
    action = f"topic {'exclude' if excluded else 'add'}"
    with acting(ctx, action, email) as (opened_app, _):
        subscriber = opened_app.subscribers.get(email)
        topic = Topic(text=query.strip(), excluded=excluded)
        if topic in subscriber.topics:
            done = f"{email} has this topic already."
        else:
            subscriber = replace(subscriber, topics=(*subscriber.topics, topic))
            opened_app.subscribers.edit(subscriber, opened_app.now())
            done = f"{email} now {'excludes' if excluded else 'has'}: {to_text(tree)}"
    tell(how, done, email=email, topics=subscriber.topics)


def _named(subscriber: Subscriber, topic: str) -> Topic:
    for number, known in enumerate(subscriber.topics, 1):
        if topic in (str(number), known.text):
            return known
    raise typer.BadParameter(
        f"{subscriber.email} has no topic {topic!r}: `digest topic list {subscriber.email}`"
    )


def _use(topic: Topic) -> str:
    if topic.excluded:
        return "excludes"
    if topic.paused:
        return "paused"
    return f"rests until {topic.muted_until}" if topic.muted_until else "selects"


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
