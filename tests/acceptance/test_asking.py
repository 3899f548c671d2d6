"""An ambiguous acronym is asked about where somebody can answer, and warned of elsewhere."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest

from tests.acceptance.command import Digest

READER = "reader@example.org"
SPEECH = "text to speech OR TTS AND NOT abs:(test-time scaling)"


@pytest.fixture
def installed(digest: Digest) -> Digest:
    digest.set_up()
    digest("subscriber", "add", READER)
    return digest


def at_a_terminal(digest: Digest, *arguments: str, typed: str) -> None:
    """Runs the command with a terminal on which somebody types."""
    ours, its = pty.openpty()
    os.write(ours, typed.encode())
    command = digest.command(*arguments)
    subprocess.run(
        command, cwd=digest.folder, env=digest.environment, stdin=its, stderr=its, check=True
    )
    os.close(its)
    os.close(ours)


def topics(digest: Digest) -> list[str]:
    listed = digest("topic", "list", READER, "--format", "json")
    return [row["topic"] for row in json.loads(listed.out)]


def test_an_answer_makes_the_topic_exact(installed: Digest) -> None:
    at_a_terminal(installed, "topic", "add", READER, "TTS", typed="1\n")
    assert topics(installed) == [SPEECH]


def test_a_wrong_number_is_asked_again_and_none_keeps_the_topic(installed: Digest) -> None:
    at_a_terminal(installed, "topic", "add", READER, "TTS", typed="9\n\n")
    assert topics(installed) == ["TTS"]


def test_with_yes_nothing_is_asked(installed: Digest) -> None:
    at_a_terminal(installed, "topic", "add", READER, "TTS", "--yes", typed="")
    assert topics(installed) == ["TTS"]


def test_without_a_terminal_it_is_saved_with_a_warning(installed: Digest) -> None:
    ran = installed("topic", "add", READER, "TTS")
    assert topics(installed) == ["TTS"]
    assert "TTS stands for text to speech, test-time scaling" in ran.err
    assert SPEECH in ran.err


def test_the_topics_of_a_new_subscriber_are_asked_about_too(installed: Digest) -> None:
    installed("subscriber", "remove", READER, "--erase")
    at_a_terminal(
        installed, "subscriber", "add", "other@example.org", "-t", "RL", "-t", "TTS", typed="1\n"
    )
    shown = installed("subscriber", "show", "other@example.org", "--format", "json")
    assert [topic["text"] for topic in shown.json["topics"]] == ["RL", SPEECH]
