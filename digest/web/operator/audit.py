"""The audit log as a page."""

from __future__ import annotations

from fastapi import APIRouter, Response

from digest.web.operator.frame import At
from digest.web.operator.gate import HOME

router = APIRouter()
ROWS = 50


@router.api_route(f"{HOME}/audit", methods=["GET", "HEAD"])
def show(at: At, before: int = 0) -> Response:
    """What the operator did, at the command line or here, the latest first."""
    found = at.here.app.audit.list(limit=ROWS + 1, before=before or None)
    acts = found[:ROWS]
    older = acts[-1].id if len(found) > ROWS else 0
    return at.page("audit.html.j2", {"acts": acts, "older": older, "later": before})
