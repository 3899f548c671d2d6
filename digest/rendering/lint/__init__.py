"""What may go wrong with a message in the world: checks, each finding with place and remedy.

`digest lint` prints them and the preview shows them beside the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from digest.model import Message
from digest.rendering.lint import clients, contrast, heads, pages, texts
from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.lint.page import Page, parse
from digest.rendering.mime import part, to_email

__all__ = ["Finding", "Severity", "lint"]

_PAGE_CHECKS: tuple[Callable[[Page], Iterable[Finding]], ...] = (
    pages.check_size,
    pages.check_links,
    pages.check_images,
    pages.check_headings,
    pages.check_language,
    contrast.check_contrast,
    clients.check_clients,
)


def lint(message: Message) -> list[Finding]:
    """All findings of a message, the gravest first."""
    page, text = parse(part(message, "html")), part(message, "plain")
    found = [finding for check in _PAGE_CHECKS for finding in check(page)]
    way = str(to_email(message).get("List-Unsubscribe", "")).strip(" <>")
    found += [
        *pages.check_way_out(page, way),
        *heads.check_headers(message),
        *texts.check_text(text),
        *texts.check_words(page, text),
    ]
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))
