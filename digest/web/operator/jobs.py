"""Jobs: what workers have to do and how it stands; cancelling and asking again for one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from digest.errors import UnknownJob
from digest.web.errors import FormInvalid, NoSuchPage
from digest.web.forms import Fields, Posted
from digest.web.operator.frame import At, Desk
from digest.web.operator.gate import HOME

if TYPE_CHECKING:  # the job queue is imported where there is one
    from digest.workers.desk import JobDesk

router = APIRouter()
ROWS = 100
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What can be done to a job.

    Attributes:
        button: its words.
        means: what follows from it.
        do: does it and says what became of it.
        states: of jobs to which it can be done.
        danger: whether something is not done because of it.
    """

    button: str
    means: str
    do: Callable[[JobDesk, int], str]
    states: frozenset[str]
    danger: bool = False


def _cancel(desk: JobDesk, number: int) -> str:
    found = desk.cancel(number)
    told = "is asked to end" if found.state == "doing" else "is cancelled"
    return f"{found.lock} {told}; it was {found.state}"


def _retry(desk: JobDesk, number: int) -> str:
    return f"job {desk.retry(number)} is in its place"


WORKS = {
    "retry": Work(
        button="Retry now",
        means="It is asked for at once, by a job in its place.",
        do=_retry,
        states=frozenset({"todo", "failed", "cancelled", "aborted"}),
    ),
    "cancel": Work(
        button="Cancel",
        means="It leaves the queue, or ends where it runs; what it had to do stays undone. "
        "Deliveries wait in the outbox; what is due is asked for again at the next look.",
        do=_cancel,
        states=frozenset({"todo", "doing"}),
        danger=True,
    ),
}


@router.api_route(f"{HOME}/jobs", methods=["GET", "HEAD"])
def show(at: At) -> Response:
    """Those that wait, run or failed, the latest first."""
    desk = _jobs(at)
    return at.page("jobs/list.html.j2", {"jobs": desk.list(limit=ROWS), "most": ROWS})


@router.api_route(f"{HOME}/jobs/{{number}}", methods=["GET", "HEAD"])
def one(at: At, number: int) -> Response:
    """One job, and what befell it."""
    desk = _jobs(at)
    try:
        job, events = desk.show(number if 0 < number < 2**62 else 0)
    except UnknownJob:
        raise NoSuchPage from None
    works = {do: work for do, work in WORKS.items() if job.state in work.states}
    return at.page("jobs/one.html.j2", {"job": job, "events": events, "works": works})


@router.post(f"{HOME}/jobs/act")
async def act(at: At, fields: Posted) -> Response:
    """Asks what is to be done to a job, or does it."""
    return await asyncio.to_thread(_act, at, fields)


def _act(at: Desk, fields: Fields) -> Response:
    at.check(fields)
    desk, do = _jobs(at), fields.text("do", 20)
    work, typed = WORKS.get(do), fields.text("id", 18)
    if work is None or not _NUMBER.fullmatch(typed):
        raise FormInvalid(reason="it names no job, or no such button")
    number = int(typed)
    values = {"do": do, "work": work, "number": number}
    if not fields.has("sure"):
        return at.page("jobs/ask.html.j2", values)
    try:
        with at.act(f"jobs {do}", f"job {number}") as doing:
            doing.detail = work.do(desk, number)
    except UnknownJob as error:
        return at.page("jobs/done.html.j2", {**values, "told": str(error)}, 409)
    return at.page("jobs/done.html.j2", {**values, "told": doing.detail})


def _jobs(at: Desk) -> JobDesk:
    """The job queue, where the database has one.

    Raises:
        NoSuchPage: it has none.
    """
    if not at.has_jobs:
        raise NoSuchPage
    from digest.workers.desk import JobDesk

    return JobDesk(at.here.app.engine)
