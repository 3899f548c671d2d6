"""The groups of the operator's pages."""

from __future__ import annotations

from digest.web.operator import acting, audit, outbox, sign, subscribers, today

GROUPS = (sign, today, subscribers, acting, outbox, audit)
