from __future__ import annotations

import asyncio
import importlib.util
import socket

import pytest

from digest import loop
from digest.errors import AddressTaken


async def _kind() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_commands_run_on_uvloop_where_it_is_installed() -> None:
    expected = "asyncio" if importlib.util.find_spec("uvloop") is None else "uvloop"
    assert loop.run(_kind()).startswith(expected)


def test_a_servers_answers_leave_at_once() -> None:
    with loop.listen("127.0.0.1", 0) as listening:
        address = listening.getsockname()[:2]
        with socket.create_connection(address), listening.accept()[0] as served:
            assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_is_taken_is_named_once() -> None:
    with loop.listen("127.0.0.1", 0) as listening, pytest.raises(AddressTaken) as refused:
        loop.listen("127.0.0.1", port := listening.getsockname()[1])
    told = f"Nothing can listen on 127.0.0.1:{port}: Address already in use. Choose another "
    assert str(refused.value).startswith(told)
