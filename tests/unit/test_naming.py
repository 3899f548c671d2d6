from __future__ import annotations

import pytest

from digest import words
from digest.model import Reason, Rule
from digest.naming import topic_name

ENGLISH = words.load("en")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("in-context learning", "in-context learning"),
        ('"chain of thought"', "chain of thought"),
        ("agent harness\nGUI agent", "agent harness"),
        ("3D OR 4D OR video", "3D, 4D or video"),
        ("has:code upvotes>=20 NOT title:GAN", "code available, 20 votes or more (no GAN)"),
        ("org:Tencent OR org:Google", "Tencent or Google"),
        ("RL -survey", "RL (no survey)"),
        ("RL -survey OR agents", "RL (no survey) or agents"),
        ("NOT survey", "NOT survey"),
        ("robot authors<=1", "robot, 1 author at most"),
        ("cat:cs.*", "cs.*"),
        ("((", "(("),
        ("", ""),
    ],
)  # fmt: skip
def test_a_topic_is_called_by_a_name_and_not_by_its_query(query: str, name: str) -> None:
    assert topic_name(query, ENGLISH) == name


def test_a_condition_is_a_reason_in_words() -> None:
    because = Reason(rule=Rule.CONDITION, phrase="has:code", others=("upvotes>=20",))
    assert ENGLISH.reason(because) == "code available and 20 votes or more, as you asked"
