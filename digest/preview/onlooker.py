"""A planner that only looks: it sees what a run would see now, keeps nothing, closes nothing."""

from __future__ import annotations

from digest.app import App
from digest.publish import Planner
from digest.publish.gathering import Gathering
from digest.publish.ticks import foreseen


def onlooker(app: App) -> Planner:
    """Made for one look, so that it knows the archive as it is and not as it was at the last.

    Its topics are those of the reader that is looked at; of others it asks none.
    """
    return Planner(
        app.engine,
        app.archive,
        app.outbox,
        app.calendars,
        gathering=Gathering(app.archive, list, app.selector, app.now),
        row=app.publisher.row,
        tick=foreseen,
    )
