"""A template of one's own, begun as a copy of another."""

from __future__ import annotations

import re
from pathlib import Path

from digest.errors import TemplateError
from digest.rendering.sources import HTML, SUBJECT, TEXT, Sources

FILES = (SUBJECT, HTML, TEXT)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHARED = "shared"


def start_template(sources: Sources, name: str, model: str, folder: Path) -> list[Path]:
    """Copies a template's three files under a new name; returns the new files.

    What the files include stays shared, so that a change there reaches both.

    Args:
        sources: where the model is found.
        name: of the new template.
        model: of the one to copy.
        folder: the installation's templates folder; it is made where it is missing.

    Raises:
        TemplateError: the name is none, the model is missing, or a file is there already.
    """
    if not _NAME.fullmatch(name) or name == _SHARED:
        reason = f"{name!r} is no name for a template: small letters, digits, - and _"
        raise TemplateError(file=folder, line=1, reason=reason)
    texts = [sources.read(f"{model}/{file}").text for file in FILES]
    own = folder / "email" / name
    paths = [own / file for file in FILES]
    for path in paths:
        if path.exists():
            reason = "it is there already and is not written over"
            raise TemplateError(file=path, line=1, reason=reason)
    own.mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths
