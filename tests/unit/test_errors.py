from __future__ import annotations

import inspect
import pickle
import string

import pytest

import digest.errors
import subscribers.errors
from subscribers.errors import PaperDigestError, SubscriberExists

ERRORS = [
    kind
    for module in (subscribers.errors, digest.errors)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, PaperDigestError) and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_a_message_and_stands_in_the_tree(kind: type[PaperDigestError]) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(kind.__doc__ or "") if name}
    assert str(kind(**dict.fromkeys(fields, "something")))
    assert kind.__name__ in (inspect.getmodule(kind).__doc__ or "")


def test_an_error_survives_the_way_between_processes() -> None:
    error = SubscriberExists(email="reader@example.org", status="confirmed")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_reason_that_is_a_sentence_of_its_own_ends_once() -> None:
    error = digest.errors.DatabaseError(url="postgresql://it", reason="The server is away.")
    assert str(error) == "The database postgresql://it failed: The server is away."
