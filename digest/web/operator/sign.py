"""Signing in and out."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from digest.audit import Place
from digest.signin import LIFETIME
from digest.web.context import Here, Site
from digest.web.errors import FormStale, TooMany
from digest.web.forms import Fields, Posted
from digest.web.limits import counted
from digest.web.operator.frame import At, Desk
from digest.web.operator.gate import COOKIE, HOME, SIGN_IN
from subscribers.limits import Limit, network

router = APIRouter()
FORM = "sign in"
#: Ties the form to the browser before there is a session; it never becomes one.
VISIT = "operator-visit"
PER_NETWORK = (Limit(10, timedelta(minutes=15)),)
IN_TOTAL = (Limit(200, timedelta(hours=1)),)


@router.api_route(SIGN_IN, methods=["GET", "HEAD"])
def ask(here: Here, request: Request) -> Response:
    """The form for the password."""
    if request.state.operator is not None:
        return RedirectResponse(HOME, status_code=303)
    return _form(here, request)


@router.post(SIGN_IN)
async def sign_in(here: Here, request: Request, fields: Posted) -> Response:
    """Begins a session where the password is right."""
    return await here.cpu.run(_sign_in, here, request, fields)


def _sign_in(here: Site, request: Request, fields: Fields) -> Response:
    visit = request.cookies.get(VISIT, "")[:100]
    if not visit:
        raise FormStale
    here.check_form(fields, FORM, visit)
    place = network(request.client.host if request.client else "")
    _count(here, place)
    if not here.sign_in.is_password(_typed(fields)):
        return _form(here, request, "That is not the password.", 403)
    now = here.app.now()
    browser = request.headers.get("user-agent", "")
    session, token = here.sign_in.begin(now, place, browser)
    with here.app.audit.act(Place.PAGE, f"session {session.id}", "operator sign-in", now, place):
        answer = RedirectResponse(HOME, status_code=303)
        _give(answer, COOKIE, token, request)
        answer.delete_cookie(VISIT, path=HOME)
    return answer


def _typed(fields: Fields) -> str:
    """The password as it was typed, spaces at its ends included."""
    return next((value for name, value in fields.items if name == "password"), "")


def _count(here: Site, place: str) -> None:
    asked = [
        *counted(PER_NETWORK, place, "sign-in network"),
        *counted(IN_TOTAL, "", "sign-in"),
    ]
    full = here.limits.exceeded(asked, here.app.now())
    if full is not None:
        raise TooMany(when=f"after {full:%H:%M} UTC")


@router.post(f"{HOME}/sign-out")
async def sign_out(at: At, fields: Posted) -> Response:
    """Ends this session."""
    return await asyncio.to_thread(_sign_out, at, fields)


def _sign_out(at: Desk, fields: Fields) -> Response:
    at.check(fields)
    with at.act("operator sign-out"):
        at.here.sign_in.end(at.session.id)
    answer = RedirectResponse(SIGN_IN, status_code=303)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


def _form(here: Site, request: Request, wrong: str = "", status: int = 200) -> Response:
    visit = request.cookies.get(VISIT, "")[:100] or secrets.token_urlsafe(16)
    values = {"form": here.form_token(FORM, visit), "wrong": wrong}
    page = here.page("operator/sign-in.html.j2", values, status)
    _give(page, VISIT, visit, request)
    return page


def _give(answer: Response, name: str, value: str, request: Request) -> None:
    answer.set_cookie(
        name,
        value,
        path=HOME,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
