"""The syntax tree of a topic: values that compare equal when they mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """Where a term looks. A term without a field looks in title, abstract and keywords."""

    ANY = ""
    TITLE = "title"
    ABSTRACT = "abs"
    AUTHOR = "author"
    ORGANIZATION = "org"
    CATEGORY = "cat"
    KEYWORD = "keyword"
    SOURCE = "source"


class Measure(StrEnum):
    """A number of a paper that a condition compares."""

    UPVOTES = "upvotes"
    COMMENTS = "comments"
    STARS = "stars"
    AUTHORS = "authors"


class Relation(StrEnum):
    """How a condition compares."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "="


class Possession(StrEnum):
    """What `has:` asks a paper to have."""

    CODE = "code"
    PDF = "pdf"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase, or the value of a field.

    Attributes:
        text: as it was written, single spaces between its words, without quotes.
        quoted: quotes switch stemming off.
    """

    text: str
    field: Field = Field.ANY
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A number of the paper compared with a whole number. An unknown number satisfies none."""

    measure: Measure
    relation: Relation
    number: int


@dataclass(frozen=True, slots=True)
class Has:
    """The paper has this."""

    what: Possession


@dataclass(frozen=True, slots=True)
class Not:
    """A veto: the item must not hold. Its terms look in the title unless `abs:` widens them."""

    item: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two items, none of which is itself an And."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of at least two items, none of which is itself an Or."""

    items: tuple[Node, ...]


Node = Term | Condition | Has | Not | And | Or


def all_of(items: tuple[Node, ...]) -> Node:
    """The items joined by AND, flat."""
    flat = [part for item in items for part in (item.items if isinstance(item, And) else (item,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(items: tuple[Node, ...]) -> Node:
    """The items joined by OR, flat."""
    flat = [part for item in items for part in (item.items if isinstance(item, Or) else (item,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def terms(node: Node, *, wanted: bool = True) -> Iterator[Term]:
    """The terms that speak for a paper (`wanted`) or, under an odd number of NOTs, against it."""
    if isinstance(node, Term):
        if wanted:
            yield node
    elif isinstance(node, Not):
        yield from terms(node.item, wanted=not wanted)
    elif isinstance(node, And | Or):
        for item in node.items:
            yield from terms(item, wanted=wanted)


def asks_for_something(node: Node, *, holds: bool = True) -> bool:
    """Whether a paper must show something to satisfy the tree (`holds`), or to fail it.

    A tree of exclusions alone asks for nothing: every paper that lacks them satisfies it.
    """
    if isinstance(node, Not):
        return asks_for_something(node.item, holds=not holds)
    if isinstance(node, And | Or):
        each = (asks_for_something(item, holds=holds) for item in node.items)
        return any(each) if isinstance(node, And) == holds else all(each)
    return holds


def without_vetoes(node: Node) -> Node | None:
    """What a tree asks for, without what it forbids; None where it only forbids."""
    if isinstance(node, Not):
        return None
    if isinstance(node, And | Or):
        left = tuple(one for item in node.items if (one := without_vetoes(item)) is not None)
        return (all_of if isinstance(node, And) else any_of)(left) if left else None
    return node
