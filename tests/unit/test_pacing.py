from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.lanes import Job, Lanes
from digest.delivery.pacing import Lane, is_policy
from digest.delivery.transaction import Step, Verdict
from digest.model import DeliveryState, Message, Outcome

TAKEN = Verdict(Outcome(state=DeliveryState.ACCEPTED, code=250), Step.BODY, begun=True, alive=True)


def refused(code: int, enhanced: str, step: Step = Step.RCPT) -> Verdict:
    state = DeliveryState.DEFERRED if code < 500 else DeliveryState.BOUNCED
    outcome = Outcome(state=state, code=code, enhanced=enhanced, text="no")
    return Verdict(outcome, step, begun=False, alive=True)


def job(recipient: str) -> Job:
    return Job(Message("<a@b>", "c@d", recipient, b""), lambda _: None, recipient.split("@")[1])


def test_a_lane_widens_by_one_for_each_round() -> None:
    lane = Lane(ceiling=10)
    for _ in range(5):
        lane.succeeded()
    assert 3 < lane.width < 4.1


def test_a_lane_halves_when_asked_for_patience_and_pauses() -> None:
    lane = Lane(ceiling=10, width=8.0)
    lane.throttle(now=100.0)
    assert (lane.width, lane.open(100.5), lane.open(101.0)) == (4.0, False, True)


def test_what_was_under_way_together_halves_once() -> None:
    lane = Lane(ceiling=10, width=8.0)
    for _ in range(4):
        lane.throttle(now=100.0)
    assert lane.width == 4.0


def test_pauses_double_until_the_lane_has_recovered() -> None:
    lane, ends = Lane(ceiling=4), []
    for now in (0.0, 10.0, 20.0):
        lane.throttle(now)
        ends.append(lane.closed_until - now)
    assert ends == [1.0, 2.0, 4.0]
    for _ in range(50):
        lane.succeeded()
    lane.throttle(100.0)
    assert lane.closed_until == 101.0


@given(steps=st.lists(st.sampled_from(["took", "throttle"]), max_size=200))
def test_a_lane_stays_between_one_and_its_ceiling(steps: list[str]) -> None:
    lane = Lane(ceiling=5)
    for now, step in enumerate(steps):
        if step == "took":
            lane.succeeded()
        else:
            lane.throttle(float(now))
        assert 1 <= lane.width <= 5


def test_domains_take_turns() -> None:
    lanes = Lanes(ceiling=10)
    for recipient in ("a@one", "b@one", "c@one", "d@two"):
        lanes.add(job(recipient))
    lanes.relay.width = 10.0
    order = [taken.domain for _ in range(3) if (taken := lanes.next(0.0))]
    assert order == ["one", "two", "one"]


def test_a_throttled_domain_takes_no_slot_of_the_others() -> None:
    lanes = Lanes(ceiling=4)
    lanes.relay.width = 4.0
    for number in range(8):
        lanes.add(job(f"{number}@slow"))
    first = lanes.next(0.0)
    assert first
    lanes.ended(first, refused(451, "4.7.1"), 0.0)
    lanes.add(job("x@quick"))
    following = lanes.next(0.5)
    assert following
    assert following.domain == "quick"
    assert lanes.next(0.5) is None
    assert lanes.closed(0.5) == {"slow": 0.5}
    assert len(list(lanes.surplus(0.5))) == 7


@pytest.mark.parametrize(
    ("verdict", "relay"),
    [
        (refused(421, "4.3.2", Step.MAIL), True),
        (refused(450, "4.7.1", Step.MAIL), True),
        (refused(421, "4.7.28"), False),
        (refused(450, "4.7.1"), False),
    ],
)
def test_who_asks_for_patience_gets_it(verdict: Verdict, relay: bool) -> None:
    lanes = Lanes(ceiling=4)
    lanes.add(job("a@one"))
    taken = lanes.next(0.0)
    assert taken
    lanes.ended(taken, verdict, 0.0)
    assert (lanes.relay.throttled, "one" in lanes.closed(0.0)) == (relay, not relay)


def judge(lanes: Lanes, recipient: str, verdict: Verdict) -> str:
    lanes.add(job(recipient))
    taken = lanes.next(0.0)
    assert taken
    return lanes.ended(taken, verdict, 0.0)


def test_five_refusals_by_policy_close_a_domain_and_three_domains_stop_all() -> None:
    lanes, policy = Lanes(ceiling=4), refused(550, "5.7.1")
    for domain in ("one", "two"):
        assert [judge(lanes, f"a@{domain}", policy) for _ in range(5)] == [""] * 5
        assert domain in lanes.closed(0.0)
    assert [judge(lanes, "a@three", policy) for _ in range(4)] == [""] * 4
    assert judge(lanes, "a@three", policy) == "one, three, two refuse this sender: no"


def test_a_few_refusals_among_many_close_nothing() -> None:
    lanes = Lanes(ceiling=4)
    for _ in range(45):
        judge(lanes, "a@one", TAKEN)
    for _ in range(9):
        judge(lanes, "a@one", refused(550, "5.7.1"))
    assert lanes.closed(0.0) == {}


def test_unknown_users_are_no_policy() -> None:
    lanes = Lanes(ceiling=4)
    for _ in range(20):
        judge(lanes, "a@one", refused(550, "5.1.1"))
    assert lanes.closed(0.0) == {}


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "ours"),
    [
        (550, "5.7.1", "Rejected", True),
        (550, "", "relay not permitted", True),
        (550, "5.1.2", "Relay not allowed.", True),
        (550, "5.1.1", "User unknown", False),
        (550, "", "No such user", False),
        (451, "", "Greylisted, try again later", False),
    ],
)
def test_what_pauses_a_domain_is_what_spares_the_reader(
    code: int, enhanced: str, text: str, ours: bool
) -> None:
    state = DeliveryState.BOUNCED if code >= 500 else DeliveryState.DEFERRED
    assert is_policy(Outcome(state=state, code=code, enhanced=enhanced, text=text)) is ours
