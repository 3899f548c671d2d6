"""`digest send`: everything that is due, once."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from digest import loop
from digest.cli.acting import noted
from digest.cli.bounds import MOST_PROCESSES
from digest.cli.context import DayOption, Format, FormatOption, opened
from digest.cli.output import err, note, print_json, progress, retries_told, say, show, warn
from subscribers.errors import PaperDigestError
from subscribers.model import Subscriber

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.delivery import Report
    from digest.publish import Planned, Prepared
    from digest.rehearsal import Foreseen

LEFT_FOR_A_RETRY = 3
WATCH_SECONDS = 0.5
LONGEST_WAIT = timedelta(days=30)


def register(app: typer.Typer) -> None:
    """Mounts the command."""
    app.command()(send)


def parse_wait(text: str) -> timedelta:
    """A span as people write it: `90s`, `20m`, `2h`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is not a span of time: write 90s, 20m or 2h")
    seconds = float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]
    if seconds > LONGEST_WAIT.total_seconds():
        raise typer.BadParameter(f"{text!r} is longer than {LONGEST_WAIT.days} days")
    return timedelta(seconds=seconds)


def parse_processes(text: str) -> int | None:
    """How many processes send; None is for the program to say.

    Raises:
        BadParameter: neither `auto` nor a number from 1 on.
    """
    if text == "auto":
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text) or int(text) > MOST_PROCESSES:
        wrong = f"{text!r} is neither auto nor a number from 1 to {MOST_PROCESSES}"
        raise typer.BadParameter(wrong)
    return int(text)


ToOption = Annotated[
    list[str] | None, typer.Option("--to", metavar="EMAIL", help="Only to these readers.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be sent; write and send nothing.")
]
WaitOption = Annotated[
    str, typer.Option(metavar="SPAN", help="Retry deferred ones for so long: 90s, 20m, 2h.")
]
PullOption = Annotated[
    bool, typer.Option("--pull/--no-pull", help="Ask the sources first (without --date).")
]
DueOption = Annotated[
    bool, typer.Option("--due", help="Only to readers whose hour has come (without --date).")
]
ProcessesOption = Annotated[
    str, typer.Option(metavar="auto|N", help="Send with so many; auto: more where RSA signs many.")
]


def send(
    ctx: typer.Context,
    day: DayOption = None,
    to: ToOption = None,
    dry_run: DryRunOption = False,
    wait: WaitOption = "20m",
    pull: PullOption = True,
    due: DueOption = False,
    processes: ProcessesOption = "auto",
    how: FormatOption = Format.TABLE,
) -> None:
    """Sends everybody what they have not had and what matches their topics, each reader once.

    Without --date the sources are asked, editions are settled, and readers whose day it is get
    what is new to them, whatever their hour: for a job that runs once a day. Who has had nothing
    yet gets it on any day, unless they wait for a day of the week. --due keeps to
    their hours: for one that runs every hour. Running it again sends nothing again; what an
    earlier run left is taken first. --date sends one edition by hand.

    Ends with 3 when deliveries are left for a later retry, with 1 when nothing could be sent
    because no source could be reached.

    Example: digest send --date 2026-08-20 --to reader@example.org
    """
    delivering = _Delivering(parse_wait(wait), parse_processes(processes))
    with opened(ctx) as app:
        readers = [app.subscribers.get(email) for email in to] if to else None
        if dry_run:
            _dry_run(app, day, readers, pull=pull, due=due, how=how)
            return
        reached = _pull(app) if day is None and pull else True
        with noted(app, "send") as doing, _recorded(app) as run:
            made = app.publisher.prepare(day, to=readers) if day else _plan(app, readers, due=due)
            report = loop.run(_deliver(app, delivering, readers))
            doing.detail = run.outcome = f"{made if day is None else day}: {report}"
        _tell(made, report, how)
        app.count_figures()  # who sends by cron has nothing else that counts them
    _leave(report, reached=reached)


def _leave(report: Report, *, reached: bool) -> None:
    """Ends the command with the code that says how it went."""
    if report.failed or report.bounced or not (reached or report.accepted):
        raise typer.Exit(1)
    if report.waiting:
        raise typer.Exit(LEFT_FOR_A_RETRY)


@dataclass(frozen=True, slots=True)
class _Delivering:
    """How long to stay for what is deferred, and with how many processes to send."""

    wait: timedelta
    processes: int | None


@dataclass
class _Run:
    outcome: str = "failed"


@contextmanager
def _recorded(app: App) -> Iterator[_Run]:
    """Whatever happens, the run has its outcome in the database."""
    run, number = _Run(), app.outcomes.begin("send", app.now())
    try:
        yield run
    except PaperDigestError as error:
        run.outcome = f"failed: {error}"
        raise
    finally:
        app.outcomes.end(number, app.now(), run.outcome)


