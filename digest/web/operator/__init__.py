"""The operator's page: see, steer and move everything, behind a sign-in.

There is none unless `digest operator password` set one. Rendered on the server, working
without scripts; a GET changes nothing, and every action leaves an act in the audit log.
"""

from __future__ import annotations

from digest.web.operator.gate import Gate
from digest.web.operator.groups import GROUPS

__all__ = ["GROUPS", "Gate"]
