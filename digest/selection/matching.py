"""Topics against papers: which match, and what in them matched."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence

from digest.model import LinkKind, Paper, Reason, Rule
from digest.selection.index import PHRASE_PLACES, PaperIndex
from digest.selection.reading import Place, Reading
from subscribers.topics import (
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
    terms,
)

_VETO_PLACES = {
    **PHRASE_PLACES,
    Field.ANY: (Place.TITLE,),
    Field.ABSTRACT: (Place.TITLE, Place.ABSTRACT),
}
_RELATIONS: dict[Relation, Callable[[int, int], bool]] = {
    Relation.AT_LEAST: operator.ge,
    Relation.AT_MOST: operator.le,
    Relation.MORE: operator.gt,
    Relation.LESS: operator.lt,
    Relation.EQUAL: operator.eq,
}
_LINKS = {
    Possession.CODE: LinkKind.CODE,
    Possession.PDF: LinkKind.PDF,
    Possession.PROJECT: LinkKind.PROJECT,
}
_PLACE_NAMES = {Place.TITLE: "title", Place.KEYWORD: "keyword", Place.ABSTRACT: "abstract"}
_FIELD_NAMES = {
    Field.AUTHOR: "author",
    Field.ORGANIZATION: "organization",
    Field.CATEGORY: "category",
    Field.SOURCE: "source",
}


class Matcher:
    """Evaluates trees over papers; each distinct leaf once.

    Args:
        papers: bit `i` of every mask stands for `papers[i]`.
        readings: their words, in the same order.
        trees: everything that will be asked.
        index: of these papers, where one is there that answers anything; no readings then.
    """

    def __init__(
        self,
        papers: Sequence[Paper],
        readings: Sequence[Reading],
        trees: Iterable[Node],
        *,
        index: PaperIndex | None = None,
    ) -> None:
        self._papers = papers
        phrases = (term for tree in trees for term in _all_terms(tree))
        asked = (t for t in phrases if t.field in PHRASE_PLACES)
        self._index = index or PaperIndex(readings, asked)
        self._known: dict[tuple[Term | Condition | Has, bool], int] = {}

    @property
    def index(self) -> PaperIndex:
        """Where each phrase stands."""
        return self._index

    def papers(self, tree: Node, *, veto: bool = False) -> int:
        """The papers that satisfy a tree, as a mask.

        Under a veto, phrases look in the title unless `abs:` widens them.
        """
        if isinstance(tree, Not):
            return self._index.everything & ~self.papers(tree.item, veto=not veto)
        if isinstance(tree, And):
            mask = self._index.everything
            for item in tree.items:
                mask &= self.papers(item, veto=veto)
            return mask
        if isinstance(tree, Or):
            mask = 0
            for item in tree.items:
                mask |= self.papers(item, veto=veto)
            return mask
        return self._leaf(tree, veto=veto)

    def _leaf(self, leaf: Term | Condition | Has, *, veto: bool) -> int:
        known = self._known.get((leaf, veto))
        if known is None:
            known = self._known[leaf, veto] = self._evaluate(leaf, veto=veto)
        return known

    def _evaluate(self, leaf: Term | Condition | Has, *, veto: bool) -> int:
        if isinstance(leaf, Condition):
            compare, number = _RELATIONS[leaf.relation], leaf.number
            values = (_measure(paper, leaf.measure) for paper in self._papers)
            return self._index.where(v is not None and compare(v, number) for v in values)
        if isinstance(leaf, Has):
            kind = _LINKS[leaf.what]
            return self._index.where(paper.link(kind) is not None for paper in self._papers)
        if leaf.field in PHRASE_PLACES:
            places = _VETO_PLACES if veto else PHRASE_PLACES
            return self._index.hits(leaf).within(places[leaf.field])
        return self._index.holding(leaf, self._papers)

    def reason(self, tree: Node, number: int, topic: str) -> Reason:
        """What in paper `number` satisfied a tree: the strongest of its leaves."""
        bit = 1 << number
        found = [self._reason(leaf, bit) for leaf in _held(self, tree, bit)]
        best = min((r for r in found if r), key=_weight, default=Reason(rule=Rule.CONDITION))
        others = tuple(r.phrase for r in found if r and r != best and r.rule is best.rule)
        conditions = best.rule is Rule.CONDITION
        return Reason(
            rule=best.rule,
            topic=topic,
            phrase=best.phrase,
            field=best.field,
            others=others if conditions else (),
        )

    def _reason(self, leaf: Term | Condition | Has, bit: int) -> Reason | None:
        if isinstance(leaf, Condition):
            phrase = f"{leaf.measure}{leaf.relation}{leaf.number}"
            return Reason(rule=Rule.CONDITION, phrase=phrase, field=leaf.measure)
        if isinstance(leaf, Has):
            return Reason(rule=Rule.CONDITION, phrase=f"has:{leaf.what}", field=leaf.what)
        if leaf.field not in PHRASE_PLACES:
            return Reason(rule=Rule.FIELD, phrase=leaf.text, field=_FIELD_NAMES[leaf.field])
        masks = self._index.hits(leaf).masks
        place = next(p for p in PHRASE_PLACES[leaf.field] if masks[p] & bit)
        return Reason(rule=Rule.PHRASE, phrase=leaf.text, field=_PLACE_NAMES[place])


def _held(matcher: Matcher, tree: Node, bit: int) -> Iterator[Term | Condition | Has]:
    """The wanted leaves of a tree that a paper satisfies."""
    if isinstance(tree, And | Or):
        for item in tree.items:
            if matcher.papers(item) & bit:
                yield from _held(matcher, item, bit)
    elif not isinstance(tree, Not) and matcher.papers(tree) & bit:
        yield tree


def _weight(reason: Reason) -> tuple[int, int, int]:
    rules = (Rule.PHRASE, Rule.FIELD, Rule.CONDITION)
    fields = ("title", "keyword", "abstract")
    place = fields.index(reason.field) if reason.field in fields else len(fields)
    return rules.index(reason.rule), place, -len(reason.phrase)


def _all_terms(tree: Node) -> Iterator[Term]:
    yield from terms(tree)
    yield from terms(tree, wanted=False)


def _measure(paper: Paper, measure: Measure) -> int | None:
    if measure is Measure.UPVOTES:
        return paper.upvotes
    if measure is Measure.COMMENTS:
        return paper.comments
    if measure is Measure.STARS:
        return paper.stars
    return paper.author_count or len(paper.authors) or None