def _pull(app: App) -> bool:
    """Asks the sources of late; what fails is told and stops nothing. False: all failed."""
    from digest.publish import recent_days

    days = recent_days(app.now().date())
    if not err.is_terminal:  # a source that is tried again and again takes minutes, in silence
        note("Asking the sources for the editions of late …")
    total = len(days) * len(app.calendars)
    with retries_told(), progress("asking the sources", total) as advance:
        answers = asyncio.run(app.pull(days, done=lambda _: advance(1)))
    failed = [answer for answer in answers if answer.failed]
    for source in dict.fromkeys(answer.source for answer in failed):
        reasons = [answer.reason for answer in failed if answer.source == source]
        more = f" ({len(reasons)} days failed)" if len(reasons) > 1 else ""
        warn(reasons[-1] + more)
    return len(failed) < len(answers)


def _plan(app: App, readers: Sequence[Subscriber] | None, *, due: bool) -> Planned:
    app.settle()
    if due:
        return app.planner.due(app.now())
    only = None if readers is None else [reader.id for reader in readers]
    return app.planner.everybody(app.now(), only)


def _dry_run(
    app: App,
    day: date | None,
    readers: Sequence[Subscriber] | None,
    *,
    pull: bool,
    due: bool,
    how: Format,
) -> None:
    """The same on a copy of the database, with nobody to send it to."""
    from digest.rehearsal import foresee, rehearsing

    with rehearsing(app) as copy:
        if day is None and pull:
            _pull(copy)
        made = copy.publisher.prepare(day, to=readers) if day else _plan(copy, readers, due=due)
        found = loop.run(foresee(copy, readers))
        show([_foreseen(one) for one in found], how, empty="No message would be sent.")
    if how is Format.TABLE:
        _tell_made(made)
        say(f"Dry run: {len(found)} would be sent. Nothing was written, nothing sent.")


def _foreseen(one: Foreseen) -> dict[str, object]:
    from digest import words

    row, english = one.delivery, words.load("en")
    entries = one.digest.entries if one.digest else ()
    return {
        "to": row.recipient,
        "kind": row.kind,
        "occasion": row.occasion,
        "papers": len(entries),
        "selection": [f"{e.paper.title} ({english.reason(e.reason)})" for e in entries],
    }


async def _deliver(app: App, how: _Delivering, readers: Sequence[Subscriber] | None) -> Report:
    from digest import processes

    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, stop.set)
    only = [reader.id for reader in readers] if readers is not None else None
    count = how.processes or processes.advised(app.settings, app.outbox.waiting(only))
    sending = processes.deliver(app, count, wait=how.wait, stop=stop, only=only)
    watching = asyncio.create_task(_watch(app, only))
    try:
        return await sending
    finally:
        watching.cancel()


async def _watch(app: App, only: Sequence[int] | None) -> None:
    """A bar of what has ended, for a person at a terminal."""
    if not err.is_terminal:
        return
    left = total = await asyncio.to_thread(app.outbox.waiting, only)
    with progress("sending", total) as advance:
        while left:
            await asyncio.sleep(WATCH_SECONDS)
            now = await asyncio.to_thread(app.outbox.waiting, only)
            advance(left - now)
            left = now


def _tell(made: Prepared | Planned, report: Report, how: Format) -> None:
    if how is Format.JSON:
        print_json({"edition": _edition(made), "report": report})
        return
    _tell_made(made)
    say(f"{report}".rstrip(".") + ".")


def _tell_made(made: Prepared | Planned) -> None:
    from digest.publish import Prepared

    if isinstance(made, Prepared):
        _tell_prepared(made)
    else:
        _tell_planned(made)


def _edition(made: Prepared | Planned) -> date | None:
    """The date of what was sent; the newest of several."""
    from digest.publish import Prepared

    if isinstance(made, Prepared):
        return made.edition.date
    return max((edition.date for edition in made.editions), default=None)


def _tell_prepared(prepared: Prepared) -> None:
    edition = prepared.edition
    note(f"Edition {edition.date}: {len(edition.papers)} papers ({edition.state}).")
    if edition.reason:
        note(edition.reason)
    if prepared.nothing:
        say(f"{prepared.nothing} without mail: none of their topics matched.")
    if prepared.already:
        say(f"{prepared.already} planned before: what waits is sent, nothing is repeated.")


def _tell_planned(planned: Planned) -> None:
    for edition in sorted(planned.editions):
        note(f"Edition {edition.date} of {edition.source}.")
    if planned.nothing:
        say(f"{planned.nothing} without mail: none of their topics matched.")
    if planned.waiting:
        say(f"{planned.waiting} wait for an edition that is still filling.")
    for (outcome, reason), count in planned.days.most_common():
        say(f"{count} without mail, {outcome}: {reason.rstrip('.')}.")
    if not (planned.deliveries or planned.nothing or planned.waiting or planned.days):
        say("Nobody is due: all have had what there is, or it is no day of theirs.")
