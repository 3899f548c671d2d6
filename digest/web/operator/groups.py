"""The groups of the operator's pages."""

from __future__ import annotations

from digest.web.operator import (
    acting,
    audit,
    deliveries,
    interests,
    jobs,
    outbox,
    sign,
    sources,
    subscribers,
    today,
)

GROUPS = (sign, today, subscribers, acting, deliveries, interests, sources, outbox, jobs, audit)
