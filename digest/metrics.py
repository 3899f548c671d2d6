"""What Prometheus is told: counted here, read at `/metrics`.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for counters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One figure that is read when it is asked for.

    Attributes:
        labels: the values of one label, with their figures; the label "" stands alone.
    """

    name: str
    help: str
    label: str = ""
    values: Mapping[str, float]


class Metrics:
    """The figures of one process.

    Args:
        read: gives the figures that stand in the database, when they are asked for.
    """

    def __init__(self, read: Callable[[], Iterable[Reading]] = tuple) -> None:
        self.registry = CollectorRegistry()
        self._phases = Histogram(
            "digest_phase_seconds",
            "Time of a phase: pull, settle, plan, deliver.",
            ["phase"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._attempts = Counter(
            "digest_attempts_total",
            "Attempts to deliver, by what became of them.",
            ["outcome"],
            registry=self.registry,
        )
        self._pulls = Counter(
            "digest_pulls_total",
            "Answers of sources, by source and state.",
            ["source", "state"],
            registry=self.registry,
        )
        self._ticked = Gauge(
            "digest_last_tick_timestamp_seconds",
            "When the schedule last looked who is due.",
            registry=self.registry,
        )
        self.registry.register(_FromDatabase(read))

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measures what runs within."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._phases.labels(name).observe(time.perf_counter() - began)

    def attempted(self, outcome: str, count: int) -> None:
        """Counts attempts to deliver."""
        self._attempts.labels(outcome).inc(count)

    def pulled(self, source: str, state: str) -> None:
        """Counts an answer of a source."""
        self._pulls.labels(source, state).inc()

    def ticked(self, at: float) -> None:
        """Notes the schedule's last look, in seconds since 1970."""
        self._ticked.set(at)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _FromDatabase(Collector):
    """Figures that are asked for at each scrape, so that they are never stale."""

    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing beforehand: the names come with the figures."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures of this moment."""
        for reading in self._read():
            labels = [reading.label] if reading.label else []
            family = GaugeMetricFamily(reading.name, reading.help, labels=labels)
            for value, figure in reading.values.items():
                family.add_metric([value] if labels else [], figure)
            yield family
