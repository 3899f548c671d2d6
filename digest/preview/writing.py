"""Previewed messages as files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from digest.model import Message
from digest.rendering import to_email


def write(message: Message, day: date, folder: Path) -> list[Path]:
    """Writes `<day>-<address>.eml`, the message's own bytes, and its HTML beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{day}-{message.recipient.replace('/', '_')}"
    eml, html = folder / f"{stem}.eml", folder / f"{stem}.html"
    eml.write_bytes(message.data)
    body = to_email(message).get_body(("html",))
    html.write_text(body.get_content() if body else "", encoding="utf-8")
    return [eml, html]
