"""`digest jobs`: the work that workers share; cancel and retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.acting import acting, tell
from digest.cli.bounds import LARGEST_ID, MOST
from digest.cli.context import Format, FormatOption, opened
from digest.cli.output import print_json, say, show
from digest.cli.worker import refuse_without_queue

if TYPE_CHECKING:  # the application's parts are imported when a command needs them
    from digest.app import App
    from digest.workers.desk import JobDesk, JobRow

app = typer.Typer(help="What workers have to do and how it stands; acting on it.")

Number = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="As `digest jobs list` shows it.")
]
STATES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")


def parse_state(text: str) -> str:
    """A state of jobs.

    Raises:
        BadParameter: there is no such state.
    """
    if text not in STATES:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(STATES)}")
    return text


StateOption = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", parser=parse_state, help=f"{', '.join(STATES)}."),
]


@app.command("list")
def list_jobs(
    ctx: typer.Context,
    state: StateOption = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")] = 100,
    how: FormatOption = Format.TABLE,
) -> None:
    """Jobs that wait, run or failed, or those of --state; the latest first.

    Example: digest jobs list --state failed
    """
    from digest.workers.tables import State

    with opened(ctx) as opened_app:
        found = _desk(opened_app).list([State(one) for one in state or ()], limit)
    if how is Format.JSON:
        print_json(found)
        return
    show([_row(job) for job in found], how, empty="No such job.")


@app.command("show")
def show_job(ctx: typer.Context, number: Number, how: FormatOption = Format.TABLE) -> None:
    """One job, and what befell it.

    Example: digest jobs show 17
    """
    with opened(ctx) as opened_app:
        found, events = _desk(opened_app).show(number)
    if how is Format.JSON:
        print_json({"job": found, "events": events})
        return
    show([_row(found)], how)
    for event in events:
        say(f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {event.what}")


@app.command()
def cancel(ctx: typer.Context, number: Number, how: FormatOption = Format.TABLE) -> None:
    """Takes a job out of the queue, or ends one that runs; what it had to do stays undone.

    Deliveries wait in the outbox: `digest outbox cancel` ends them. What is due by the schedule
    is asked for again at the next look.

    Example: digest jobs cancel 17
    """
    with acting(ctx, "jobs cancel", f"job {number}") as (opened_app, doing):
        found = _desk(opened_app).cancel(number)
        doing.detail = f"{found.lock}, which was {found.state}"
    word = "is asked to end" if found.state == "doing" else "is cancelled"
    tell(how, f"Job {number} ({found.lock}) {word}.", cancelled=number, was=found.state)


@app.command()
def retry(ctx: typer.Context, number: Number, how: FormatOption = Format.TABLE) -> None:
    """Asks at once for a job that failed, was cancelled, or waits for its next attempt.

    Example: digest jobs retry 17
    """
    with acting(ctx, "jobs retry", f"job {number}") as (opened_app, doing):
        new = _desk(opened_app).retry(number)
        doing.detail = f"job {new} in its place"
    tell(how, f"Job {new} is in the queue in the place of {number}.", retried=number, job=new)


def _desk(opened_app: App) -> JobDesk:
    refuse_without_queue(opened_app)
    from digest.workers.desk import JobDesk

    return JobDesk(opened_app.engine)


def _row(job: JobRow) -> dict[str, object]:
    return {
        "id": job.id,
        "what": job.lock,
        "state": job.state,
        "attempts": job.attempts,
        "not before": job.at,
        "worker": job.worker or "–",
    }
