"""Tokens into a syntax tree: NOT binds before AND, AND before OR; lines are alternatives."""

from __future__ import annotations

import re

from subscribers.errors import TopicError
from subscribers.topics.lexer import Kind, Token, possession, require_printable, tokens
from subscribers.topics.mistakes import Place, mistake
from subscribers.topics.printing import to_text
from subscribers.topics.tree import (
    Condition,
    Field,
    Has,
    Measure,
    Node,
    Not,
    Relation,
    Term,
    all_of,
    any_of,
    asks_for_something,
)

LONGEST = 4000  # characters of a topic
DEEPEST = 40  # parentheses and NOTs within one another
_LINES = re.compile(r"\r\n|\r|\n")
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z-]*(\.[A-Za-z-]+|\.)?\*?")
_STARTS = (Kind.WORD, Kind.QUOTED, Kind.FIELD, Kind.CONDITION, Kind.OPEN, Kind.NOT)


def parse(text: str) -> Node:
    """The tree of a topic's text.

    Raises:
        TopicError: shows the text with a caret under the place, and what was expected.
    """
    lines = lines_of(text[: LONGEST + 1])
    for number, line in enumerate(lines, 1):
        require_printable(line, number)
    if len(text) > LONGEST:
        end = Place(lines[-1], len(lines), len(lines[-1]) - 1)
        raise mistake(end, "The topic is too long", f"at most {LONGEST} characters")
    trees = [_Line(line, number).tree() for number, line in enumerate(lines, 1) if line.strip()]
    if not trees:
        raise mistake(Place(lines[0], 1, 0), "The topic is empty", "a word or a phrase")
    tree = any_of(tuple(trees))
    if (length := len(to_text(tree))) > LONGEST:  # it must be readable again
        what = f"The topic is too long: {length} characters with all its operators written out"
        raise mistake(Place(lines[0], 1, 0), what, f"at most {LONGEST}")
    return tree


def fault_of(text: str) -> str:
    """Why a stored topic is none any more, so that it selects nothing; "" where it is one."""
    try:
        parse(text)
    except TopicError as error:
        return str(error)
    return ""


def lines_of(text: str) -> list[str]:
    """The lines of a topic: alternatives, blank ones among them."""
    return _LINES.split(text)


class _Line:
    """A recursive descent over the tokens of one line."""

    def __init__(self, line: str, number: int) -> None:
        self._tokens = tokens(line, number)
        self._at = 0
        self._depth = 0
        self._field = Field.ANY

    def tree(self) -> Node:
        start = self._now.place
        tree = self._or()
        if self._now.kind is not Kind.END:
            raise mistake(self._now.place, "This ) closes nothing", "a ( before it, or the end")
        self._refuse_mere_exclusion(tree, start)
        return tree

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _or(self) -> Node:
        start = self._now.place
        items = [self._and()]
        while self._now.kind is Kind.OR:
            self._refuse_mere_exclusion(items[-1], start)
            self._take()
            start = self._now.place
            items.append(self._and())
        if len(items) > 1:
            self._refuse_mere_exclusion(items[-1], start)
        return any_of(tuple(items))

    def _and(self) -> Node:
        items = [self._not()]
        while self._now.kind is Kind.AND or self._now.kind in _STARTS:
            if self._now.kind is Kind.AND:
                self._take()
            items.append(self._not())
        return all_of(tuple(items))

    def _not(self) -> Node:
        if self._now.kind is not Kind.NOT:
            return self._item()
        self._deeper(self._take())
        item = self._not()
        self._depth -= 1
        return Not(item)

    def _item(self) -> Node:
        token = self._take()
        if token.kind is Kind.WORD:
            return self._run(token)
        if token.kind is Kind.QUOTED:
            return self._term(token, quoted=True)
        if token.kind is Kind.CONDITION:
            return self._condition(token)
        if token.kind is Kind.FIELD:
            return self._field_value(token)
        if token.kind is Kind.OPEN:
            return self._group(token)
        what = "The line ends here" if token.kind is Kind.END else f"{token.text} has nothing here"
        raise mistake(token.place, what, "a word, a phrase in quotes, a field or (")

    def _run(self, first: Token) -> Node:
        texts = [first.text]
        while self._now.kind is Kind.WORD:
            texts.append(self._take().text)
        return self._term(Token(Kind.WORD, " ".join(texts), first.place), quoted=False)

    def _group(self, opening: Token) -> Node:
        self._deeper(opening)
        tree = self._or()
        if self._now.kind is not Kind.CLOSE:
            raise mistake(opening.place, "This ( is not closed", "a ) in the same line")
        self._take()
        self._depth -= 1
        return tree

    def _condition(self, token: Token) -> Node:
        self._refuse_within_field(token)
        name, relation, number = token.text.split()
        return Condition(Measure(name), Relation(relation), int(number))

    def _field_value(self, token: Token) -> Node:
        self._refuse_within_field(token)
        value = self._take()
        if token.text == "has":
            if value.kind is not Kind.WORD:
                raise mistake(value.place, "has: needs a word", "has:code, say")
            return Has(possession(value.text, value.place))
        self._field = Field(token.text)
        try:
            return self._value(token, value)
        finally:
            self._field = Field.ANY

    def _value(self, token: Token, value: Token) -> Node:
        if value.kind is Kind.OPEN:
            return self._group(value)
        if value.kind in (Kind.WORD, Kind.QUOTED):
            return self._term(value, quoted=value.kind is Kind.QUOTED)
        raise mistake(value.place, f"{token.text}: has no value", "a word, quotes or ( after it")

    def _term(self, token: Token, *, quoted: bool) -> Term:
        if self._field is Field.CATEGORY and not _CATEGORY.fullmatch(token.text):
            raise mistake(token.place, f"{token.text} is no category", "cs.CL, or cs.* for all")
        return Term(token.text, self._field, quoted)

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise mistake(token.place, "This is nested too deep", f"at most {DEEPEST} levels")

    def _refuse_within_field(self, token: Token) -> None:
        if self._field:
            raise mistake(token.place, f"This stands within {self._field}:", "words or quotes")

    def _refuse_mere_exclusion(self, tree: Node, start: Place) -> None:
        if not asks_for_something(tree):
            raise mistake(
                start,
                "This only excludes, so that nearly every paper would match",
                "something to look for beside it (`digest topic exclude` is for all topics)",
            )
