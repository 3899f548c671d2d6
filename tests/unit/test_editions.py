from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions import (
    Standing,
    after_answer,
    after_failure,
    distinct,
    ending,
    merge,
    merge_earlier,
    return_reason,
    same_paper,
)
from digest.identity import paper_key
from digest.model import DayState, EditionState, Link, LinkKind, Paper, SourceDay
from digest.testing import make_paper

DAY = date(2026, 8, 20)
NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TITLE = "Zetta: a closed-loop harness"
WITH_ID = Paper(key="arxiv:2608.16590", title=TITLE, published=date(2026, 8, 17))
TITLE_ONLY = Paper(key=paper_key(TITLE, DAY), title="Zetta: A Closed-Loop Harness", published=DAY)


def answer(count: int, state: DayState = DayState.OPEN, at: datetime = NOON) -> SourceDay:
    papers = tuple(make_paper(number) for number in range(count))
    return SourceDay(source="s", date=DAY, papers=papers, state=state, fetched_at=at, reason="why")


def test_a_title_without_id_is_the_paper_that_has_one() -> None:
    assert same_paper(WITH_ID, TITLE_ONLY)
    assert merge(TITLE_ONLY, WITH_ID).key == WITH_ID.key


def test_two_ids_are_two_papers_whatever_their_titles() -> None:
    assert not same_paper(WITH_ID, replace(WITH_ID, key="arxiv:2608.00001"))


def test_a_title_of_another_year_is_another_paper() -> None:
    assert not same_paper(WITH_ID, replace(TITLE_ONLY, published=date(2024, 1, 1)))


def test_a_title_that_says_nothing_proves_nothing() -> None:
    short = replace(WITH_ID, title="Introduction")
    assert not same_paper(replace(short, title="Intro"), replace(TITLE_ONLY, title="Intro"))


def test_merging_keeps_the_richest_of_both() -> None:
    poor = replace(WITH_ID, abstract="Short.", upvotes=3, comments=1, sources=("a",))
    rich = replace(
        WITH_ID, abstract="A longer text.", authors=("A", "B"), author_count=2, organization="Lab",
        upvotes=9, published=date(2026, 8, 16), version=2, sources=("b",),
    )  # fmt: skip
    both = merge(poor, rich)
    assert (both.abstract, both.authors, both.organization) == ("A longer text.", ("A", "B"), "Lab")
    assert (both.upvotes, both.comments, both.version) == (9, 1, 2)
    assert (both.published, both.sources) == (date(2026, 8, 16), ("a", "b"))


def test_a_sighting_of_an_earlier_day_brings_only_counts_that_lack() -> None:
    known = replace(WITH_ID, upvotes=9, summary="Now.")
    both = merge_earlier(known, replace(WITH_ID, upvotes=3, comments=1, summary="Then."))
    assert (both.upvotes, both.comments, both.summary) == (9, 1, "Now.")


def test_merging_keeps_all_links_once() -> None:
    page, code = Link(LinkKind.PAGE, "https://a.example"), Link(LinkKind.CODE, "https://b.example")
    both = merge(replace(WITH_ID, links=(page,)), replace(WITH_ID, links=(page, code)))
    assert both.links == (page, code)


def test_a_post_does_not_rename_a_paper_and_a_new_version_does() -> None:
    assert merge(WITH_ID, TITLE_ONLY).title == WITH_ID.title
    assert merge(WITH_ID, replace(WITH_ID, title="New", version=2)).title == "New"


papers = st.builds(
    Paper,
    key=st.sampled_from(["arxiv:2608.00001", "arxiv:2608.00002", "url:https://e.org", "title:1"]),
    title=st.sampled_from(["One and the same title", "Another title altogether"]),
    abstract=st.text(max_size=3),
    upvotes=st.none() | st.integers(0, 9),
)


@given(papers)
def test_merging_a_paper_with_itself_changes_nothing(paper: Paper) -> None:
    assert merge(paper, paper) == paper


@given(st.lists(papers, max_size=8))
def test_distinct_papers_are_distinct_and_no_id_is_lost(found: list[Paper]) -> None:
    kept = distinct(found)
    assert {paper.key for paper in kept} <= {paper.key for paper in found}
    assert len({paper.key for paper in kept}) == len(kept)
    named = {paper.key for paper in found if paper.key.startswith("arxiv:")}
    assert named <= {paper.key for paper in kept}


@pytest.mark.parametrize(
    ("listed", "now", "reason"),
    [
        (5, 51, "votes grew from 5 to 51"),
        (5, 49, ""),
        (5, 50, ""),
        (6, 59, ""),
        (6, 60, "votes grew from 6 to 60"),
        (0, 51, "votes grew from 0 to 51"),
        (None, 99, ""),
    ],
)
def test_votes_bring_a_paper_back(listed: int | None, now: int, reason: str) -> None:
    assert return_reason(WITH_ID, replace(WITH_ID, upvotes=now), listed) == reason


def test_a_new_version_brings_a_paper_back() -> None:
    known = replace(WITH_ID, version=1)
    assert return_reason(known, replace(known, version=2), 0) == "version 2"
    assert return_reason(WITH_ID, replace(known, version=2), 0) == ""


def test_an_open_day_fills_and_a_closed_one_is_settled() -> None:
    filling = after_answer(None, answer(1), total=1)
    assert (filling.state, filling.changed_at) == (EditionState.FILLING, NOON)
    closed = after_answer(filling, answer(2, DayState.CLOSED, NOON + HOUR), total=2)
    assert (closed.state, closed.settled_at) == (EditionState.SETTLED, NOON + HOUR)


