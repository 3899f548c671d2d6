"""What all web pages share: their frame, their style sheet and the headers that guard them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from digest.folders import templates_folder

BRAND = "Paper Digest"
STYLE_PATH = "/style.css"

#: Nothing from elsewhere, no script, no frame around the page (CSP Level 3).
POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype\b[^>]*>", re.IGNORECASE)


def environment(*folders: Path) -> Environment:
    """Templates of `templates/web`, everything escaped, an unknown name an error.

    Args:
        folders: searched first, so that an installation can put its own pages in.
    """
    loader = FileSystemLoader([*folders, templates_folder() / "web"])
    made = Environment(  # escapes whatever a template's ending
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(brand=BRAND, style_url=style_url())
    return made


@cache
def stylesheet() -> bytes:
    """The style sheet that every page links."""
    return (templates_folder() / "web" / "style.css").read_bytes()


def style_url() -> str:
    """The style sheet's address; it changes with the sheet, so that it may be kept for long."""
    return f"{STYLE_PATH}?v={sha256(stylesheet()).hexdigest()[:12]}"


def policy(**changes: str) -> str:
    """A Content-Security-Policy: the one of all pages, with changes such as `frame_src`."""
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}".strip() for name, value in {**POLICY, **named}.items())


def mail_policy(*pictures: str) -> str:
    """Of a mail's own document: no script, no form, nothing loaded; a link opens a new window.

    Args:
        pictures: addresses of pictures that are shown all the same.
    """
    return policy(
        sandbox="allow-popups allow-popups-to-escape-sandbox",
        style_src="'unsafe-inline'",
        img_src=" ".join(("data:", *pictures)),
        form_action="'none'",
        frame_ancestors="'self'",
    )


def with_new_windows(html: str) -> str:
    """A mail whose links open beside the page: inside a frame most sites refuse to be shown."""
    place = _HEAD.search(html) or _DOCTYPE.search(html)
    after = place.end() if place else 0
    return f'{html[:after]}<base target="_blank">{html[after:]}'


def guard_headers(content_policy: str = "") -> dict[str, str]:
    """The headers of every page: no referrer, no storing, no guessing of types, no framing."""
    return {
        "Content-Security-Policy": content_policy or policy(),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
