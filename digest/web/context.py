"""What every page is given: the installation's parts, the templates, the forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from sqlalchemy import Engine

from digest.settings import Settings
from digest.web.forms import CSRF_FIELD, Fields, FormTokens
from subscribers.leaving import Departures
from subscribers.store import SubscriberStore
from subscribers.tokens import Keyring


class Parts(Protocol):
    """What the pages need of an installation; `digest.app.App` has it."""

    @property
    def settings(self) -> Settings:
        """Of the installation."""

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""

    @property
    def engine(self) -> Engine:
        """The database."""

    @property
    def ring(self) -> Keyring:
        """The secrets from which links are derived."""

    @property
    def subscribers(self) -> SubscriberStore:
        """Who receives."""


@dataclass(frozen=True, slots=True)
class Site:
    """The installation as the pages see it.

    Attributes:
        app: the parts of the installation.
        templates: of `templates/web`, with the installation's own in front.
        forms: makes and checks the tokens of the forms.
    """

    app: Parts
    templates: Environment
    forms: FormTokens
    departures: Departures

    def page(
        self, template: str, values: Mapping[str, object] = MappingProxyType({}), status: int = 200
    ) -> HTMLResponse:
        """A page, rendered from its template."""
        html = self.templates.get_template(template).render({"site": self.facts(), **values})
        return HTMLResponse(html, status_code=status)

    def facts(self) -> dict[str, str]:
        """What the frame of every page says of the sender."""
        sender = self.app.settings.sender
        return {"name": sender.name, "postal_address": sender.postal_address}

    def form_token(self, form: str, bound_to: str) -> str:
        """A token to put into a form."""
        return self.forms.issue(form, bound_to, self.app.now())

    def check_form(self, fields: Fields, form: str, bound_to: str) -> None:
        """Refuses a form that is not from a page of ours.

        Raises:
            FormStale: says so to the reader.
        """
        self.forms.check(fields.text(CSRF_FIELD), form, bound_to, self.app.now())


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(_site)]
