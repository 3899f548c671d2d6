"""Template sources: where they lie, which files belong to one, and their colours.

A template is a folder `email/<name>/` with `subject.txt.j2`, `body.mjml.j2` and `body.txt.j2`.
An installation's own templates folder is searched first, file by file, so that one file of
a template (or one of `email/shared/`) can be replaced alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from digest.errors import TemplateError
from digest.folders import templates_folder

SUBJECT, HTML, TEXT = "subject.txt.j2", "body.mjml.j2", "body.txt.j2"
_INCLUDE = re.compile(r"\{%-?\s*include\s+(['\"])([\w./-]+)\1\s*-?%\}\n?")
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a template."""

    path: Path
    text: str


class Sources:
    """The files of all templates, an installation's own first."""

    def __init__(self, own: Path | None) -> None:
        yours = f"in {own / 'email'}" if own else "where `templates` in digest.toml is not set"
        self._absent = f"there is no such file {yours}, nor among the program's templates"
        self._folders = [folder / "email" for folder in (own, templates_folder()) if folder]

    def names(self) -> list[str]:
        """All templates there are."""
        found = {path.parent.name for folder in self._folders for path in folder.glob(f"*/{HTML}")}
        return sorted(found)

    def files(self, name: str) -> list[Path]:
        """The files a template may be made of: its own and the shared ones."""
        return [
            path
            for folder in self._folders
            for part in (name, "shared")
            for path in sorted((folder / part).glob("*.j2"))
        ]

    def read(self, name: str) -> Source:
        """One file, by a name such as `daily/body.txt.j2`.

        Raises:
            TemplateError: it is in no templates folder, or not UTF-8.
        """
        path = next((f / name for f in self._folders if (f / name).is_file()), None)
        if path is None or ".." in name:
            raise TemplateError(file=name, line=1, reason=self._absent)
        try:
            return Source(path, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(file=path, line=1, reason=error) from None

    def included(self, source: Source, line: int, name: str) -> Source:
        """A file that `source` includes; a missing one is `source`'s fault."""
        try:
            return self.read(name)
        except TemplateError:
            reason = f"{name} is in no templates folder"
            raise TemplateError(file=source.path, line=line, reason=reason) from None

    def whole(self, name: str, depth: int = 0) -> str:
        """The text of a file with everything it includes.

        Raises:
            TemplateError: a file is missing, or includes itself.
        """
        source = self.read(name)
        if depth > _DEEPEST:
            raise TemplateError(file=source.path, line=1, reason="it includes itself")
        return _INCLUDE.sub(lambda match: self.whole(match[2], depth + 1), source.text)

    def digest(self, name: str) -> str:
        """A hash of everything the template is made of."""
        content = hashlib.sha256()
        for file in (SUBJECT, HTML, TEXT):
            content.update(self.whole(f"{name}/{file}").encode() + b"\0")
        return content.hexdigest()
