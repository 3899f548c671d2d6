"""The migrations are one chain: each follows another, none is followed twice."""

from __future__ import annotations

import re

from tests.support import ROOT

FOLDER = ROOT / "digest" / "migrations" / "versions"


def value_of(name: str, text: str) -> str | None:
    found = re.search(rf'^{name} = (?:"(\w+)"|None)$', text, re.MULTILINE)
    assert found, f"{name} is not told"
    return found[1]


def test_each_migration_follows_the_one_before() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.py"))]
    revisions = [value_of("revision", text) for text in texts]
    assert len(set(revisions)) == len(revisions)
    assert [value_of("down_revision", text) for text in texts] == [None, *revisions[:-1]]


def test_a_migration_is_named_by_its_number() -> None:
    for path in FOLDER.glob("*.py"):
        assert path.name[:4] == value_of("revision", path.read_text(encoding="utf-8"))
