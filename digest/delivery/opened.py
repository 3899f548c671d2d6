"""A stranger's mail, opened: what its headers and texts say, whatever they are made of.

Nothing here raises for what stands in a mail. What a report returns of our own message is no
word of the machine that reports, so it is cut off before words are read: a digest may well be
about spam or unknown users.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses
from itertools import islice

MOST_PARTS = 100
MOST_TEXT = 20_000  # characters of a mail's text that are read
MOST_ADDRESSES = 50
LONGEST_VALUE = 2_000  # characters of a header that are read

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'\\]{1,150}@[^\s<>()\[\],;:\"'\\]{1,255}")
_COPY = re.compile(
    r"^[ \t>*=_-]{0,40}(?:"
    r"below this line is a copy"
    r"|(?:this|here|following|below|attached)\b.{0,30}\b(?:is|are)\b.{0,20}\b"
    r"(?:copy|first \d+ lines|headers? of|original|undelivered|returned)"
    r"|(?:(?:begin(?:ning)? of|start of|unsent|undelivered|undeliverable|original|returned|rejected"
    r"|bounced|failed|your|the) )+(?:message|mail|e-mail|headers?)"
    r"(?: (?:text|headers?|body|follows?|below|information|was|received))*"
    r"|(?:message|mail) (?:headers?|text|body|contents?)(?: follows?| received)?"
    r"|(?:die |ihre )?(?:urspr|original).{0,20}(?:nachricht|mail)"
    r"|message d'origine|mensaje original|messaggio originale"
    r")[ \t:.!*=_-]{0,80}\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS = re.compile(
    r"^[ \t>]{0,8}(?:return-path:[ \t]*<|received: (?:from|by) |dkim-signature: v="
    r"|message-id:[ \t]*<|mime-version: 1\.0|list-unsubscribe:)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(
    r"^[ \t>]{0,8}(message-id|to|return-path):[ \t]*([^\r\n]{1,300})", re.IGNORECASE | re.MULTILINE
)
_STYLE = re.compile(r"<(style|script|title)\b[^<]{0,20000}</\1", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|div|tr|li|h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>@]{1,400}>")


def value(mail: Mail, name: str) -> str:
    """A header's words as they stand, "" where it is missing; bare octets are UTF-8."""
    raw = next((text for key, text in mail.raw_items() if key.lower() == name.lower()), "")
    octets = str(raw)[:LONGEST_VALUE].encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "replace")


def subject(mail: Mail) -> str:
    """The subject, decoded where that is possible."""
    raw = value(mail, "Subject")
    try:
        return str(make_header(decode_header(raw)))
    except (MessageError, ValueError, LookupError):
        return raw


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """The mail addresses in some headers, each once."""
    found: dict[str, None] = {}
    for text in islice(values, MOST_ADDRESSES):
        # The library's parser knows comments and groups, and recurses into hostile ones.
        deep = text.count("(") > 20
        pairs = [] if deep else getaddresses([text[:LONGEST_VALUE]])
        named = [address for _, address in pairs if "@" in address]
        found |= dict.fromkeys(named or _ADDRESS.findall(text[:LONGEST_VALUE]))
    return tuple(islice(found, MOST_ADDRESSES))


def parts(mail: Mail) -> Iterator[Mail]:
    """The first parts, outermost first, without what a report returns: that is our own text."""
    pending = deque([mail])
    for _ in range(MOST_PARTS):
        if not pending:
            return
        part = pending.popleft()
        yield part
        if part.get_content_maintype() == "multipart":
            pending.extendleft(reversed(within(part)[:MOST_PARTS]))


def within(part: Mail) -> list[Mail]:
    """The parts of a part; none where it has a text of its own."""
    payload = part.get_payload() if part.is_multipart() else []
    return [inner for inner in payload if isinstance(inner, Mail)]


def whole_text(mail: Mail) -> str:
    """The text parts, with what a machine has put of our message behind its own words."""
    texts = (decoded(part) for part in parts(mail) if part.get_content_maintype() == "text")
    return "\n".join(texts)[: 4 * MOST_TEXT]


def own_text(text: str) -> str:
    """What stands before a returned copy, where that leaves anything."""
    ends = [found.start() for pattern in (_COPY, _HEADERS) if (found := pattern.search(text))]
    own = text[: min(ends, default=len(text))]
    return (own if len(own.strip()) >= 20 else text)[:MOST_TEXT]


def returned_lines(text: str) -> dict[str, list[str]]:
    """Headers of ours that stand in a text, by their names: for machines that attach nothing."""
    found: dict[str, list[str]] = {"message-id": [], "to": [], "return-path": []}
    for line in islice(_HEADER_LINE.finditer(text), MOST_ADDRESSES):
        found[line[1].lower()].append(line[2].strip())
    return found


def decoded(part: Mail) -> str:
    """A part's text, whatever it says of its encoding."""
    html = part.get_content_subtype() == "html"
    try:
        text = _in(part, part.get_content_charset() or "utf-8")
    except (LookupError, ValueError, MessageError):  # a charset that is none
        part.replace_header("Content-Type", "text/plain")
        text = _in(part, "utf-8")
    return _without_tags(text) if html else text


def _in(part: Mail, charset: str) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode(charset, "replace") if isinstance(payload, bytes) else ""


def _without_tags(text: str) -> str:
    return _TAG.sub(" ", _BREAK.sub("\n", _STYLE.sub(" ", text[: 10 * MOST_TEXT])))
