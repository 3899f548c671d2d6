"""A tree in words, for one who wonders whether a topic says what they mean."""

from __future__ import annotations

from subscribers.topics.normal import acronym_of, words
from subscribers.topics.tree import (
    And,
    Condition,
    Field,
    Has,
    Measure,
    Node,
    Not,
    Or,
    Possession,
    Relation,
    Term,
)

_PLACES = {
    Field.ANY: "in the title, abstract or keywords",
    Field.TITLE: "in the title",
    Field.ABSTRACT: "in the abstract",
    Field.AUTHOR: "among the authors",
    Field.ORGANIZATION: "in the organisation's name",
    Field.CATEGORY: "among the categories",
    Field.KEYWORD: "in a keyword",
    Field.SOURCE: "as its source",
}
_VETOED = {**_PLACES, Field.ANY: "in the title", Field.ABSTRACT: "in the title or abstract"}
_MEASURES = {
    Measure.UPVOTES: "votes",
    Measure.COMMENTS: "comments",
    Measure.STARS: "stars of its code",
    Measure.AUTHORS: "authors",
}
_RELATIONS = {
    Relation.AT_LEAST: "at least",
    Relation.AT_MOST: "at most",
    Relation.MORE: "more than",
    Relation.LESS: "fewer than",
    Relation.EQUAL: "exactly",
}
_POSSESSIONS = {
    Possession.CODE: "published code",
    Possession.PDF: "a PDF",
    Possession.PROJECT: "a project page",
}


def in_words(node: Node) -> str:
    """The tree as an indented outline, one item a line."""
    return "\n".join(_lines(node, vetoed=False))


def _lines(node: Node, *, vetoed: bool) -> list[str]:
    if isinstance(node, Term):
        return [_term(node, vetoed=vetoed)]
    if isinstance(node, Condition):
        return [f"{_RELATIONS[node.relation]} {node.number} {_MEASURES[node.measure]}"]
    if isinstance(node, Has):
        return [_POSSESSIONS[node.what]]
    if isinstance(node, Not):
        return _outline("not", _lines(node.item, vetoed=not vetoed))
    heading = "all of" if isinstance(node, And) else "any of"
    return [heading, *(line for item in node.items for line in _item(item, vetoed=vetoed))]


def _item(node: And | Or | Node, *, vetoed: bool) -> list[str]:
    first, *rest = _lines(node, vetoed=vetoed)
    return [f"  - {first}", *(f"    {line}" for line in rest)]


def _outline(heading: str, lines: list[str]) -> list[str]:
    return [f"{heading} {lines[0]}", *lines[1:]]


def _term(term: Term, *, vetoed: bool) -> str:
    place = (_VETOED if vetoed else _PLACES)[term.field]
    found = words(term.text)
    if len(found) == 1 and acronym_of(found[0].written) and term.field in _TEXTS:
        how = "exactly so, no plural" if term.quoted else "with these capitals"
        return f'"{term.text}" {how}, {place}'
    how = " exactly so" if term.quoted and term.field in _TEXTS else ""
    return f'"{term.text}"{how} {place}'


_TEXTS = (Field.ANY, Field.TITLE, Field.ABSTRACT, Field.KEYWORD)
