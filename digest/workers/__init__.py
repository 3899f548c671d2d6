"""Several machines: Procrastinate hands out the work on PostgreSQL; it is used here alone.

A job is a shard of the work, thousands of readers or deliveries, because a job queue runs some
hundred jobs a second. What is to be done stands in the program's own tables; a job only says
who does it now. So a job that is lost is made anew, and one that runs twice changes nothing.
"""

from __future__ import annotations
