"""How large a number of a command may be: beyond, it would be a mistake or break a calendar."""

from __future__ import annotations

MOST = 2**31 - 1  # rows that are asked for
LARGEST_ID = 2**63 - 1  # of a row, as databases count
MOST_DAYS = 3650  # ten years
MOST_PROCESSES = 256
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999  # ten years before and after are days, too
