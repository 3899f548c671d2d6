"""Votes that grew between two pulls are told in the mails, daily and weekly."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from digest.model import DayState
from digest.rendering import to_email
from digest.testing import make_paper
from tests.installation import Installation, instant

THURSDAY = date(2026, 8, 20)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path, f"sqlite:///{tmp_path / 'digest.sqlite3'}")


def seen(installation: Installation, at: str, upvotes: int, state: DayState) -> None:
    installation.now = instant(at)
    papers = [make_paper(1, upvotes=upvotes)]
    installation.source.lists(THURSDAY, papers, state, fetched_at=installation.now)
    asyncio.run(installation.app.pull([THURSDAY]))
    installation.app.settle()


def sent(installation: Installation) -> list[str]:
    """The HTML and the text of the one message that arrives."""
    installation.deliver()
    (message,) = installation.mailer.messages
    parts = [to_email(message).get_body((kind,)) for kind in ("html", "plain")]
    return [part.get_content() for part in parts if part is not None]


def test_a_daily_digest_tells_the_growth_since_yesterday(installation: Installation) -> None:
    installation.add(cadence="daily")
    seen(installation, "2026-08-20 06:00", 12, DayState.OPEN)
    seen(installation, "2026-08-21 05:00", 42, DayState.CLOSED)
    installation.plan("2026-08-21 08:00")
    html, text = sent(installation)
    assert "+30 since yesterday · Ada Author" in html
    assert "▲ 42 (+30 since yesterday) · Ada Author" in text


def test_a_weekly_digest_tells_the_growth_since_a_paper_was_listed(
    installation: Installation,
) -> None:
    installation.add(cadence="weekly", weekday=0)
    seen(installation, "2026-08-20 06:00", 12, DayState.OPEN)
    seen(installation, "2026-08-24 05:00", 112, DayState.CLOSED)
    installation.plan("2026-08-24 08:00")
    html, text = sent(installation)
    assert "+100 in 4 days" in html
    assert "+100 in 4 days" in text


def test_votes_that_were_seen_once_have_no_trend(installation: Installation) -> None:
    installation.add(cadence="daily")
    seen(installation, "2026-08-20 06:00", 42, DayState.CLOSED)
    installation.plan("2026-08-21 08:00")
    assert not any("since" in part.split("You get")[0] for part in sent(installation))
