"""Every action of the operator's page leaves an act in the audit log."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi.routing import APIRoute

from digest.signin import SignIn
from digest.web.operator.groups import GROUPS
from digest.web.operator.jobs import WORKS
from digest.web.operator.outbox import HANDLINGS
from digest.web.operator.steering import STEERS
from subscribers.model import Subscriber
from tests.integration.web.conftest import Installation
from tests.integration.web.test_operator_pages import PASSWORD, Page

STEERED = "/operator/subscribers/act"
#: Each address that takes forms, what each of its buttons sends, and the act's name.
ACTIONS: dict[str, dict[str, dict[str, str]]] = {
    "/operator/sign-in": {"operator sign-in": {"password": PASSWORD}},
    "/operator/subscribers/add": {"subscriber add": {"email": "new@example.org", "agreed": "on"}},
    # In this order each has something to do; erasing is the last.
    STEERED: {steer.name: {"do": do} for do, steer in STEERS.items()},
    "/operator/outbox/act": {
        f"outbox {do}": {"do": do, "domain": "example.org"} for do in HANDLINGS
    },
    "/operator/jobs/act": {f"jobs {do}": {"do": do, "id": "99"} for do in WORKS},
    "/operator/sign-out": {"operator sign-out": {}},
}


@pytest.fixture
def page(installation: Installation, web: httpx.Client) -> Page:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    SignIn(installation.engine, quick).set_password(PASSWORD, installation.at)
    return Page(web)


def forms() -> Iterator[str]:
    """The addresses of the operator's page that take forms."""
    for group in GROUPS:
        for route in group.router.routes:
            if isinstance(route, APIRoute) and (route.methods or set()) - {"GET", "HEAD"}:
                yield route.path


def test_every_form_is_known() -> None:
    assert sorted(forms()) == sorted(ACTIONS)


def test_every_button_leaves_an_act(
    page: Page, installation: Installation, reader: Subscriber
) -> None:
    has_jobs = installation.engine.dialect.name == "postgresql"
    assert installation.app.audit.list()[0].action == "operator sign-in"
    for path in [path for path in ACTIONS if path != "/operator/sign-in"]:
        for name, fields in ACTIONS[path].items() if has_jobs or "jobs" not in path else ():
            of = {"id": str(reader.id)} if path == STEERED else {}
            page.post(path.removeprefix("/operator"), sure="yes", **of, **fields)
            assert installation.app.audit.list(limit=1)[0].action == name
