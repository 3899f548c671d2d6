"""The site: all groups of pages on one application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.app import App
from digest.web import (
    account,
    archive,
    assets,
    confirm,
    copies,
    feedback,
    operator,
    preferences,
    search,
    subscribe,
    unsubscribe,
)
from digest.web.context import Site
from digest.web.errors import NoSuchPage, WebError
from digest.web.guard import Guard, logger, site_headers
from subscribers.errors import ExpiredToken, PaperDigestError, TokenError, UsedToken

_FAULT = {
    "title": "Something went wrong here",
    "text": "The fault is ours and has been noted. Nothing was changed; try again later.",
}


_GROUPS = (
    subscribe,
    confirm,
    preferences,
    account,
    feedback,
    unsubscribe,
    archive,
    search,
    copies,
    *operator.GROUPS,
)


def make_site(app: App) -> FastAPI:
    """The pages of an installation, for `digest web`, the demo and tests alike."""
    here = Site(app)
    site = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=_lifespan)
    site.state.site = here
    site.add_middleware(operator.Gate, here=here)
    site.add_middleware(Guard, broken=_broken(here), headers=site_headers())
    for kind in (PaperDigestError, HTTPException, RequestValidationError):
        site.add_exception_handler(kind, _refused)
    for path, answer in assets.ROUTES.items():
        site.add_api_route(path, answer, methods=["GET", "HEAD"])
    for group in _GROUPS:
        site.include_router(group.router)
    return site


@asynccontextmanager
async def _lifespan(site: FastAPI) -> AsyncIterator[None]:
    """Reads the archive while the first pages are served already."""
    reading = asyncio.create_task(asyncio.to_thread(_read_archive, site.state.site))
    yield
    await reading


def _read_archive(here: Site) -> None:
    try:
        here.shelves.read_ahead()
    except (SQLAlchemyError, PaperDigestError) as error:
        logger.warning("the archive could not be read ahead: %s", type(error).__name__)


async def _refused(request: Request, error: Exception) -> Response:
    """Whatever goes wrong by the reader's doing or the link's: a page that says what."""
    here: Site = request.app.state.site
    shown, status = _answer(error)
    link = isinstance(shown, TokenError)
    title = "This link does not work" if link else getattr(shown, "title", WebError.title)
    back = "" if link else _back(request)
    return here.page("error.html.j2", {"title": title, "text": str(shown), "back": back}, status)


def _back(request: Request) -> str:
    """The page from which something was sent, for another try; "" where nothing was sent."""
    asked = {**request.scope, "method": "GET"}
    shown = any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)
    return request.url.path if request.method == "POST" and shown else ""


def _answer(error: Exception) -> tuple[PaperDigestError, int]:
    if isinstance(error, WebError):
        return error, error.status
    if isinstance(error, TokenError):
        return error, 410 if isinstance(error, ExpiredToken | UsedToken) else 404
    if isinstance(error, HTTPException) and error.status_code == 405:
        return NoSuchPage(), 405
    if isinstance(error, HTTPException | RequestValidationError):
        return NoSuchPage(), 404
    if isinstance(error, PaperDigestError):
        return error, 400
    raise error


def _broken(here: Site) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        back = _back(Request(scope))
        page = here.page("error.html.j2", {**_FAULT, "back": back}, 500)
        await page(scope, receive, send)

    return answer
