"""The inbox page: a list of mails, and each of them as HTML, text, headers and source."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware

from digest.inbox.mailbox import Mailbox, Received
from digest.inbox.reading import visible
from digest.pages import (
    STYLE_PATH,
    environment,
    guard_headers,
    mail_policy,
    policy,
    stylesheet,
    with_new_windows,
)

LARGEST_SHOWN = 1_000_000  # characters of a part; a browser suffers from more
MOST_LISTED = 100  # mails on one page of the list
HOSTS = ["127.0.0.1", "localhost"]

PAGE_POLICY = policy(frame_src="'self'")


class View(StrEnum):
    """How a mail is looked at."""

    HTML = "html"
    TEXT = "text"
    HEADERS = "headers"
    SOURCE = "source"


def make_page(mailbox: Mailbox, *, smtp_port: int) -> FastAPI:
    """The site of this mailbox; any Host but this machine's is refused (DNS rebinding).

    Args:
        mailbox: what the pages show.
        smtp_port: told to those who want to send something here.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.mailbox = mailbox
    app.state.smtp_port = smtp_port
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    app.middleware("http")(_guarded)
    app.add_exception_handler(HTTPException, _missing)
    app.add_exception_handler(RequestValidationError, _missing)
    for path, answer in _ROUTES.items():
        app.add_api_route(path, answer, methods=["GET", "HEAD"], response_class=HTMLResponse)
    return app


async def _guarded(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in guard_headers(PAGE_POLICY).items():
        response.headers.setdefault(name, value)
    return response


def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


Box = Annotated[Mailbox, Depends(_mailbox)]


def _found(box: Box, number: int) -> Received:
    received = box.find(number)
    if received is None:
        raise HTTPException(404)
    return received


Found = Annotated[Received, Depends(_found)]


def _list(request: Request, box: Box, before: int | None = None) -> HTMLResponse:
    newest = [kept for kept in box.messages[::-1] if before is None or kept.id < before]
    return _render(
        "inbox/list.html.j2",
        messages=newest[:MOST_LISTED],
        more=len(newest) > MOST_LISTED,
        later=before is not None,
        kept=len(box.messages),
        dropped=box.dropped,
        smtp_port=request.app.state.smtp_port,
    )


def _mail(found: Found, box: Box) -> HTMLResponse:
    return _view(found, box, View.TEXT if found.mail.html is None else View.HTML)


def _view(found: Found, box: Box, view: View) -> HTMLResponse:
    content = _shown(found, view)
    return _render(
        "inbox/mail.html.j2",
        message=found,
        mail=found.mail,
        view=view,
        views=list(View),
        content=visible(content[:LARGEST_SHOWN]),
        cut=len(content) > LARGEST_SHOWN,
        older=box.find(found.id - 1),
        newer=box.find(found.id + 1),
    )


def _shown(received: Received, view: View) -> str:
    if view is View.SOURCE:
        source = received.data[: 2 * LARGEST_SHOWN].decode("utf-8", "backslashreplace")
        return source.replace("\r\n", "\n")
    return {View.HTML: received.mail.html, View.TEXT: received.mail.text}.get(view) or ""


def _frame(found: Found) -> HTMLResponse:
    html = (found.mail.html or "")[:LARGEST_SHOWN]
    return HTMLResponse(with_new_windows(html), headers=guard_headers(mail_policy()))


def _download(found: Found) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="mail-{found.id}.eml"'}
    return Response(found.data, media_type="message/rfc822", headers=headers)


def _style() -> Response:
    kept = {"Cache-Control": "max-age=31536000, immutable"}
    return Response(stylesheet(), media_type="text/css", headers=kept)


def _missing(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _render("inbox/missing.html.j2", status_code=status)


@cache
def _templates() -> Environment:
    return environment()


def _render(template: str, *, status_code: int = 200, **values: object) -> HTMLResponse:
    html = _templates().get_template(template).render(**values)
    return HTMLResponse(html, status_code=status_code)


_ROUTES: dict[str, Callable[..., Response]] = {
    "/": _list,
    "/mail/{number:int}": _mail,
    "/mail/{number:int}/frame": _frame,
    "/mail/{number:int}/{view}": _view,
    "/mail/{number:int}.eml": _download,
    STYLE_PATH: _style,
}
