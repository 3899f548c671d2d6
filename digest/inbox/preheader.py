"""The line that mail clients show beside the subject: the first words of the body."""

from __future__ import annotations

from html.parser import HTMLParser

LONGEST = 140
_ENOUGH = 40  # a hidden preheader, not a stray word
_READ = 65_536  # characters of the body that are looked at
_CHUNK = 4_096
_UNSEEN = {"head", "script", "style", "title", "template"}
_BLOCKS = {"div", "p", "td", "tr", "table", "h1", "h2", "h3", "li", "section", "body"}
_PADDING = dict.fromkeys(map(ord, "\u034f\u00ad\u200b\u200c\u200d\u2007\ufeff"))


def preheader_of(html: str | None, text: str | None) -> str:
    """The first block of text, in one line of at most `LONGEST` characters."""
    words = _first_block(html) if html is not None else (text or "")[: 4 * LONGEST]
    line = " ".join(words.translate(_PADDING).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def _first_block(html: str) -> str:
    reader = _FirstBlock()
    for start in range(0, min(len(html), _READ), _CHUNK):
        reader.feed(html[start : start + _CHUNK])
        if reader.done:
            break
    return reader.text


class _FirstBlock(HTMLParser):
    """Collects text until a block ends with enough of it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.done = False
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        if tag in _BLOCKS:
            self.text += " "
            self.done = len(self.text.strip()) >= _ENOUGH

    def handle_data(self, data: str) -> None:
        if not self._unseen and not self.done and len(self.text) < 4 * LONGEST:
            self.text += data
