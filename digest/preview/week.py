"""A weekly digest of a reader's own week: without what they had, with what they missed."""

from __future__ import annotations

from dataclasses import replace

from digest.app import App
from digest.preview.choice import Choice
from digest.preview.onlooker import onlooker
from digest.preview.seen import Preview
from digest.publish.reasons import day_of, decided


def whole_week(app: App, seen: Preview, choice: Choice) -> Preview | None:
    """A reader's week until the chosen edition, without what they had, with what they missed.

    None where topics are typed or nobody is chosen, and where nothing of it is settled and new.
    """
    if choice.lines or not seen.reader.id:
        return None
    planner = onlooker(app)
    found = planner.week(seen.reader, seen.edition.date, seen.at)
    if found is None or not found[0].entries:
        return None
    digest, gathered = found
    message = app.renderer.render(digest, seen.at)
    verdicts = decided(
        digest,
        gathered.edition.papers,
        app.selector,
        today=day_of(digest, seen.at),
        had=planner.had(seen.reader, seen.at),
    )
    return replace(
        seen, edition=gathered.edition, digest=digest, message=message, verdicts=verdicts
    )
