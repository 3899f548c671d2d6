"""Makes what strangers wrote harmless, and short enough to be read."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urlsplit

_LONGEST = 4000  # characters that are looked at; a 10 MB abstract costs no more than a page
# Controls, lone surrogates, marks that reorder the text around them (Unicode TR 36), line and
# paragraph separators, invisible operators, the byte order mark, noncharacters.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
_BREAKING = re.compile("[\t\n\v\f\r\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_ENCODED_WORD = re.compile(r"=\?|\?=")
_CLOSING = "'\")\\]\u201d\u2019\u00bb"
_WIDE_END = "\u3002\uff01\uff1f"  # the full stops of Chinese and Japanese need no space after them
_SENTENCE_END = re.compile(rf"[.!?…][{_CLOSING}]*(?=\s|$)|[{_WIDE_END}]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|Fig|Eq|Sec|No|approx|resp|w\.r\.t|[A-Z])|\betc)\.$"
)


@lru_cache(maxsize=8192)
def clean(text: str, longest: int = _LONGEST) -> str:
    """One line of text: no controls, no reordering marks, at most `longest` characters."""
    text = _HARMFUL.sub("", _BREAKING.sub(" ", text[: 2 * longest]))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    return text if len(text) <= longest else cut(text, longest)


def clean_header(text: str, longest: int = 200) -> str:
    """The same for a header: nothing in it can be read as an encoded word (RFC 2047)."""
    return _ENCODED_WORD.sub("", clean(text, longest)).strip()


def cut(text: str, longest: int) -> str:
    """At most `longest` characters: up to the last whole sentence, else the last whole word."""
    if len(text) <= longest:
        return text
    ends = [m.end() for m in _SENTENCE_END.finditer(text[: longest + 1]) if m.end() <= longest]
    for end in reversed(ends):
        if end < longest // 3:
            break
        if not _ABBREVIATION.search(text[:end]):
            return text[:end]
    return cut_words(text, longest)


def cut_words(text: str, longest: int) -> str:
    """At most `longest` characters, up to the last whole word, with an ellipsis."""
    if len(text) <= longest:
        return text
    whole = text[:longest].rpartition(" ")[0]
    kept = whole if len(whole) > longest // 2 else text[: longest - 1]
    return kept.rstrip(" ,;:.\u2013\u2014-") + "…"


@lru_cache(maxsize=8192)
def clean_url(url: str) -> str:
    """A web address in ASCII, "" for anything else: `javascript:`, a name and password, junk."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return ""
    if len(url) > 2000 or _HARMFUL.search(url):
        return ""
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._") if parts.query else ""
    fragment = "#" + quote(parts.fragment, safe="/?%:@!$&'()*+,;=~-._") if parts.fragment else ""
    return f"{parts.scheme}://{host}{port}{path}{query}{fragment}"
