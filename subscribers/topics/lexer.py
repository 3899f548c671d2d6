"""One line of a topic into tokens, each with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from subscribers.topics.mistakes import Place, mistake
from subscribers.topics.normal import split
from subscribers.topics.tree import Field, Measure, Possession, Relation

QUOTES = '"\u201c\u201d\u201e\u201f'  # a phone's keyboard writes the curly ones
# What keyboards and word processors write for the signs of the language, sign for sign, so that
# places stay: wide forms (East Asian keyboards), and hyphens, an en dash and a minus.
_WRITTEN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_WRITTEN |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63"), ord("-"))
_DASHES = "\u2014\u2015"
FIELDS = (*(f"{field}:" for field in Field if field), "has:")

_SPACE = re.compile(r"\s+")
_QUOTED = re.compile(f"[{QUOTES}]([^{QUOTES}]*)([{QUOTES}]?)")
_FIELD = re.compile(r"([^\W\d_]+):")
_COMPARISON = re.compile(r"([^\W\d_]+)(\s*)(>=|<=|=>|=<|==|\u2265|\u2264|>|<|=)\s*([^\s()]*)")
_WORD = re.compile(rf"[^\s(){QUOTES}]+")
_RELATIONS = {"\u2265": ">=", "\u2264": "<="}
# Operators of other search engines: read as words, they would ask for something else.
_FOREIGN_START = re.compile(r"[+~!:^]+(?=[^\W_])")
_FOREIGN_END = re.compile(r"(?<=[^\W_][^\W_])[*~^][\d.]*$")
_FOREIGN_MIDDLE = re.compile(r"(?<=[^\W\d_])(?:[|;]+|&&|,(?=[^\W\d_]))(?=[^\W_])")
_INSTEAD = {
    "!": "NOT or a hyphen before what is not wanted, or quotes",
    "+": "AND between what is wanted, or quotes",
    ":": "the field directly before its colon, or quotes",
}
_LONE = {"|": "OR", "||": "OR", "&&": "AND", "+": "AND", ",": "OR", ";": "OR", "/": "OR"}


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    FIELD = "field"
    CONDITION = "condition"
    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `text` is a word, what stands in quotes, a field's name or a condition."""

    kind: Kind
    text: str
    place: Place


def tokens(line: str, number: int) -> list[Token]:
    """The tokens of a line, the last of kind END.

    Raises:
        TopicError: something in it is no word of the language.
    """
    found: list[Token] = []
    at, read = 0, line.translate(_WRITTEN)
    while at < len(line):
        if space := _SPACE.match(read, at):
            at = space.end()
            continue
        token, at = _next(read, at, Place(line, number, at))
        found.append(token)
    return [*found, Token(Kind.END, "", Place(line, number, len(line)))]


def _next(line: str, at: int, place: Place) -> tuple[Token, int]:
    sign = line[at]
    if sign in "()":
        return Token(Kind.OPEN if sign == "(" else Kind.CLOSE, sign, place), at + 1
    if sign in QUOTES:
        return _quoted(line, at, place)
    if sign == "-":
        return _minus(line, at, place)
    if comparison := _COMPARISON.match(line, at):
        known = comparison[1].lower() in list(Measure)
        if known or not comparison[2]:
            return _condition(comparison, place), comparison.end()
    if field := _FIELD.match(line, at):
        return Token(Kind.FIELD, _field(field[1], place), place), field.end()
    return _word(line, at, place)


def _quoted(line: str, at: int, place: Place) -> tuple[Token, int]:
    match = _QUOTED.match(line, at)
    assert match, "a quotation mark stands here"  # noqa: S101  # the caller has seen it
    if not match[2]:
        raise mistake(place, "The quotation is not closed", 'a second " in the same line')
    text = " ".join(match[1].split())
    _require_searchable(text, f'"{text}"', place)
    return Token(Kind.QUOTED, text, place), match.end()


