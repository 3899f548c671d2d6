from __future__ import annotations

from datetime import date, timedelta

from digest.model import Paper
from digest.selection.shelf import Shelf
from digest.web.suggested import suggested

DAY = date(2026, 8, 20)


def _shelf(*keywords: tuple[str, ...], title: str = "", days: int = 30) -> Shelf:
    """One paper a day with these keywords, and days whose papers have none."""
    papers = [
        Paper(key=f"arxiv:{n}", title=title, abstract=" ; ".join(given), keywords=given)
        for n, given in enumerate(keywords)
    ]
    empty = [Paper(key=f"url:{n}", title="") for n in range(days)]
    return Shelf((DAY + timedelta(days=n), paper) for n, paper in enumerate([*papers, *empty]))


def test_what_several_papers_say_is_suggested_as_they_write_it() -> None:
    shelf = _shelf(("Speech synthesis", "robots"), ("speech synthesis",), ("speech synthesis",))
    assert suggested(shelf) == ("speech synthesis",)


def test_a_plural_an_acronym_and_a_longer_form_are_one_topic() -> None:
    given = [("world models",)] * 4 + [("world model",)] * 2 + [("video world models",)] * 3
    given += [("LLM",)] * 3 + [("large language models",)] * 2
    assert suggested(_shelf(*given)) == ("LLM", "world models")


def test_phrases_of_the_same_papers_are_one_topic() -> None:
    together = [("diffusion", "image synthesis")] * 3
    assert len(suggested(_shelf(*together))) == 1
    apart = [("diffusion",)] * 3 + [("image synthesis",)] * 3
    assert suggested(_shelf(*apart)) == ("diffusion", "image synthesis")


def test_nothing_is_suggested_that_would_be_asked_about_or_warned_of() -> None:
    assert suggested(_shelf(("TTS", "a OR", "(x"), ("TTS", "a OR", "(x"))) == ()
    often = [("speech synthesis",)] * 10
    assert suggested(Shelf((DAY, paper) for paper in _shelf(*often, days=0).papers)) == ()


def test_titles_are_read_where_papers_come_without_keywords() -> None:
    shelf = _shelf((), (), title="Towards World Models: A Study of the Real World")
    assert suggested(shelf) == ("world models",)
