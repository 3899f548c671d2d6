from __future__ import annotations

import pytest

from subscribers.consent import Action, after, may_receive_digests
from subscribers.errors import InvalidTransition
from subscribers.model import SubscriptionStatus as Status


def test_who_subscribes_receives_nothing_before_confirming() -> None:
    status = after(None, Action.SUBSCRIBE)
    assert not may_receive_digests(status)
    assert may_receive_digests(after(status, Action.CONFIRM))


def test_the_operator_vouches_for_whom_they_add() -> None:
    assert after(None, Action.ADD) is Status.CONFIRMED


@pytest.mark.parametrize("status", list(Status))
def test_everybody_can_unsubscribe_and_twice_is_as_once(status: Status) -> None:
    assert after(status, Action.UNSUBSCRIBE) is Status.UNSUBSCRIBED


def test_a_stranger_typing_a_readers_address_changes_nothing() -> None:
    assert after(Status.CONFIRMED, Action.SUBSCRIBE) is Status.CONFIRMED
    assert after(Status.PAUSED, Action.SUBSCRIBE) is Status.PAUSED


def test_an_old_confirmation_link_does_not_undo_an_unsubscription() -> None:
    with pytest.raises(InvalidTransition, match=r"reader@example\.org is unsubscribed"):
        after(Status.UNSUBSCRIBED, Action.CONFIRM, email="reader@example.org")


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("action", list(Action))
def test_only_confirming_adding_and_resuming_lead_to_digests(
    status: Status, action: Action
) -> None:
    if may_receive_digests(status):
        return
    try:
        reached = after(status, action)
    except InvalidTransition:
        return
    willing = {Action.CONFIRM, Action.ADD, Action.RESUME}
    assert not may_receive_digests(reached) or action in willing
