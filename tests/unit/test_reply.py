from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.reply import MalformedReply, Reply, ReplyReader


def test_a_reply_has_code_status_and_words() -> None:
    assert ReplyReader().feed(b"550 5.1.1 No such user\r\n") == [
        Reply(550, "5.1.1", "No such user")
    ]


def test_lines_of_one_reply_are_joined() -> None:
    replies = ReplyReader().feed(b"452-4.2.2 Mailbox\r\n452 4.2.2 full\r\n")
    assert replies == [Reply(452, "4.2.2", "Mailbox full")]


def test_a_status_of_another_class_is_only_words() -> None:
    assert ReplyReader().feed(b"250 5.1.1 odd\r\n") == [Reply(250, "", "5.1.1 odd")]


def test_a_code_alone_is_a_reply() -> None:
    assert ReplyReader().feed(b"250\r\n") == [Reply(250)]


@given(cuts=st.lists(st.integers(0, 60)))
def test_replies_do_not_depend_on_how_they_arrive(cuts: list[int]) -> None:
    data = b"250-one\r\n250 2.0.0 two\r\n354 go on\r\n421 4.3.2 bye\r\n"
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    reader = ReplyReader()
    pieces = [data[a:b] for a, b in pairwise(edges)]
    codes = [reply.code for piece in pieces for reply in reader.feed(piece)]
    assert codes == [250, 354, 421]


@pytest.mark.parametrize("data", [b"HTTP/1.1 400\r\n", b"99 x\r\n", b"\r\n", b"2500 x\r\n"])
def test_other_protocols_are_not_replies(data: bytes) -> None:
    with pytest.raises(MalformedReply):
        ReplyReader().feed(data)


def test_an_endless_line_is_cut() -> None:
    with pytest.raises(MalformedReply):
        ReplyReader().feed(b"2" * 10_000)


def test_an_endless_reply_is_cut() -> None:
    with pytest.raises(MalformedReply):
        ReplyReader().feed(b"250-on and on\r\n" * 10_000)


def test_control_characters_do_not_reach_a_log() -> None:
    assert ReplyReader().feed(b"550 \x1b[31mred\x00\r\n")[0].text == "[31mred"
