"""A weekly digest: of a reader's own week, or as one gets it who has had nothing yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest import occasions
from digest.app import App
from digest.model import Digest, Edition
from digest.occasions import iso_week
from digest.preview.choice import Choice
from digest.preview.onlooker import onlooker
from digest.preview.seen import Preview
from digest.publish import weekly
from digest.publish.gathering import together
from digest.publish.reasons import day_of, decided
from subscribers.model import Subscriber

_WEEK = timedelta(days=7)


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


def week_until(app: App, last: Edition) -> Edition:
    """The settled editions of the week that ends with this one, as one; else this one alone."""
    settled = [row for row in app.archive.settled(last.date - _WEEK) if row.date <= last.date]
    wanted = {(row.date, row.source) for row in occasions.weekly(settled, 0, last.date).editions}
    days = sorted({day for day, _ in wanted})
    found = [edition for day in days for edition in app.archive.editions(day)]
    week = [edition for edition in found if (edition.date, edition.source) in wanted] or [last]
    return app.archive.with_trends(together(week), min(e.date for e in week), app.now())


def select_week(app: App, week: Edition, reader: Subscriber) -> Digest:
    """The week's best of a reader's topics, with the week's most voted."""
    selector = app.selector(week, {topic.text for topic in reader.topics})
    return weekly.select(selector, reader, occasion=iso_week(week.date), today=week.date)
