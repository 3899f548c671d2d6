"""Logs: what libraries say is told as events of ours."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from digest import logs


@pytest.fixture
def configured() -> Iterator[None]:
    before = list(logging.getLogger().handlers)
    logs.configure(json=True)
    yield
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


@pytest.mark.usefixtures("configured")
def test_a_library_s_trouble_is_one_line_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(json=True)  # once more adds nothing
    error = RuntimeError("a wrapper")
    error.__cause__ = OSError("the server\nis gone")
    logging.getLogger("a.library").error("listener\nerror", exc_info=error)
    told = json.loads(capsys.readouterr().err)
    del told["timestamp"]
    said = {"part": "a.library", "event": "listener error", "reason": "the server is gone"}
    assert told == {**said, "level": "error"}


@pytest.mark.usefixtures("configured")
def test_what_a_library_does_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("a.library").info("working")
    assert capsys.readouterr().err == ""
