from __future__ import annotations

import os
from collections import Counter

import pytest
import typer

from digest.cli.sending import parse_processes
from digest.delivery import Report
from digest.delivery.composing import available_cores
from digest.model import DeliveryState
from digest.processes import WORTH_A_PROCESS, advised, divided, divided_cores
from digest.settings import Settings, Signing, Smtp

MANY = 100 * WORTH_A_PROCESS
SIGNED = Settings(signing=Signing(rsa_selector="rsa1"), smtp=Smtp(connections=10))


def test_all_cores_sign_where_there_is_much_to_sign() -> None:
    assert advised(SIGNED, MANY) == min(os.cpu_count() or 1, 10)


@pytest.mark.parametrize(
    ("settings", "waiting"),
    [(SIGNED, WORTH_A_PROCESS - 1), (Settings(smtp=Smtp(connections=10)), MANY)],
)
def test_one_process_is_enough_without(settings: Settings, waiting: int) -> None:
    assert advised(settings, waiting) == 1


def test_no_process_is_left_without_a_connection() -> None:
    assert advised(SIGNED.model_copy(update={"smtp": Smtp(connections=1)}), MANY) == 1


def test_the_connections_are_divided_not_multiplied() -> None:
    assert [part.smtp.connections for part in divided(SIGNED, 3)] == [4, 3, 3]


def test_the_cores_are_divided_and_none_is_left_without_one() -> None:
    assert divided_cores(1) == available_cores()
    assert divided_cores(1000) == 1


def test_the_figures_of_several_senders_add_up() -> None:
    first = Report(counts=Counter({DeliveryState.ACCEPTED: 2}), reason="asked to stop", waiting=9)
    second = Report(counts=Counter({DeliveryState.ACCEPTED: 3}), reason="asked to stop", waiting=4)
    both = sum([first, second], Report())
    assert both == Report(
        counts=Counter({DeliveryState.ACCEPTED: 5}), reason="asked to stop", waiting=4
    )


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", ""])
def test_anything_but_auto_and_a_number_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither auto nor a number"):
        parse_processes(text)


def test_auto_leaves_it_to_the_program() -> None:
    assert parse_processes("auto") is None
    assert parse_processes("3") == 3
