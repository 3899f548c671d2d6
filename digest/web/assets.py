"""The files that pages load: one style sheet, one script, both from here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from fastapi import Response

from digest.folders import templates_folder
from digest.pages import STYLE_PATH, stylesheet

_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass
class Asset:
    """A file of `templates/web`, whose address changes with it."""

    name: str
    media_type: str

    @cached_property
    def content(self) -> bytes:
        """What is sent."""
        return (templates_folder() / "web" / self.name).read_bytes()

    @cached_property
    def url(self) -> str:
        """Where it is, so that a browser may keep it for long."""
        return f"/{self.name}?v={sha256(self.content).hexdigest()[:12]}"

    def answer(self) -> Response:
        """The file as an answer."""
        return Response(self.content, media_type=self.media_type, headers=_KEPT)


SCRIPT = Asset("site.js", "text/javascript")


def style() -> Response:
    """The style sheet as an answer."""
    return Response(stylesheet(), media_type="text/css", headers=_KEPT)


def script() -> Response:
    """The script as an answer."""
    return SCRIPT.answer()


ROUTES = {STYLE_PATH: style, f"/{SCRIPT.name}": script}
