"""A tree as text that parses to the same tree."""

from __future__ import annotations

from subscribers.topics.tree import And, Condition, Has, Node, Not, Or, Term

_LABEL_LENGTH = 60


def to_text(node: Node) -> str:
    """The topic as text, operators written out."""
    if isinstance(node, Term):
        return _term(node)
    if isinstance(node, Condition):
        return f"{node.measure}{node.relation}{node.number}"
    if isinstance(node, Has):
        return f"has:{node.what}"
    if isinstance(node, Not):
        return f"NOT {_within(node.item, And, Or)}"
    if isinstance(node, And):
        return " AND ".join(_within(item, Or) for item in node.items)
    return " OR ".join(map(to_text, node.items))


def _within(node: Node, *looser: type[Node]) -> str:
    return f"({to_text(node)})" if isinstance(node, looser) else to_text(node)


def _term(term: Term) -> str:
    text = f'"{term.text}"' if term.quoted else term.text
    if not term.field:
        return text
    several = not term.quoted and " " in term.text
    return f"{term.field}:({text})" if several else f"{term.field}:{text}"


def label(text: str) -> str:
    """What a topic is called in a heading: its first line, cut where it is long."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(first) <= _LABEL_LENGTH:
        return first
    return first[: _LABEL_LENGTH - 1].rstrip() + "\u2026"
