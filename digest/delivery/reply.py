"""What an SMTP server answers: parsed (RFC 5321 section 4.2, RFC 2034)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST_LINE = 8192
LONGEST_REPLY = 65536

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class MalformedReply(Exception):
    """The server's words are no SMTP reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a server.

    Attributes:
        code: three digits.
        enhanced: RFC 3463's status, "" where there was none.
        text: the words on one line, without the enhanced status.
    """

    code: int
    enhanced: str = ""
    text: str = ""

    @property
    def positive(self) -> bool:
        """Whether what was asked was done."""
        return 200 <= self.code < 300

    @property
    def refuses(self) -> bool:
        """Whether it was not, now or ever."""
        return self.code >= 400

    @property
    def transient(self) -> bool:
        """Whether the same may succeed later."""
        return 400 <= self.code < 500

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


class ReplyReader:
    """Takes octets as they come, gives whole replies."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[str] = []
        self._size = 0

    @property
    def partial(self) -> bool:
        """Whether a reply has begun that is not whole yet."""
        return bool(self._buffer or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these octets complete.

        Raises:
            MalformedReply: what came is none, or is endless.
        """
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > LONGEST_LINE:
            raise MalformedReply("a line without an end")
        return [reply for line in lines if (reply := self._line(line))]

    def _line(self, line: bytes) -> Reply | None:
        if not self._lines and line[3:4] == b" ":
            return _alone(line)
        code, mark = _code(line), line[3:4].strip()
        self._size += len(line)
        if self._size > LONGEST_REPLY:
            raise MalformedReply("a reply without an end")
        self._lines.append(_clean(line[4:]))
        if mark:
            return None
        lines, self._lines, self._size = self._lines, [], 0
        return _reply(code, lines)


@lru_cache(maxsize=256)
def _alone(line: bytes) -> Reply:
    """A reply of one line: a server says the same few of them all the time."""
    return _reply(_code(line), [_clean(line[4:])])


def _code(line: bytes) -> int:
    code, mark = line[:3], line[3:4].strip()
    if not (code.isdigit() and b"200" <= code < b"600" and mark in (b"", b"-")):
        raise MalformedReply(f"not a reply: {_clean(line[:80])}")
    return int(code)


def _reply(code: int, lines: list[str]) -> Reply:
    """The enhanced status stands at the head of every line, and is told once."""
    found = _ENHANCED.match(lines[-1])
    if not found or found[1][0] != str(code)[0]:
        return Reply(code, "", " ".join(lines).strip())
    status = found[1]
    return Reply(code, status, " ".join(line.removeprefix(status).strip() for line in lines))


def _clean(line: bytes) -> str:
    return _CONTROL.sub(" ", line.decode("utf-8", "replace")).strip()
