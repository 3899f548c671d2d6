"""In no window leaves more than a quota allows, whoever sends and whatever the clock does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.quotas import (
    Closing,
    Grant,
    Spent,
    Window,
    granted,
    loaded,
    longest_grant,
    storable,
    windows,
)

LIMITS = (Window(10, 1.0), Window(40, 20.0))


def most(sent: list[float], seconds: float) -> int:
    """The most that stand in any half-open window of so many seconds."""
    return max((sum(at <= other < at + seconds for other in sent) for at in sent), default=0)


@dataclass
class Sender:
    """Takes tokens and uses some of them, late within the grant or not at all."""

    grant: Grant | None = None
    used: int = 0
    last: float = 0.0
    sent: list[float] = field(default_factory=list)

    def take(self, stored: str, wanted: int, now: float) -> str:
        spent = loaded(LIMITS, json.loads(stored))
        closings = [Closing(self.grant, self.used, self.last)] if self.grant else []
        self.grant, self.used, self.last = granted(spent, wanted, now, closings), 0, now
        return json.dumps(storable(spent, now))

    def send(self, now: float) -> None:
        if self.grant and self.used < self.grant.tokens and now < self.grant.until:
            self.used += 1
            self.last = now
            self.sent.append(now)


STEPS = st.tuples(
    st.floats(0.0, 1.5),  # seconds that pass
    st.integers(0, 2),  # who acts
    st.one_of(st.integers(0, 30), st.just("send"), st.just("killed")),
)


@given(steps=st.lists(STEPS, max_size=120))
def test_no_window_is_exceeded_by_several_senders(steps: list[tuple[float, int, object]]) -> None:
    senders, stored, now = [Sender() for _ in range(3)], "{}", 1_700_000_000.0
    gone: list[float] = []
    for seconds, who, act in steps:
        now += seconds
        if act == "killed":
            gone += senders[who].sent
            senders[who] = Sender()
        elif act == "send":
            senders[who].send(now)
        elif isinstance(act, int):
            stored = senders[who].take(stored, act, now)
    sent = sorted(gone + [at for sender in senders for at in sender.sent])
    for window in LIMITS:
        assert most(sent, window.seconds) <= window.count


@given(gaps=st.lists(st.floats(0, 0.5), min_size=30, max_size=200))
def test_nor_by_one_that_counts_for_itself(gaps: list[float]) -> None:
    spent, now, sent = Spent(Window(10, 1.0)), 0.0, []
    for gap in gaps:
        now += gap
        if spent.wait(now) == 0:
            spent.add(now, 1)
            sent.append(now)
    assert most(sent, 1.0) <= 10


def test_a_quota_may_be_used_up_at_once() -> None:
    spent = [Spent(Window(500, 86400.0))]
    assert granted(spent, 500, 0.0).tokens == 500
    none = granted(spent, 1, 60.0)
    assert (none.tokens, none.full) == (0, "500 a day")
    assert 86_000 < none.wait < 87_500


def test_after_the_wait_there_is_a_token() -> None:
    spent = [Spent(window) for window in LIMITS]
    granted(spent, 10, 100.0)
    none = granted(spent, 10, 100.5)
    assert granted(spent, 10, 100.5 + none.wait).tokens >= 1


def test_what_was_not_used_is_given_back() -> None:
    spent = [Spent(Window(100, 3600.0))]
    grant = granted(spent, 60, 0.0)
    assert granted(spent, 100, 1.0).tokens == 40
    spent = [Spent(Window(100, 3600.0))]
    grant = granted(spent, 60, 0.0)
    assert granted(spent, 100, 1.0, [Closing(grant, 10, 0.5)]).tokens == 90


@pytest.mark.parametrize("back", [60.0, 86400.0 * 365])
def test_a_clock_that_was_set_back_costs_one_window_at_most(back: float) -> None:
    spent = [Spent(Window(10, 3600.0))]
    granted(spent, 10, 1_700_000_000.0)
    then = 1_700_000_000.0 - back
    waiting = granted(spent, 1, then)
    assert waiting.tokens == 0
    assert waiting.wait <= 3600.0 * 1.02 + longest_grant([Window(10, 3600.0)])
    assert granted(spent, 1, then + waiting.wait).tokens == 1


def test_a_quota_that_was_lowered_is_waited_for() -> None:
    stored = storable([_spent(Window(100, 3600.0), 100)], 0.0)
    assert granted(loaded([Window(10, 3600.0)], stored), 1, 60.0).tokens == 0


def test_the_store_stays_small() -> None:
    spent = Spent(Window(1_000_000, 86400.0))
    for second in range(0, 200_000, 7):
        spent.add(second, 1)
        spent.forget(second)
    assert len(spent.tokens) <= 102


@pytest.mark.parametrize(
    ("per_second", "window"),
    [(14.0, Window(14, 1.0)), (1.5, Window(1, 1.0)), (0.5, Window(1, 2.0))],
)
def test_a_rate_is_a_window(per_second: float, window: Window) -> None:
    assert windows(per_second, None) == (window,)


def test_no_quota_is_no_limit() -> None:
    assert windows(None, None) == ()


def _spent(window: Window, tokens: int) -> Spent:
    made = Spent(window)
    made.add(0.0, tokens)
    return made
