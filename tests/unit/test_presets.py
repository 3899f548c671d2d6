from __future__ import annotations

import pytest
from pydantic import ValidationError

from digest.presets import PRESETS
from digest.settings import Smtp


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_possible_setting(name: str) -> None:
    smtp = Smtp(preset=name)
    assert smtp.host == PRESETS[name].smtp["host"]
    assert (smtp.tls == "none") == (smtp.host == "localhost")


def test_what_is_set_wins_over_the_preset() -> None:
    smtp = Smtp.model_validate({"preset": "gmail", "per_day": 2000, "connections": "1"})
    assert (smtp.host, smtp.per_day, smtp.connections) == ("smtp.gmail.com", 2000, 1)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="fastmail, gmail, mailgun, postfix, postmark, ses"):
        Smtp(preset="pigeon")


def test_without_a_preset_nothing_changes() -> None:
    assert Smtp() == Smtp(preset="")
