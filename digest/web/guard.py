"""What stands around every page: its headers, its line in the log, and no traceback.

Logs name the route (`/u/{token}`) and never the address itself, so that no token, topic or
search of a reader can be in them; nor is the reader's network.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.pages import guard_headers, policy

logger = logging.getLogger("digest.web")


class Guard:
    """Wraps the site; answers with `broken` where a page fails.

    Args:
        headers: set on every answer that does not set them itself.
    """

    def __init__(self, app: ASGIApp, broken: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._broken = broken
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001  # the last line before the reader
            # Not logger.exception: the error's own text may quote what a reader typed.
            logger.error("%s failed: %s", _named(scope), _where(error))  # noqa: TRY400  # see above
            if not status:
                await self._broken(scope, receive, guarded)
        spent = (time.perf_counter() - began) * 1000
        logger.info("%s %s %.0f ms", _named(scope), status, spent)


def site_headers() -> dict[str, str]:
    """The headers of the readers' pages."""
    return guard_headers(policy(script_src="'self'", connect_src="'self'"))


def _named(scope: Scope) -> str:
    route = scope.get("route")
    return f"{scope['method']} {getattr(route, 'path', '(no such page)')}"


def _where(error: Exception) -> str:
    """The error's kind and the places it came through; its text could quote a reader."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} in {places}"