def test_an_answer_without_change_keeps_the_instant_of_the_last() -> None:
    filling = after_answer(None, answer(2), total=2)
    later = after_answer(filling, answer(2, at=NOON + HOUR), total=2)
    assert (later.changed_at, later.fetched_at) == (NOON, NOON + HOUR)


def test_a_settled_edition_is_not_opened_again() -> None:
    settled = after_answer(None, answer(2, DayState.CLOSED), total=2)
    assert after_answer(settled, answer(2), total=2).state is EditionState.SETTLED


@pytest.mark.parametrize("state", [DayState.EMPTY, DayState.STALE, DayState.OPEN, DayState.CLOSED])
def test_an_empty_answer_leaves_the_last_good_state(state: DayState) -> None:
    good = after_answer(None, answer(4), total=4)
    after = after_answer(good, answer(0, state, NOON + HOUR), total=4)
    assert (after.state, after.papers, after.fetched_at) == (EditionState.FILLING, 4, NOON)
    assert after.problem
    assert after.problem_since == NOON + HOUR


def test_a_list_that_lost_most_of_its_papers_does_not_close_the_day() -> None:
    good = after_answer(None, answer(20), total=20)
    after = after_answer(good, answer(3, DayState.CLOSED), total=20)
    assert after.state is EditionState.FILLING
    assert after.problem == "the source lists 3 papers where it had listed 20"


def test_papers_that_came_late_for_another_day_are_not_missed_in_the_list() -> None:
    adopted = after_answer(None, answer(1), total=4)
    after = after_answer(adopted, answer(1), total=4)
    assert (after.problem, after.papers, after.listed) == ("", 4, 1)


def test_a_stale_list_is_no_list_of_this_day() -> None:
    stale = after_answer(None, answer(9, DayState.STALE), total=0)
    after = after_answer(stale, answer(1), total=1)
    assert (after.problem, after.state, after.papers) == ("", EditionState.FILLING, 1)


def test_a_list_that_lost_papers_may_still_bring_one() -> None:
    good = after_answer(None, answer(20), total=20)
    after = after_answer(good, answer(3, at=NOON + HOUR), total=21)
    assert after.problem
    assert (after.papers, after.changed_at) == (21, NOON + HOUR)


def test_a_day_whose_papers_all_stood_earlier_says_so() -> None:
    after = after_answer(None, replace(answer(3, DayState.CLOSED), reason=""), total=0)
    assert (after.state, after.reason) == (
        EditionState.EMPTY, "all 3 papers of this day stand in earlier editions",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (DayState.OPEN, EditionState.FILLING),
        (DayState.EMPTY, EditionState.EMPTY),
        (DayState.CLOSED, EditionState.EMPTY),
        (DayState.STALE, EditionState.STALE),
    ],
)
def test_a_day_without_papers_says_why(said: DayState, state: EditionState) -> None:
    after = after_answer(None, answer(0, said), total=0)
    assert (after.state, after.reason, after.settled_at) == (state, "why", None)


def test_a_failure_is_told_and_leaves_what_is_known() -> None:
    failed = after_failure(None, "no answer", NOON)
    assert (failed.state, failed.reason) == (EditionState.FAILED, "no answer")
    good = after_answer(failed, answer(3), total=3)
    assert (good.state, good.problem, good.reason) == (EditionState.FILLING, "", "")
    again = after_failure(good, "503", NOON + HOUR)
    assert (again.state, again.papers, again.problem) == (EditionState.FILLING, 3, "503")


def test_a_problem_began_when_it_was_first_met() -> None:
    once = after_failure(None, "503", NOON)
    assert after_failure(once, "cut off", NOON + HOUR).problem_since == NOON


FILLING = Standing(
    state=EditionState.FILLING, papers=1, opened_at=NOON - 10 * HOUR, changed_at=NOON - 9 * HOUR
)
RULE: dict[str, datetime | timedelta] = {"deadline": NOON, "quiet": 2 * HOUR, "longest": 6 * HOUR}


def ends(standing: Standing, hours: float, **rule: datetime | timedelta) -> EditionState | None:
    """After an answer so many hours past the deadline."""
    now = NOON + hours * HOUR
    return ending(replace(standing, fetched_at=now), now=now, **{**RULE, **rule})  # type: ignore[arg-type]  # two kinds in one mapping


@pytest.mark.parametrize(
    ("changed", "fetched", "settled"),
    [(-9, 2, True), (-9, 1.9, False), (1, 2.9, False), (1, 3, True), (5, 5.9, False), (5, 6, True)],
)
def test_an_edition_settles_when_seen_unchanged_past_its_deadline_or_at_last(
    changed: float, fetched: float, settled: bool
) -> None:
    standing = replace(FILLING, changed_at=NOON + changed * HOUR)
    assert ends(standing, fetched) is (EditionState.SETTLED if settled else None)


def test_a_day_on_which_nothing_came_ends_empty() -> None:
    assert ends(replace(FILLING, papers=0, changed_at=None), 2) is EditionState.EMPTY


def test_an_edition_does_not_end_while_its_source_fails() -> None:
    much_later = NOON + 99 * HOUR
    unseen = replace(FILLING, fetched_at=NOON - HOUR)
    assert ending(unseen, now=much_later, **RULE) is None  # type: ignore[arg-type]  # as above
    assert ends(after_failure(FILLING, "503", much_later), 99) is None


@pytest.mark.parametrize(
    "state", [state for state in EditionState if state is not EditionState.FILLING]
)
def test_what_has_ended_or_never_filled_is_left_alone(state: EditionState) -> None:
    assert ends(replace(FILLING, state=state), 99) is None
