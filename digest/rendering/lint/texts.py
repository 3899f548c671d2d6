"""Checks of the words: the text part, the postal address, and what filters dislike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.rendering.lint.findings import Finding, Severity
from digest.rendering.lint.page import Page

_WIDEST_LINE = 78
_ADDRESS = re.compile(r"://|mailto:")  # stays whole, so that it can be opened
_SPAM = re.compile(
    r"\b(act now|buy now|click here|100% free|risk[- ]free|winner|congratulations|cash bonus"
    r"|guaranteed income|limited time|order now|no obligation|earn money|viagra|casino)\b",
    re.IGNORECASE,
)
_SHOUTING = re.compile(r"!{2,}|\b[A-Z]{4,}(?: [A-Z]{4,}){3,}")


def check_text(text: str) -> Iterator[Finding]:
    """The text part is there, says enough and fits a terminal."""
    if len(text.split()) < 10:
        remedy = "Write body.txt.j2 as a text of its own."
        yield Finding("text", Severity.ERROR, "the text part", "it is empty", remedy)
    if re.search(r"</?[a-z]+[ >]|&[a-z]+;", text):
        remedy = "Print the fields as they are: the text part is no HTML."
        yield Finding("text", Severity.WARNING, "the text part", "it holds markup", remedy)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _WIDEST_LINE and not _ADDRESS.search(line):
            problem = f"a line of {len(line)} characters"
            remedy = "Use the wrap filter."
            place = f"line {number} of the text part"
            yield Finding("text", Severity.NOTE, place, problem, remedy)


def check_words(page: Page, text: str) -> Iterator[Finding]:
    """Words that filters count against a mail, where the template says them."""
    frame = [e for e in page.elements if e.tag not in {"h2", "a"} and e.text.strip()]
    for element in frame:
        for found in (_SPAM.search(element.text), _SHOUTING.search(element.text)):
            if found:
                remedy = "Say it calmly; where a paper says it, let it stand."
                problem = f"{found[0]!r}, which filters dislike"
                yield Finding("words", Severity.NOTE, element.place, problem, remedy)
    if text and not re.search(r"\d", text[-300:]):
        remedy = "Set sender.postal_address: the law asks for it (CAN-SPAM, §5 DDG)."
        yield Finding("words", Severity.NOTE, "the footer", "no postal address seen", remedy)
