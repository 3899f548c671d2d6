"""Finding the papers of an answer again among those of the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, or_, select

from digest.archive import tables as t
from digest.archive.rows import paper_of
from digest.editions import same_paper
from digest.identity import title_hash
from digest.model import Paper

T = TypeVar("T")
CHUNK = 400  # bound parameters of one query: below every database's limit


@dataclass(slots=True)
class Known:
    """A paper of the archive, with what changes when it is seen again."""

    id: int
    edition_id: int | None
    position: int
    seen_on: date
    listed_upvotes: int | None
    paper: Paper


@dataclass(slots=True)
class Finder:
    """The papers of the archive that those of an answer may be."""

    by_key: dict[str, Known] = field(default_factory=dict)
    by_title: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, connection: Connection, papers: Sequence[Paper]) -> Finder:
        """Reads what has one of their keys, had one of them, or bears one of their titles."""
        finder = cls()
        for block in blocks(papers):
            finder._load(connection, block)
        return finder

    def _load(self, connection: Connection, papers: Sequence[Paper]) -> None:
        keys = [paper.key for paper in papers]
        renamed = connection.execute(select(t.aliases).where(t.aliases.c.key.in_(keys))).all()
        query = select(t.papers).where(
            or_(
                t.papers.c.key.in_(keys),
                t.papers.c.id.in_([row.paper_id for row in renamed]),
                t.papers.c.title_hash.in_([title_hash(paper.title) for paper in papers]),
            )
        )
        by_id = {row.id: self._keep(row) for row in connection.execute(query.order_by("id"))}
        self.by_key.update({row.key: by_id[row.paper_id] for row in renamed})

    def _keep(self, row: Row[Any]) -> Known:
        known = self.by_key.get(row.key)
        if known is None:
            known = Known(
                row.id, row.edition_id, row.position, row.seen_on, row.listed_upvotes, paper_of(row)
            )
            self.by_key[row.key] = known
            self.by_title[row.title_hash].append(known)
        return known

    def match(self, paper: Paper) -> Known | None:
        """What the archive has of this paper."""
        if known := self.by_key.get(paper.key):
            return known
        titled = self.by_title.get(title_hash(paper.title), [])
        return next((known for known in titled if same_paper(known.paper, paper)), None)


def blocks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at a time as one query can be asked for."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def ids_of(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """The rows of papers that bear these keys."""
    found: dict[str, int] = {}
    for block in blocks(list(keys)):
        query = select(t.papers.c.key, t.papers.c.id).where(t.papers.c.key.in_(block))
        found.update({row.key: row.id for row in connection.execute(query)})
    return found
