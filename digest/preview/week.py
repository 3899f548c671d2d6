"""A weekly digest, as a reader gets it who has had nothing yet."""

from __future__ import annotations

from datetime import timedelta

from digest import occasions
from digest.app import App
from digest.model import Digest, Edition
from digest.occasions import iso_week
from digest.publish import weekly
from digest.publish.gathering import together
from subscribers.model import Subscriber

_WEEK = timedelta(days=7)


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
