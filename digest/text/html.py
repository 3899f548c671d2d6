"""HTML in one pass: its texts, and where its elements begin and end.

It is read as browsers read it, as far as its words go. The time it takes grows with its length and
with nothing else: what ends nowhere is looked for once, not at each of ten thousand `<a` or `<!--`
(the standard library's reader takes minutes for a page of these, and holds the interpreter).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal

#: What a piece is: a text between two marks, or the name of an element that begins or ends there.
Kind = Literal["text", "begin", "end"]
#: Elements whose text nobody sees.
UNSEEN = frozenset({"script", "style", "template", "head"})

_MARK = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
# A `>` in a value that stands in quotes ends no tag.
_TAG = re.compile(r"<(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+>")
_HIDDEN = (("<!--", "-->"), ("<![CDATA[", "]]>"))
_RAW = {tag: re.compile(rf"</{tag}(?![^\s/>])", re.IGNORECASE) for tag in ("script", "style")}
# Python refuses to read a number of thousands of digits; of no letter is it the number anyway.
_NO_LETTER = re.compile(r"&#[0-9]{20,};?")


def pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """The pieces of HTML in their order; names are in lower case, comments are left out.

    What is never closed: a comment hides the rest, as in browsers; a `<` or a tag is text.
    """
    return _Reader(text).pieces()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._last = {end: text.rfind(end) for end in (">", *(end for _, end in _HIDDEN))}
        self._quotes = True  # until one is found that nothing closes

    def pieces(self) -> Iterator[tuple[Kind, str]]:
        at = 0
        while (mark := _MARK.search(self._text, at)) and mark.start() < self._last[">"]:
            yield from self._words(at, mark.start())
            at = self._end(mark.start())
            named = _NAME.match(self._text, mark.start(), at)
            if named is None:
                continue
            tag, ends = named[1].lower(), self._text.startswith("/", mark.start() + 1)
            if not ends:
                yield "begin", tag
            if ends or self._text.startswith("/>", at - 2):
                yield "end", tag
            elif raw := _RAW.get(tag):
                end = raw.search(self._text, at)
                begun, at = at, end.start() if end else len(self._text)
                yield "text", self._text[begun:at]
        hidden = mark is not None and self._text.startswith("<!--", mark.start())
        yield from self._words(at, mark.start() if mark and hidden else len(self._text))

    def _words(self, begin: int, end: int) -> Iterator[tuple[Kind, str]]:
        if begin < end:
            yield "text", html.unescape(_NO_LETTER.sub("\ufffd", self._text[begin:end]))

    def _end(self, begin: int) -> int:
        """Where what begins there ends; a `>` is known to follow."""
        for opening, closing in _HIDDEN:
            if self._text.startswith(opening, begin):
                if self._last[closing] > begin:
                    return self._text.index(closing, begin + 2) + len(closing)
                if opening == "<!--":
                    return len(self._text)
        if self._quotes and self._text[begin + 1] not in "!?":
            if tag := _TAG.match(self._text, begin):
                return tag.end()
            self._quotes = False
        return self._text.index(">", begin) + 1
