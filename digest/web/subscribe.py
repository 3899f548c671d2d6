"""Subscribing: the page at the front, which tells nobody who reads."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from digest.web import choices, limits
from digest.web.choices import Problems, read_choices, with_meaning
from digest.web.context import Here, Site
from digest.web.errors import FormStale, TooMany
from digest.web.forms import Fields, Posted
from digest.web.mails import sample
from digest.web.trial import Trial
from digest.web.zones import probable
from subscribers.address import normalise
from subscribers.errors import InvalidAddress
from subscribers.limits import network
from subscribers.model import Schedule, Subscriber

router = APIRouter()
FORM = "subscribe"
COOKIE = "form"
TRAP = "website"
_PLACE = re.compile(r"[a-z]+(-\d+)?")  # of the page, to come back to after a button
CONSENT = (
    "By pressing the button you ask {name} to send digests of research papers to this address, "
    "as often as you chose, until you stop it. Every mail holds a link that stops it."
)
#: Recorded with each consent: it changes with the wording.
CONSENT_VERSION = "subscribe-" + hashlib.sha256(CONSENT.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks: the cookie that ties the form to the browser, its network and its language."""

    cookie: str
    network: str
    language: str
    secure: bool

    @classmethod
    def of(cls, request: Request) -> Visit:
        """What a request says of its visitor; nothing of it is kept but hashed counters."""
        return cls(
            cookie=request.cookies.get(COOKIE, "")[:100] or secrets.token_urlsafe(16),
            network=network(request.client.host if request.client else ""),
            language=request.headers.get("accept-language", "")[:200],
            secure=request.url.scheme == "https",
        )


@router.api_route("/", methods=["GET", "HEAD"])
def front(here: Here, request: Request) -> Response:
    """The form, empty."""
    visit = Visit.of(request)
    zone = probable(visit.language, here.app.settings.timezone)
    wanted = Subscriber(email="", schedule=Schedule(timezone=zone))
    return _form(here, visit, wanted)


@router.post("/")
async def submit(here: Here, request: Request, fields: Posted) -> Response:
    """One of the form's buttons: a suggestion, the trial, a sample, or to subscribe."""
    return await asyncio.to_thread(_submit, here, Visit.of(request), fields)


@router.post("/topics/trial")
async def trial(here: Here, fields: Posted) -> Response:
    """What topics would have sent, as a piece of the page: asked for while they are typed.

    Changes nothing, and so takes no token. Posted, since the logs of servers on the way hold
    addresses, and with them what a visitor reads about.
    """
    return await here.cpu.run(_tried, here, fields)


def _tried(here: Site, fields: Fields) -> Response:
    wanted, problems = read_choices(fields, Subscriber(email=""), ())
    place = fields.text("place", 30)
    values = {
        "trial": here.trials.of(wanted.topics),
        "problems": problems,
        "place": place if _PLACE.fullmatch(place) else "trial",
    }
    return here.page("subscribe/trial.html.j2", values)


def _submit(here: Site, visit: Visit, fields: Fields) -> Response:
    if fields.has("mean"):
        typed = fields.text("topics", choices.LONGEST_TOPICS)
        fields = fields.changed("topics", with_meaning(typed, fields.text("mean")))
    email = fields.text("email", 400)
    before = Subscriber(email=email, locale=here.app.settings.locale)
    wanted, problems = read_choices(fields, before, here.digest_templates)
    try:
        here.check_form(fields, FORM, visit.cookie)
    except FormStale as error:
        return _form(here, visit, wanted, fields, notice=str(error), status=error.status)
    if fields.has("add"):
        return _form(here, visit, wanted, fields, add=fields.text("add"))
    if fields.has("try") or fields.has("mean"):
        tried = here.trials.of(wanted.topics)
        return _form(here, visit, wanted, fields, problems=problems, tried=tried)
    if fields.has("sample") and not problems:
        return sample(here, wanted)
    problems = _with_address(problems, email)
    if problems:
        return _form(here, visit, wanted, fields, problems=problems, status=422)
    if not fields.text(TRAP):
        _ask(here, visit, wanted)
    return here.page("subscribe/asked.html.j2", {"email": email})


def _with_address(problems: Problems, email: str) -> Problems:
    try:
        normalise(email)
    except InvalidAddress as error:
        wrong = str(error) if email else "An address is needed to send anything to."
        return replace(problems, fields={**problems.fields, "email": wrong})
    return problems


def _ask(here: Site, visit: Visit, wanted: Subscriber) -> None:
    """The same statements and the same work for every address that could be one."""
    now = here.app.now()
    email = normalise(wanted.email)
    full = here.limits.exceeded(limits.sign_up(email, visit.network), now)
    if full is not None:
        raise TooMany(when=f"after {full:%H:%M} UTC")
    here.requests.purge(now)
    request = here.sign_ups.sign_up(wanted, now, CONSENT_VERSION)
    # Nothing that the visitor typed goes into the mail: no topic, no name.
    reader = Subscriber(email=email, id=request.subscriber_id, locale=wanted.locale)
    here.app.publisher.notify("confirm", reader, request.id)


def _form(
    here: Site,
    visit: Visit,
    wanted: Subscriber,
    fields: Fields | None = None,
    *,
    add: str = "",
    problems: Problems | None = None,
    tried: Trial | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    values = _typed(fields or Fields(), wanted, add) | {
        "form": here.form_token(FORM, visit.cookie),
        "trap": TRAP,
        "fresh": fields is None,
        "problems": problems or Problems(),
        "trial": tried,
        "notice": notice,
        "consent": CONSENT.format(name=here.app.settings.sender.name),
        "suggestions": here.shelves.suggestions(),
        **here.form_choices(),
    }
    page = here.page("subscribe/form.html.j2", values, status)
    page.set_cookie(COOKIE, visit.cookie, httponly=True, samesite="lax", secure=visit.secure)
    return page


def _typed(fields: Fields, wanted: Subscriber, add: str) -> dict[str, object]:
    """What stands in the form: as it was typed, also where it is wrong."""
    topics = fields.text("topics", choices.LONGEST_TOPICS)
    return {
        "email": wanted.email,
        "topics": _with_topic(topics, add),
        "excluded": fields.text("excluded", choices.LONGEST_TOPICS),
        "schedule": wanted.schedule,
        "timezone": fields.text("timezone") or wanted.schedule.timezone,
        "template": wanted.template,
    }


def _with_topic(topics: str, add: str) -> str:
    """The lines with one more, once."""
    there = {line.strip() for line in topics.splitlines()}
    return topics if add in there else "\n".join(filter(None, [topics, add]))
