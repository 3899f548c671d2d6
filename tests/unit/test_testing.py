from __future__ import annotations

from datetime import date

import pytest

from digest.errors import DayNotOpen, SourceUnreachable
from digest.sources import Source
from digest.testing import FakeSource, make_paper

pytestmark = pytest.mark.anyio
THURSDAY, FRIDAY = date(2026, 8, 20), date(2026, 8, 21)


async def test_a_fake_source_tells_what_it_was_told() -> None:
    fake = FakeSource("hub")
    source: Source = fake
    told = fake.lists(THURSDAY, [make_paper(1), make_paper(2, title="Named")])
    assert await source.fetch(THURSDAY) == told
    assert fake.asked == [THURSDAY]


async def test_a_fake_source_fails_as_it_was_told() -> None:
    source = FakeSource()
    source.fails(THURSDAY, SourceUnreachable(source="fake", url="https://e.org", reason="gone"))
    with pytest.raises(SourceUnreachable, match="gone"):
        await source.fetch(THURSDAY)
    with pytest.raises(DayNotOpen):
        await source.fetch(FRIDAY)
