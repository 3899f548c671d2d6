"""Words, dates, plural forms and lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest
from babel import Locale

from digest import words
from digest.folders import templates_folder
from digest.model import Reason, Rule

EN = words.load("en")
LANGUAGES = sorted(path.stem for path in (templates_folder() / "words").glob("*.toml"))


def test_a_date_is_written_as_a_masthead() -> None:
    assert EN.date(date(2026, 8, 20)) == "Thursday, 20 August"
    assert EN.date(date(2026, 8, 3), "full") == "3 August 2026"


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1\xa0author"), (2, "2\xa0authors"), (0, "0\xa0authors")]
)
def test_a_count_chooses_the_plural_form(count: int, text: str) -> None:
    assert EN("entry.authors", count=count) == text


@pytest.mark.parametrize(
    ("count", "english", "german"),
    [
        (999, "999", "999"),
        (1000, "1k", "1k"),
        (1299, "1.2k", "1,2k"),
        (15_999, "15k", "15k"),
        (10**12, "1000000k", "1000000k"),
    ],
)
def test_a_large_number_is_short(count: int, english: str, german: str) -> None:
    assert (EN.number(count), words.load("de").number(count)) == (english, german)


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_itself(language: str) -> None:
    assert said(language).keys() == said("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_uses_the_same_facts(language: str) -> None:
    for key, text in said("en").items():
        assert facts(said(language)[key]) == facts(text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_of_the_language_is_there(language: str) -> None:
    forms = Locale.parse(language).plural_form.tags | {"other"}
    for key, text in said(language).items():
        assert isinstance(text, str) or text.keys() == forms, key


def said(language: str) -> Mapping[str, words.Text]:
    """What a catalogue says itself, without what is said in English."""
    return words.read_catalogue(templates_folder() / "words" / f"{language}.toml")


def facts(text: words.Text) -> set[str]:
    return set(re.findall(r"{(\w+)}", str(text)))
