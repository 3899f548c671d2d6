"""The groups of the operator's pages."""

from __future__ import annotations

from digest.web.operator import audit, sign, today

GROUPS = (sign, today, audit)
