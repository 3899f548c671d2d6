"""The preview's pages, for this machine alone."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware

from digest.folders import templates_folder
from digest.model import DeliveryState, Message
from digest.pages import (
    STYLE_PATH,
    environment,
    guard_headers,
    mail_policy,
    policy,
    stylesheet,
    with_new_windows,
)
from digest.preview import trying
from digest.preview.choice import LONGEST_TOPICS, Choice, View, read_choice
from digest.preview.scheme import Scheme, forced
from digest.preview.sheet import Sheet, make_sheet
from digest.preview.values import page_values
from digest.preview.workbench import Workbench
from digest.rendering.mime import part
from subscribers.errors import PaperDigestError

HOSTS = ["127.0.0.1", "localhost"]
SCRIPT_PATH = "/preview.js"
PAGE_POLICY = policy(frame_src="'self'", script_src="'self'", connect_src="'self'")
MOST_NOTES = 20

Text = Annotated[str, Form(max_length=LONGEST_TOPICS)]
Chosen = Annotated[Choice, Depends(read_choice)]


class Notes:
    """What became of the test messages, told once the browser asks for the page again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def keep(self, tone: str, text: str) -> str:
        """Keeps a note; returns the name by which it is found."""
        name = secrets.token_urlsafe(8)
        self._kept[name] = (tone, text)
        while len(self._kept) > MOST_NOTES:
            self._kept.popitem(last=False)
        return name

    def find(self, name: str) -> tuple[str, str] | None:
        """Tone and text of a note."""
        return self._kept.get(name)


def make_page(bench: Workbench) -> FastAPI:
    """The site; any Host but this machine's is refused (DNS rebinding).

    Args:
        bench: the installation that is looked at.
    """
    site = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    site.state.bench = bench
    site.state.notes = Notes()
    site.state.secret = secrets.token_urlsafe(24)
    site.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    site.middleware("http")(_guarded)
    site.add_exception_handler(HTTPException, _missing)
    site.add_exception_handler(RequestValidationError, _missing)
    for path, answer in _ROUTES.items():
        site.add_api_route(path, answer, methods=["GET", "HEAD"], response_model=None)
    site.add_api_route("/test", _try, methods=["POST"], response_model=None)
    return site


async def _guarded(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in guard_headers(PAGE_POLICY).items():
        response.headers.setdefault(name, value)
    return response


def _bench(request: Request) -> Workbench:
    bench: Workbench = request.app.state.bench
    return bench


Bench = Annotated[Workbench, Depends(_bench)]


def _look(
    request: Request, choice: Chosen, bench: Bench, view: View = View.DESKTOP, note: str = ""
) -> HTMLResponse:
    version = bench.version(choice)
    sheet = make_sheet(bench, choice)
    return _render(
        "preview/preview.html.j2",
        **page_values(sheet, choice, view),
        note=request.app.state.notes.find(note),
        token=request.app.state.secret,
        version=version,
        script=SCRIPT_PATH,
    )


def _frame(choice: Chosen, bench: Bench, scheme: Scheme = "light") -> HTMLResponse:
    sheet = make_sheet(bench, choice)
    logo = [sheet.chooser.logo] if sheet.chooser.logo.isprintable() else []
    pictures = [url for url in logo if url and not set(url) & set(" ;,'\"")]
    html = with_new_windows(forced(part(_message(sheet), "html"), scheme))
    return HTMLResponse(html, headers=guard_headers(mail_policy(*pictures)))


def _download(choice: Chosen, bench: Bench) -> Response:
    message = _message(make_sheet(bench, choice))
    headers = {"Content-Disposition": 'attachment; filename="preview.eml"'}
    return Response(message.data, media_type="message/rfc822", headers=headers)


def _message(sheet: Sheet) -> Message:
    if sheet.seen is None or sheet.seen.message is None:
        raise HTTPException(404)
    return sheet.seen.message


def _version(choice: Chosen, bench: Bench) -> PlainTextResponse:
    return PlainTextResponse(bench.version(choice))


async def _try(
    request: Request,
    bench: Bench,
    token: Text = "",
    to: Text = "",
    reader: Text = "",
    topics: Text = "",
    edition: Text = "",
    template: Text = "",
    view: View = View.DESKTOP,
) -> Response:
    if not hmac.compare_digest(token.encode(), request.app.state.secret.encode()):
        raise HTTPException(403)
    choice = read_choice(reader, topics, edition, template)
    tone, text = await _send(bench, choice, to)
    note = request.app.state.notes.keep(tone, text)
    return RedirectResponse(f"/?{choice.query(view=view, note=note)}#test", status_code=303)


async def _send(bench: Workbench, choice: Choice, to: str) -> tuple[str, str]:
    """What became of a test message: a notice's tone and its text."""

    def make() -> tuple[Any, Message]:
        with bench.app() as app:
            return app, trying.make_test(app, choice, to)

    try:
        app, message = await asyncio.to_thread(make)
        outcome = await trying.send(app, message)
    except PaperDigestError as error:
        return "bad", str(error)
    answer = " ".join(f"{outcome.code or ''} {outcome.text}".split())
    if outcome.state is DeliveryState.ACCEPTED:
        return "good", f"The test for {message.recipient} was accepted. {answer}".strip()
    return "bad", f"The test for {message.recipient} was not accepted. {answer}".strip()


def _style() -> Response:
    return Response(stylesheet(), media_type="text/css")


def _script() -> Response:
    script = (templates_folder() / "web" / "preview" / "preview.js").read_bytes()
    return Response(script, media_type="text/javascript")


def _missing(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _render("preview/missing.html.j2", status_code=status)


def _render(template: str, *, status_code: int = 200, **values: object) -> HTMLResponse:
    # Made anew for each page: these templates, too, can be changed while one looks.
    html = environment().get_template(template).render(**values)
    return HTMLResponse(html, status_code=status_code)


_ROUTES: dict[str, Callable[..., Response]] = {
    "/": _look,
    "/frame": _frame,
    "/message.eml": _download,
    "/version": _version,
    SCRIPT_PATH: _script,
    STYLE_PATH: _style,
}
