"""The schedule: the loops of `digest run`. APScheduler is used here and nowhere else."""

from __future__ import annotations

from digest.schedule.service import Service

__all__ = ["Service"]
