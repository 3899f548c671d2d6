from __future__ import annotations

import pytest

from subscribers.address import comparable, comparable_domain, normalise
from subscribers.errors import InvalidAddress


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Reader@Example.ORG ", "Reader@example.org"),
        ("me@localhost", "me@localhost"),
        ("reader@bücher.example", "reader@bücher.example"),
        ("reader+papers@example.org", "reader+papers@example.org"),
        ("δοκιμή@example.org", "δοκιμή@example.org"),
    ],
)
def test_an_address_is_stored_in_its_normal_form(written: str, stored: str) -> None:
    assert normalise(written) == stored


@pytest.mark.parametrize(
    "written",
    ["", "reader", "reader@", "@example.org", "a@b@example.org", "a b@example.org",
     "reader@example.org\r\nBcc: x@example.org", "reader@-x.org", "a" * 65 + "@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused_by_name(written: str) -> None:
    with pytest.raises(InvalidAddress):
        normalise(written)


def test_two_spellings_are_one_subscriber() -> None:
    assert comparable("Reader@example.org") == comparable("reader@example.org")


@pytest.mark.parametrize("written", ["bücher.example", "BÜCHER.example", "XN--bcher-kva.Example"])
def test_all_spellings_of_a_domain_are_compared_as_it_is_stored(written: str) -> None:
    assert comparable_domain(written) == "bücher.example"
    assert normalise(f"reader@{written}") == "reader@bücher.example"


@pytest.mark.parametrize("written", ["", "*", "Example.org", "xn--", "xn--\x00.example", "a b"])
def test_what_is_no_foreign_domain_is_compared_in_lower_case(written: str) -> None:
    assert comparable_domain(written) == written.lower()