def _minus(line: str, at: int, place: Place) -> tuple[Token, int]:
    before, after = line[at - 1 : at] or " ", line[at + 1 : at + 2] or " "
    if after.isspace():
        raise mistake(place, "A hyphen stands alone", "a word directly after it, or quotes")
    if after == "-" or not (before.isspace() or before == "("):
        raise mistake(place, "A hyphen here excludes nothing", "a space before it, or quotes")
    return Token(Kind.NOT, "-", place), at + 1


def _condition(comparison: re.Match[str], place: Place) -> Token:
    name, _, relation, number = comparison.groups()
    if name.lower() not in list(Measure):
        allowed = ", ".join(Measure)
        raise mistake(place, f"{name} cannot be compared", f"one of {allowed}, or quotes")
    relation = _RELATIONS.get(relation, relation)
    if relation not in list(Relation):
        raise mistake(place.moved(len(name)), f"{relation} is no comparison", "one of >= <= > < =")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        where = place.moved(comparison.start(4) - comparison.start())
        raise mistake(where, f"{number or 'Nothing'} is no whole number", f"{name}>=20, say")
    return Token(Kind.CONDITION, f"{name.lower()} {relation} {int(number)}", place)


def _field(name: str, place: Place) -> str:
    if f"{name.lower()}:" not in FIELDS:
        allowed = " ".join(FIELDS)
        raise mistake(place, f"{name}: is no field", f"one of {allowed} or quotes around it")
    return name.lower()


def _word(line: str, at: int, place: Place) -> tuple[Token, int]:
    match = _WORD.match(line, at)
    assert match, "neither space, quote nor parenthesis stands here"  # noqa: S101  # seen above
    text = match[0]
    if text in (Kind.AND, Kind.OR, Kind.NOT):
        return Token(Kind(text), text, place), match.end()
    if text in _LONE:
        raise mistake(place, f"{text} is no operator", f"{_LONE[text]}, or quotes around it")
    _refuse_foreign(text, place)
    _require_searchable(text, text, place)
    return Token(Kind.WORD, text, place), match.end()


def _refuse_foreign(text: str, place: Place) -> None:
    """Refuses what other search engines take for an operator, and a dash that is no hyphen."""
    if text[0] in _DASHES:
        raise mistake(
            place, "A dash excludes nothing", "a hyphen directly before a word, or quotes"
        )
    if text[-1] in ",;" and len(text) > 1:
        where = place.moved(len(text) - 1)
        raise mistake(where, f"{text[-1]} is no operator", "OR between alternatives, or quotes")
    if between := _FOREIGN_MIDDLE.search(text):
        where, wanted = place.moved(between.start()), "AND" if "&" in between[0] else "OR"
        raise mistake(where, f"{between[0]} is no operator", f"{wanted} with spaces, or quotes")
    if end := _FOREIGN_END.search(text):
        where = place.moved(end.start())
        raise mistake(
            where, f"{end[0]} is no operator", "whole words (plurals are found), or quotes"
        )
    if start := _FOREIGN_START.match(text):
        raise mistake(place, f"{start[0]} is no operator here", _INSTEAD.get(start[0], "quotes"))


def _require_searchable(text: str, shown: str, place: Place) -> None:
    if not split(text):
        raise mistake(place, f"{shown} holds nothing to look for", "a letter, digit or picture")


def possession(text: str, place: Place) -> Possession:
    """What a word after `has:` names.

    Raises:
        TopicError: nothing that a paper could have.
    """
    if text.lower() not in list(Possession):
        allowed = ", ".join(Possession)
        raise mistake(place, f"has:{text} is not known", f"one of {allowed}")
    return Possession(text.lower())


def require_printable(line: str, number: int) -> None:
    """Refuses what no keyboard writes and no database keeps.

    Raises:
        TopicError: a control character or half a surrogate pair.
    """
    for at, sign in enumerate(line):
        if unicodedata.category(sign) in ("Cc", "Cs") and not sign.isspace():
            place = Place(line, number, at)
            raise mistake(place, f"U+{ord(sign):04X} is no text", "characters that can be seen")
