from __future__ import annotations

import json
from datetime import date

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from digest import words
from digest.model import Paper
from digest.rendering.papers import Detail, paper_fields
from digest.web.feeds import Feed, Item

ENGLISH = words.load("en")
ATOM = "{http://www.w3.org/2005/Atom}"


@given(st.text(max_size=100), st.text(max_size=300))
def test_any_paper_makes_a_feed_that_can_be_read(title: str, abstract: str) -> None:
    paper = Paper(key="arxiv:2608.00001", title=title, abstract=abstract)
    item = Item(paper.key, date(2026, 8, 20), paper_fields(paper, ENGLISH, Detail.FULL))
    feed = Feed("RL", "https://p.example.org/", "https://p.example.org/search.atom?q=RL", [item])
    (entry,) = ElementTree.fromstring(feed.atom()).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == "https://arxiv.org/abs/2608.00001"
    assert entry.findtext(f"{ATOM}updated") == "2026-08-20T00:00:00Z"
    assert json.loads(feed.json())["items"][0]["id"] == "https://arxiv.org/abs/2608.00001"
