"""Whatever stands in a file, it is read or refused with its place: nothing else happens."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import EditionFileInvalid
from digest.sources.files import read
from tests.payloads import daily_item

FULL = daily_item(
    1, ai_summary="S", ai_keywords=["a"], githubRepo="https://e.org", githubStars=1,
    projectPage="https://e.org", organization={"name": "n", "fullname": "F"},
)  # fmt: skip
LINE = {
    "id": "2608.00001", "title": "T", "date": "2026-08-20", "abstract": "A", "authors": ["A"],
    "published": "2026-08-20", "upvotes": 1, "keywords": ["k"], "categories": ["cs.LG"],
    "links": [{"kind": "pdf", "url": "https://e.org"}], "url": "https://e.org",
}  # fmt: skip
PAGE = "Daily Papers\nJan 5\nTitle\nAbstract\n• 4 authors\n·\nDec 8, 2025 3\n"
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a structure."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for name, item in inner for place in places(item, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    result = copy.deepcopy(value)
    target = result
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = new
    return result


def is_read_or_refused(path: Path) -> None:
    refusal = None
    try:
        days = read(path)
    except EditionFileInvalid as error:
        refusal, days = error, []
    assert all(paper.title.encode() for day in days for paper in day.papers)
    assert refusal is None or str(refusal).startswith(f"{path}: {refusal.facts['place']}: ")


@pytest.mark.parametrize("whole", [[FULL], LINE, {"date": "2026-08-20", "data": [FULL]}])
@many
@given(st.data())
def test_any_value_at_any_place(tmp_path: Path, whole: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(whole)))
    path = tmp_path / "x.json"
    path.write_text(json.dumps(changed(whole, place, data.draw(anything))))
    is_read_or_refused(path)


@pytest.mark.parametrize("text", [json.dumps([FULL]), json.dumps(LINE), PAGE, str([str(FULL)])])
@many
@given(st.data())
def test_any_damage(tmp_path: Path, text: str, data: st.DataObject) -> None:
    raw = text.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 9)))
    path = tmp_path / "2026-08-20.json"
    path.write_bytes(raw[:start] + data.draw(st.binary(max_size=9)) + raw[end:])
    is_read_or_refused(path)


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.txt", "x.gz"])
@many
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    is_read_or_refused(path)
