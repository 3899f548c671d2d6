"""Words, dates, plural forms and lists."""

from __future__ import annotations

from datetime import date

import pytest

from digest import words
from digest.model import Reason, Rule

EN = words.load("en")


def test_a_date_is_written_as_a_masthead() -> None:
    assert EN.date(date(2026, 8, 20)) == "Thursday, 20 August"
    assert EN.date(date(2026, 8, 3), "full") == "3 August 2026"


@pytest.mark.parametrize(("count", "text"), [(1, "1 author"), (2, "2 authors"), (0, "0 authors")])
def test_a_count_chooses_the_plural_form(count: int, text: str) -> None:
    assert EN("entry.authors", count=count) == text


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c", "d"], "a, b, c and d")],
)
def test_a_list_is_joined(items: list[str], text: str) -> None:
    assert EN.list(items) == text


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason(rule=Rule.PHRASE, phrase="RL", field="title"), "“RL” in the title"),
        (Reason(rule=Rule.FIELD, phrase="Ada", field="author"), "by Ada"),
        (Reason(rule=Rule.FIELD, phrase="cs.LG", field="category"), "in cs.LG"),
        (Reason(rule=Rule.FIELD, phrase="x", field="shoe"), "shoe is “x”"),
        (Reason(rule=Rule.NEAR, topic="agents", others=("a", "b")), "close to agents: a and b"),
        (Reason(rule=Rule.NEAR, topic="agents"), "close to agents"),
        (Reason(rule=Rule.VOTES), "among the most voted of the day"),
    ],
)
def test_a_reason_is_put_into_words(reason: Reason, text: str) -> None:
    assert EN.reason(reason) == text


@pytest.mark.parametrize("locale", ["xx", "tlh", "", "en_XX", "../../etc"])
def test_an_unknown_language_is_english(locale: str) -> None:
    assert words.load(locale)("entry.read") == "Read"


def test_every_language_says_everything_with_the_same_facts() -> None:
    import re
    import tomllib

    from digest.folders import templates_folder

    english = words.load("en")
    for path in sorted((templates_folder() / "words").glob("*.toml")):
        tomllib.loads(path.read_text(encoding="utf-8"))
        other = words.load(path.stem)
        assert other.language == path.stem
        for key, text in english._catalogue.items():
            meant = set(re.findall(r"{(\w+)}", str(text)))
            assert set(re.findall(r"{(\w+)}", str(other._catalogue[key]))) == meant, key
