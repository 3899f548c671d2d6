"""The lanes of all recipient domains, and what waits in them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.delivery.allowance import Allowance
from digest.delivery.holds import EVERYWHERE
from digest.delivery.mailer import Answer
from digest.delivery.pacing import POLICY_DOMAINS, Lane, is_policy, is_throttle
from digest.delivery.transaction import Step, Verdict
from digest.model import DeliveryState, Message, Outcome


@dataclass(slots=True)
class Job:
    """A message that waits for its answer."""

    message: Message
    answer: Answer
    domain: str


@dataclass(slots=True)
class Waiting:
    """One domain's lane, and its queue."""

    lane: Lane
    jobs: deque[Job] = field(default_factory=deque)


class Lanes:
    """Which message goes next.

    Domains take turns, so that one with much to get does not hold up the others.

    Args:
        ceiling: connections of the pool.
        allowance: of the relay.
    """

    def __init__(self, ceiling: int, allowance: Allowance | None = None) -> None:
        self._ceiling = ceiling
        self._allowance = allowance or Allowance()
        self._domains: dict[str, Waiting] = {}
        self._turns: deque[str] = deque()  # domains that have something to send
        self._slow: set[str] = set()  # the few domains that are throttled
        self._refusing: set[str] = set()
        self.relay = Lane(ceiling)
        self.waiting = 0

    def add(self, job: Job, *, first: bool = False) -> None:
        """Takes a message into its domain's queue."""
        place = self._domains.get(job.domain)
        if place is None:
            place = self._domains[job.domain] = Waiting(Lane(self._ceiling))
        if not place.jobs:
            self._turns.append(job.domain)
        (place.jobs.appendleft if first else place.jobs.append)(job)
        self.waiting += 1

    def next(self, now: float) -> Job | None:
        """The next message that may go, None where none may."""
        if not self._turns or not self.relay.open(now) or self.wait(now) > 0:
            return None
        for _ in range(len(self._turns)):
            domain = self._turns.popleft()
            place = self._domains[domain]
            if place.lane.open(now):
                return self._start(domain, place, now)
            self._turns.append(domain)
        return None

    def wait(self, now: float) -> float:
        """Seconds until the relay's quotas and pause allow a message."""
        return max(self._allowance.wait(now), self.relay.closed_until - now, 0.0)

    def first_change(self, now: float) -> float | None:
        """Seconds until something that waits may go by time alone, None where nothing waits."""
        if not self._turns:
            return None
        lanes = (self._domains[domain].lane.closed_until - now for domain in self._turns)
        return max(self.wait(now), min(lanes), 0.0)

    def back(self, job: Job) -> None:
        """A message that had not begun waits again, at the head of its queue."""
        self._ended(job)
        self.add(job, first=True)

    def ended(self, job: Job, verdict: Verdict, now: float) -> str:
        """Learns from an answer; returns why everything has to stop, or ""."""
        self._ended(job)
        lane, outcome = self._domains[job.domain].lane, verdict.outcome
        if outcome.state is DeliveryState.ACCEPTED:
            self.relay.succeeded()
            lane.succeeded()
            lane.judge(refused=False, now=now)
        elif is_throttle(outcome):
            ours = verdict.step in (Step.RESET, Step.MAIL) or not outcome.enhanced.startswith("4.7")
            asking = self.relay if ours else lane
            asking.throttle(now)
            asking.why = in_words(outcome)
        elif outcome.code and lane.judge(refused=is_policy(outcome), now=now):
            self._refusing.add(job.domain)
            lane.why = in_words(outcome)
        if lane.throttled:
            self._slow.add(job.domain)
        if len(self._refusing) >= POLICY_DOMAINS:
            return f"{', '.join(sorted(self._refusing))} refuse this sender: {outcome.text}"
        return ""

    def closed(self, now: float) -> dict[str, float]:
        """Domains from which nothing more is wanted now, with the seconds until that ends."""
        self._slow = {domain for domain in self._slow if self._domains[domain].lane.throttled}
        places = ((domain, self._domains[domain]) for domain in self._slow)
        return {
            domain: max(place.lane.closed_until - now, 0.0)
            for domain, place in places
            if place.lane.closed_until > now or len(place.jobs) > place.lane.width
        }

    def pauses(self, now: float) -> dict[str, tuple[float, str]]:
        """What is closed, `*` being the relay: for how many seconds, and what was said."""
        lanes = {domain: self._domains[domain].lane for domain in self._slow}
        return {
            domain: (lane.closed_until - now, lane.why)
            for domain, lane in {**lanes, EVERYWHERE: self.relay}.items()
            if lane.closed_until > now
        }

    def reopen(self, domain: str) -> None:
        """Ends a pause before its time."""
        place = self._domains.get(domain)
        lane = self.relay if domain == EVERYWHERE else place.lane if place else None
        if lane is not None:
            lane.reopen()
            self._refusing.discard(domain)

    def pause(self, domain: str, now: float) -> float:
        """Seconds for which nothing goes to a domain."""
        place = self._domains.get(domain)
        return max(place.lane.closed_until - now, 0.0) if place else 0.0

    def surplus(self, now: float) -> Iterator[Job]:
        """Takes out what waits in lanes that are closed or narrow, beyond a little."""
        for domain in self.closed(now):
            place = self._domains[domain]
            keep = int(place.lane.width) if place.lane.closed_until <= now else 0
            while len(place.jobs) > keep:
                yield self._take_out(domain, place)

    def clear(self) -> Iterator[Job]:
        """Takes out everything that waits."""
        for domain, place in self._domains.items():
            while place.jobs:
                yield self._take_out(domain, place)

    def remove(self, job: Job) -> bool:
        """Takes out one message; False where it does not wait."""
        place = self._domains.get(job.domain)
        if place is None or job not in place.jobs:
            return False
        place.jobs.remove(job)
        self.waiting -= 1
        if not place.jobs:
            self._turns.remove(job.domain)
        return True

    def _start(self, domain: str, place: Waiting, now: float) -> Job:
        job = place.jobs.popleft()
        if place.jobs:
            self._turns.append(domain)
        self.waiting -= 1
        self.relay.under_way += 1
        place.lane.under_way += 1
        self._allowance.use(now)
        return job

    def _ended(self, job: Job) -> None:
        self.relay.under_way -= 1
        self._domains[job.domain].lane.under_way -= 1

    def _take_out(self, domain: str, place: Waiting) -> Job:
        job = place.jobs.pop()
        self.waiting -= 1
        if not place.jobs:
            self._turns.remove(domain)
        return job


def in_words(outcome: Outcome) -> str:
    """What a server said."""
    return " ".join(part for part in (str(outcome.code), outcome.enhanced, outcome.text) if part)


def refuses_us(verdict: Verdict) -> bool:
    """The server refuses the sender, not the recipient: at MAIL, for good, not for its size."""
    outcome = verdict.outcome
    permanent = outcome.state is DeliveryState.BOUNCED
    return verdict.step is Step.MAIL and permanent and outcome.enhanced not in ("5.3.4", "5.2.3")
