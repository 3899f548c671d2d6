"""`digest status` and `digest why`: what became of everything, and for what reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.context import DayOption, Format, FormatOption, opened, parse_day
from digest.cli.output import counted, print_json, say, show

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.publish.reasons import Explanation
    from subscribers.model import Subscriber

FORTNIGHT = timedelta(days=13)


def register(app: typer.Typer) -> None:
    """Mounts the commands."""
    app.command()(status)
    app.command()(why)


def status(
    ctx: typer.Context,
    email: Annotated[
        str | None, typer.Argument(metavar="[EMAIL]", help="One reader's days.")
    ] = None,
    day: DayOption = None,
    how: FormatOption = Format.TABLE,
) -> None:
    """What is archived, who receives, and what became of runs, editions and digests.

    With --date what became of that day; with EMAIL what became of that reader's days.

    Example: digest status --date 2026-08-20 reader@example.org
    """
    with opened(ctx) as app:
        if email is not None:
            _reader(app, app.subscribers.get(email), day, how)
        elif day is not None:
            _day(app, day, how)
        else:
            _overview(app, how)


def why(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The reader.")],
    day: Annotated[
        str, typer.Argument(metavar="DATE", help="A day of theirs, or an edition's: 2026-08-20.")
    ],
    how: FormatOption = Format.TABLE,
) -> None:
    """Why a reader got what they got on a day, or nothing: paper by paper.

    Example: digest why reader@example.org 2026-08-20
    """
    from digest.naming import faults_of
    from digest.publish.reasons import explain

    with opened(ctx) as app:
        reader, wanted = app.subscribers.get(email), parse_day(day)
        found = explain(app.engine, app.archive, app.outbox, reader, wanted, app.selector)
    if how is Format.JSON:
        print_json(found)
        return
    for line in found.lines:
        say(f"{line.day}  {line.outcome}" + (f": {line.reason}" if line.reason else ""))
    for fault in faults_of(topic.text for topic in reader.topics):
        say(f"Problem     {fault}")
    _papers(found)


def _papers(found: Explanation) -> None:
    if not found.papers:
        say("No edition was chosen from.")
        return
    say(f"\nOf {len(found.papers)} papers of {found.edition}:")
    rows = [{"paper": p.title, "verdict": p.verdict, "because": p.because} for p in found.papers]
    show(rows, Format.TABLE)


def _overview(app: App, how: Format) -> None:
    from digest.publish.health import Limits, judge, read_health

    now = app.now()
    health = read_health(app.engine, app.archive, app.outbox, app.calendars, now)
    runs = app.outcomes.runs(3)
    # Who sends by cron has no schedule that could be late.
    limits = Limits() if runs and runs[0].kind == "run" else Limits(tick=timedelta.max)
    problems = judge(health, now, limits) if runs else []
    facts: dict[str, Any] = {
        "database": app.address,
        "latest_edition": app.archive.latest(),
        "subscribers": {str(k): n for k, n in app.subscribers.counts().items()},
        "deliveries": health.deliveries,
        "due": health.due,
        "problems": problems,
        "runs": runs,
    }
    if how is Format.JSON:
        print_json(facts)
        return
    say(f"Database         {facts['database']}")
    say(f"Latest edition   {facts['latest_edition'] or 'none yet; `digest pull` asks the sources'}")
    say(f"Subscribers      {_listed(facts['subscribers'])}; {health.due} due")
    say(f"Deliveries       {_listed(facts['deliveries'])}")
    for run in runs:
        began = f"{run.started_at:%Y-%m-%d %H:%M} UTC"
        say(f"Run {run.id:<12} {run.kind}, {began}: {run.in_words(now)}")
    for problem in problems:
        say(f"Problem          {problem}")


def _day(app: App, day: date, how: Format) -> None:
    from digest.publish.account import deliveries_of, edition_lines, editions_sent

    editions = edition_lines(app.archive, day)
    sent = deliveries_of(app.engine, day)
    without = app.outcomes.counts(day)
    elsewhere = editions_sent(app.engine, day)
    if how is Format.JSON:
        print_json(
            {
                "date": day,
                "editions": editions,
                "digests": [
                    {"kind": k, "outcome": o, "reason": r, "count": n}
                    for (k, o, r), n in sent.items()
                ],
                "without": [
                    {"outcome": o, "reason": r, "count": n} for (o, r), n in without.items()
                ],
                "edition_on_other_days": [
                    {"date": d, "outcome": o, "count": n} for (d, o), n in elsewhere.items()
                ],
            }
        )
        return
    show(
        [{"source": e.source, "edition": e.state, "papers": e.papers, "settled": e.settled_at,
          "told": e.told} for e in editions],
        Format.TABLE, empty=f"No source has been asked for {day}.",
    )  # fmt: skip
    say("")
    rows = [{"count": counted(n, "digest"), "digest": kind, "outcome": told, "reason": reason}
            for (kind, told, reason), n in sent.items()]  # fmt: skip
    rows += [{"count": counted(n, "reader"), "digest": "–", "outcome": told, "reason": reason}
             for (told, reason), n in without.items()]  # fmt: skip
    show(rows, Format.TABLE, empty=f"No reader was due on {day}.")
    for (other, told), n in elsewhere.items():
        say(f"The edition of {day}: {told} on {other} ({n} {'reader' if n == 1 else 'readers'}).")


def _reader(app: App, reader: Subscriber, day: date | None, how: Format) -> None:
    from digest.naming import faults_of
    from digest.publish.account import reader_lines
    from subscribers.due import local_day

    until = day or local_day(reader.schedule, app.now())
    since = day or until - FORTNIGHT
    lines = reader_lines(app.engine, reader, since, until)
    suppression = app.subscribers.suppression(reader.email)
    problems = faults_of(topic.text for topic in reader.topics)
    if how is Format.JSON:
        print_json({"email": reader.email, "status": reader.status, "schedule": reader.schedule,
                    "suppression": suppression, "problems": problems, "days": lines})  # fmt: skip
        return
    barred = f", suppressed ({suppression.reason})" if suppression else ""
    say(f"{reader.email}: {reader.status}{barred}")
    for fault in problems:
        say(f"Problem     {fault}")
    show(
        [{"day": f"{line.day:%a %Y-%m-%d}", "digest": line.digest or "–", "outcome": line.outcome,
          "reason": line.reason} for line in lines],
        Format.TABLE,
    )  # fmt: skip


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"
