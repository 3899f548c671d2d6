"""The MAC of a token is HMAC-SHA-256, whatever the length of the key."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from subscribers.tokens import MAC_BYTES, Keyring


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=200))
def test_the_mac_is_that_of_the_standard_library(key: bytes, data: bytes) -> None:
    assert Keyring({1: key}, 1).mac(1, data) == hmac.digest(key, data, "sha256")[:MAC_BYTES]
