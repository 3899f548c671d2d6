"""Where `digest run` listens: the readers' pages, and the operator's machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from starlette.types import ASGIApp

from digest import logs
from digest.app import App
from digest.metrics import Metrics
from digest.schedule.endpoints import make_endpoints
from digest.web import make_site
from digest.web.server import serving


@contextmanager
def listening(
    app: App, metrics: Metrics, problems: Callable[[], Sequence[str]], *, site: bool
) -> Iterator[None]:
    """Serves the site where wanted, and health and metrics where the settings say so.

    Raises:
        AddressTaken: an address cannot be listened on.
    """
    settings, log = app.settings, logs.get("schedule")
    with ExitStack() as stack:
        if site:
            pages: ASGIApp = make_site(app)
            address = stack.enter_context(serving(pages, settings.web.host, settings.web.port))
            log.info("site is open", address=address)
        if settings.run.health:
            endpoints = make_endpoints(metrics, problems)
            host, port = settings.run.host, settings.run.port
            address = stack.enter_context(serving(endpoints, host, port))
            log.info("health is open", address=address)
        yield
