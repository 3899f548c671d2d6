"""What every page of the operator's is given: their session, the frame, the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from digest.audit import Doing, Place
from digest.signin import Session
from digest.web.context import Here, Site
from digest.web.errors import NoSuchPage
from digest.web.forms import Fields
from digest.web.operator.gate import COOKIE

JOBS = ("/operator/jobs", "Jobs")
#: The pages of the masthead: path and name. The first is the front page; jobs are shown where
#: the database has a queue of them.
PAGES = (
    ("/operator", "Today"),
    ("/operator/subscribers", "Subscribers"),
    ("/operator/deliveries", "Deliveries"),
    ("/operator/topics", "Topics"),
    ("/operator/sources", "Sources"),
    ("/operator/outbox", "Outbox"),
    JOBS,
    ("/operator/audit", "Audit"),
)
_FORM = "operator"


@dataclass(frozen=True, slots=True)
class Desk:
    """The operator at their pages.

    Attributes:
        here: the installation.
        session: their sign-in.
        token: of their cookie, to which forms are bound.
        path: of the page that they asked for.
    """

    here: Site
    session: Session
    token: str
    path: str

    @property
    def has_jobs(self) -> bool:
        """Whether the database has a job queue, by which several machines share the work."""
        return self.here.app.engine.dialect.name == "postgresql"

    def page(
        self, template: str, values: Mapping[str, object] = MappingProxyType({}), status: int = 200
    ) -> HTMLResponse:
        """A page of `templates/web/operator`, in the frame."""
        frame = {
            "pages": [page for page in PAGES if page != JOBS or self.has_jobs],
            "open": _open(self.path),
            "form": self.here.form_token(_FORM, self.token),
        }
        return self.here.page(f"operator/{template}", {**frame, **values}, status)

    def check(self, fields: Fields) -> None:
        """Refuses a form that is not from a page of this session.

        Raises:
            FormStale: says so.
        """
        self.here.check_form(fields, _FORM, self.token)

    @contextmanager
    def act(self, action: str, subject: str = "", detail: str = "") -> Iterator[Doing]:
        """Notes an act in the audit log around the block that does it."""
        app = self.here.app
        who = f"session {self.session.id}"
        with app.audit.act(Place.PAGE, who, action, app.now(), subject, detail) as doing:
            yield doing


def _desk(request: Request, here: Here) -> Desk:
    session: Session | None = getattr(request.state, "operator", None)
    if session is None:  # the gate lets none through; a page put elsewhere shows nothing
        raise NoSuchPage
    return Desk(here, session, request.cookies.get(COOKIE, ""), request.url.path)


At = Annotated[Desk, Depends(_desk)]


def _open(path: str) -> str:
    """The page of the masthead that a path belongs to."""
    within = [page for page, _ in PAGES if path == page or path.startswith(f"{page}/")]
    return max(within, key=len, default="")
