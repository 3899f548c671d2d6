"""What every page is given: the installation's parts, the templates, the forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from digest import words
from digest.app import App
from digest.likes.store import LikeStore
from digest.pages import environment
from digest.signin import SignIn
from digest.web import choices
from digest.web.assets import SCRIPT
from digest.web.errors import OfSample
from digest.web.forms import CSRF_FIELD, Fields, FormTokens
from digest.web.load import Cpu
from digest.web.shelves import Shelves
from digest.web.trial import Trials
from digest.web.zones import zones
from digest.words import Words
from subscribers.errors import InvalidToken, UnknownSubscriber
from subscribers.leaving import Departures
from subscribers.limits import Limits
from subscribers.model import Subscriber
from subscribers.requests import Requests
from subscribers.signup import SignUps
from subscribers.tokens import Purpose, issue

#: The number of a subscriber who was never stored: the reader of a sample.
NOBODY = 0


@dataclass
class Site:
    """The installation as the pages see it.

    Attributes:
        app: the parts of the installation.
    """

    app: App

    @cached_property
    def templates(self) -> Environment:
        """Of `templates/web`, with the installation's own in front."""
        own = self.app.settings.templates
        made = environment(*([own / "web"] if own else []))
        made.globals.update(script_url=SCRIPT.url)
        return made

    @cached_property
    def forms(self) -> FormTokens:
        """Makes and checks the tokens of the forms."""
        return FormTokens(self.app.ring)

    @cached_property
    def departures(self) -> Departures:
        """Why people left, and the way back."""
        return Departures(self.app.engine)

    @cached_property
    def requests(self) -> Requests:
        """What waits for the person at an address."""
        return Requests(self.app.engine)

    @cached_property
    def sign_ups(self) -> SignUps:
        """Wishes to subscribe."""
        return SignUps(self.app.engine, self.app.ring)

    @cached_property
    def likes(self) -> LikeStore:
        """What readers liked."""
        return LikeStore(self.app.engine)

    @cached_property
    def limits(self) -> Limits:
        """How often what may be done."""
        return Limits(self.app.engine, self.app.ring)

    @cached_property
    def sign_in(self) -> SignIn:
        """The password of the operator's page, and who is signed in."""
        return SignIn(self.app.engine)

    @cached_property
    def language(self) -> Words:
        """The words for reasons and dates."""
        settings = self.app.settings
        return words.load(settings.locale, settings.templates)

    def reader(self, number: int) -> Subscriber:
        """The subscriber of whom a link is.

        Raises:
            OfSample: of nobody: the link stands in a sample.
            InvalidToken: they were erased.
        """
        if number == NOBODY:
            raise OfSample
        try:
            return self.app.subscribers.by_id(number)
        except UnknownSubscriber:
            raise InvalidToken from None

    def language_of(self, reader: Subscriber) -> Words:
        """The words of a reader, for what is of their own digests."""
        return words.load(reader.locale, self.app.settings.templates)

    @cached_property
    def trials(self) -> Trials:
        """Topics tried on the archive."""
        return Trials(self.shelves, lambda: self.app.now().date(), self.language)

    @cached_property
    def shelves(self) -> Shelves:
        """The archive's papers, ready to be asked."""
        return Shelves(self.app.archive)

    @cached_property
    def cpu(self) -> Cpu:
        """Where work that takes long is done."""
        return Cpu()

    @cached_property
    def digest_templates(self) -> Mapping[str, str]:
        """The templates that a reader can choose."""
        return choices.templates(self.app.settings.templates)

    def page(
        self, template: str, values: Mapping[str, object] = MappingProxyType({}), status: int = 200
    ) -> HTMLResponse:
        """A page, rendered from its template."""
        given = {"site": self.facts(), "word": self.language, **values}
        html = self.templates.get_template(template).render(given)
        return HTMLResponse(html, status_code=status)

    def facts(self) -> dict[str, str]:
        """What the frame of every page says of the sender."""
        sender = self.app.settings.sender
        return {"name": sender.name, "postal_address": sender.postal_address}

    def form_choices(self) -> dict[str, object]:
        """What a form of choices offers."""
        return {
            "cadences": choices.CADENCES,
            "weekdays": choices.WEEKDAYS,
            "templates": self.digest_templates,
            "nothings": choices.WHEN_NOTHING,
            "zones": zones(),
        }

    def form_token(self, form: str, bound_to: str) -> str:
        """A token to put into a form."""
        return self.forms.issue(form, bound_to, self.app.now())

    def check_form(self, fields: Fields, form: str, bound_to: str) -> None:
        """Refuses a form that is not from a page of ours.

        Raises:
            FormStale: says so to the reader.
        """
        self.forms.check(fields.text(CSRF_FIELD), form, bound_to, self.app.now())

    def path(self, page: str, purpose: Purpose, number: int, extra: bytes = b"") -> str:
        """The path of a reader's page, for links between the pages."""
        return f"/{page}/{issue(self.app.ring, purpose, number, extra)}"


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(_site)]
