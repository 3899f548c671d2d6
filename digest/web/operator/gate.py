"""The one way to the operator's pages: no page has to remember to ask who is there."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.signin import Session
from digest.web.context import Site
from digest.web.errors import NoSuchPage

HOME = "/operator"
SIGN_IN = f"{HOME}/sign-in"
COOKIE = "operator"


class Gate:
    """Lets requests for `/operator` through to those who are signed in.

    Without a password set, whatever lies there does not exist. Without a session, every
    address there, known or not, leads to the sign-in. Inside, `request.state.operator` is the
    session.

    Args:
        app: what lies behind.
        here: the installation.
    """

    def __init__(self, app: ASGIApp, here: Site) -> None:
        self._app = app
        self._here = here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and _is_inside(scope["path"]):
            refused = await asyncio.to_thread(self._refusal, Request(scope))
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        """What is answered in the place of the page, None where it may be shown."""
        if not self._here.sign_in.is_on:
            values = {"title": NoSuchPage.title, "text": str(NoSuchPage())}
            return self._here.page("error.html.j2", values, NoSuchPage.status)
        request.state.operator = self._session(request)
        if request.state.operator is None and request.url.path != SIGN_IN:
            return RedirectResponse(SIGN_IN, status_code=303)
        return None

    def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        return self._here.sign_in.session(token, self._here.app.now()) if token else None


def _is_inside(path: str) -> bool:
    return path == HOME or path.startswith(f"{HOME}/")
