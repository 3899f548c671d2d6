"""Health, readiness and metrics over HTTP, for the operator's machines: not on the site.

`/health/live` answers while the process does; `/health/ready` is 503 with the reasons while
the work is not done; `/metrics` is Prometheus' text format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.metrics import Metrics


def make_endpoints(metrics: Metrics, problems: Callable[[], Sequence[str]]) -> Starlette:
    """The endpoints of a process.

    Args:
        metrics: of the process.
        problems: what does not work at this moment, in words.
    """

    async def live(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(_: Request) -> Response:
        found = await run_in_threadpool(problems)
        content = {"ready": not found, "problems": list(found)}
        return JSONResponse(content, status_code=503 if found else 200)

    async def figures(_: Request) -> Response:
        text = await run_in_threadpool(metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    routes = [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", figures),
    ]
    return Starlette(routes=routes)
