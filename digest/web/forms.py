"""Forms: read within limits, and accepted only from a page of ours."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from digest.web.errors import FormInvalid, FormStale, FormTooLarge
from subscribers.tokens import MAC_BYTES, Keyring

LARGEST = 128 * 1024
LARGEST_WITH_FILE = 1024 * 1024
#: So much more is read and thrown away, so that the answer reaches a browser still sending.
_DRAINED = 64 * 1024 * 1024
_MOST_FIELDS = 300
CSRF_FIELD = "form"
LIFETIME = timedelta(hours=12)
_HEAD_BYTES = 5  # the key's id and the instant


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent with a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Fields:
    """What a form holds, in the order in which it was sent.

    Attributes:
        items: name and text of each field.
        files: name and file of each field in which one was chosen.
    """

    items: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Upload], ...] = ()

    def text(self, name: str, longest: int = 200) -> str:
        """The first value of a field, trimmed; "" where there is none.

        Raises:
            FormInvalid: it is longer than the field may be.
        """
        value = next((value for key, value in self.items if key == name), "").strip()
        if len(value) > longest:
            raise FormInvalid(reason=f"“{name}” is longer than {longest} characters")
        return value

    def changed(self, name: str, value: str) -> Fields:
        """The same form with another value in one field."""
        rest = tuple(item for item in self.items if item[0] != name)
        return replace(self, items=(*rest, (name, value)))

    def file(self, name: str) -> Upload | None:
        """The first file of a field; None where none was chosen."""
        return next((file for key, file in self.files if key == name), None)

    def has(self, name: str) -> bool:
        """Whether the field was sent: a box that was ticked, a button that was pressed."""
        return any(key == name for key, _ in self.items)


async def read_fields(request: Request) -> Fields:
    """The fields of a posted form, urlencoded or multipart, without files.

    Raises:
        FormTooLarge: the body is larger than any form of ours.
        FormInvalid: the body is no form, or holds what no keyboard types.
    """
    return await _read(request, LARGEST, files=0)


async def read_with_file(request: Request) -> Fields:
    """The same, where the form may bring a file along and be as large as that takes."""
    return await _read(request, LARGEST_WITH_FILE, files=1)


Posted = Annotated[Fields, Depends(read_fields)]
PostedWithFile = Annotated[Fields, Depends(read_with_file)]


async def _read(request: Request, most: int, files: int) -> Fields:
    body = await _body(request.stream(), most)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        fields = await _multipart(request, body, files)
    else:
        fields = Fields(_urlencoded(body))
    return replace(fields, items=tuple(_checked(fields.items)))


def clean(text: str) -> str:
    """Text from outside without what a database or a terminal could choke on.

    Raises:
        FormInvalid: it holds NUL, another control character or a lone surrogate.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in kept:
        if (character < " " and character not in "\n\t") or "\ud800" <= character <= "\udfff":
            raise FormInvalid(reason=f"it holds the control character U+{ord(character):04X}")
    return kept


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Makes and checks the tokens by which a form is known to come from a page of ours.

    A token is a MAC over the form's name, what it is bound to and the time. Pages that are
    opened by a link are bound to that link, which an attacker's page does not know; public
    forms to a cookie that lasts as long as the window (OWASP's signed double submit).
    """

    ring: Keyring

    def issue(self, form: str, bound_to: str, now: datetime) -> str:
        """A token for one form."""
        head = bytes([self.ring.current]) + int(now.timestamp()).to_bytes(4)
        mac = self._mac(self.ring.current, head, form, bound_to)
        return base64.urlsafe_b64encode(head + mac).rstrip(b"=").decode()

    def check(self, token: str, form: str, bound_to: str, now: datetime) -> None:
        """Lets pass what `issue` made not too long ago for the same form.

        Raises:
            FormStale: anything else.
        """
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise FormStale from None
        if len(raw) != _HEAD_BYTES + MAC_BYTES or raw[0] not in self.ring.keys:
            raise FormStale
        head, mac = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
        if not hmac.compare_digest(self._mac(raw[0], head, form, bound_to), mac):
            raise FormStale
        made = datetime.fromtimestamp(int.from_bytes(head[1:]), UTC)
        if not timedelta(minutes=-5) <= now - made <= LIFETIME:
            raise FormStale

    def _mac(self, key_id: int, head: bytes, form: str, bound_to: str) -> bytes:
        # The first octet of a link's token is a key's id and the second a purpose: "f", "o"
        # is no such pair, so that neither kind of token can stand for the other.
        data = b"\0".join([b"form", form.encode(), bound_to.encode()])
        return self.ring.mac(key_id, data + b"\0" + head)


async def _body(stream: AsyncIterator[bytes], most: int) -> bytes:
    body = bytearray()
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > _DRAINED:
            break
        if size <= most:
            body += chunk
    if size > most:
        raise FormTooLarge(most=most // 1024)
    return bytes(body)


def _urlencoded(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        text = body.decode("ascii")
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (UnicodeDecodeError, ValueError):
        raise FormInvalid(reason="it is not what a browser sends") from None


async def _multipart(request: Request, body: bytes, files: int) -> Fields:
    async def once() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(
        request.headers,
        once(),  # type: ignore[arg-type]  # any asynchronous iterator does
        max_files=files,
        max_fields=_MOST_FIELDS,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise FormInvalid(reason="it is not what a browser sends") from None
    texts = [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
    sent = [(key, value) for key, value in form.multi_items() if isinstance(value, UploadFile)]
    # A field in which no file was chosen is sent as a file without a name.
    named = [(key, file) for key, file in sent if file.filename]
    uploads = [(key, Upload(file.filename or "", await file.read())) for key, file in named]
    await form.close()
    return Fields(tuple(texts), tuple(uploads))


def _checked(items: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((clean(name), clean(value)) for name, value in items)
