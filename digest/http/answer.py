"""An answer that came whole, and what can be read from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import httpx

from digest.errors import SourceAnswerInvalid


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came whole.

    Attributes:
        url: where it came from, after redirects.
        headers: by lower-case name.
        fetched_at: when it came, in UTC.
    """

    source: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime

    def json(self) -> object:
        """The body as JSON.

        Raises:
            SourceAnswerInvalid: it is none; says what it is and where it breaks.
        """
        try:
            value: object = json.loads(self.text())
        except json.JSONDecodeError as error:
            kind = "HTML" if self.body.lstrip()[:1] == b"<" else f"no JSON ({error.msg})"
            place = f"{self.url}, line {error.lineno}, column {error.colno}"
            raise self.invalid(f"{kind} where JSON was expected", place) from None
        except (ValueError, RecursionError):  # numbers of thousands of digits, endless brackets
            raise self.invalid("holds JSON beyond all measure") from None
        return value

    def text(self) -> str:
        """The body as UTF-8."""
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.invalid("is not UTF-8", f"{self.url}, byte {error.start + 1}") from None

    def next_url(self) -> str | None:
        """The following page that a `Link` header announces (RFC 8288), on the same server.

        Raises:
            SourceAnswerInvalid: it leads elsewhere.
        """
        links = httpx.Response(200, headers={"link": self.headers.get("link", "")}).links
        target = links.get("next", {}).get("url")
        if not target:
            return None
        found = httpx.URL(urljoin(self.url, target))
        here = httpx.URL(self.url)
        if (found.scheme, found.netloc) != (here.scheme, here.netloc):
            raise self.invalid(f"its next page is on another server: {found.host}")
        return str(found)

    def invalid(self, reason: str, place: str = "") -> SourceAnswerInvalid:
        """The error for an answer that cannot be read."""
        return SourceAnswerInvalid(source=self.source, place=place or self.url, reason=reason)
