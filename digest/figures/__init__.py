"""What the operator's page shows of weeks and months, without reading years of deliveries.

Three million deliveries are not counted while somebody waits for a page: each day is counted
once it moved (`Tallies.count`, called by the schedule and after `digest send`), and pages read the
tallies. They say what the rows said when they were counted; `counted_at` tells when.
"""

from __future__ import annotations

from digest.figures.asking import Matches
from digest.figures.consent import ConsentDay, ConsentDays
from digest.figures.deliveries import Day, Figures, Host, Rate
from digest.figures.sources import SourceDays, source_days
from digest.figures.tallies import Tallies, Tally
from digest.figures.topics import Interest, PaperLine, TopicFigures

__all__ = [
    "ConsentDay",
    "ConsentDays",
    "Day",
    "Figures",
    "Host",
    "Interest",
    "Matches",
    "PaperLine",
    "Rate",
    "SourceDays",
    "Tallies",
    "Tally",
    "TopicFigures",
    "source_days",
]
