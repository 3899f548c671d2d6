from __future__ import annotations

import pytest

from digest.errors import AddressTaken
from digest.web.server import listen


def test_an_address_that_is_taken_is_named_once() -> None:
    with listen("127.0.0.1", 0) as listening, pytest.raises(AddressTaken) as refused:
        listen("127.0.0.1", port := listening.getsockname()[1])
    told = f"Nothing can listen on 127.0.0.1:{port}: Address already in use. Choose another "
    assert str(refused.value).startswith(told)
