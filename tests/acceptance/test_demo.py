from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

from digest.loop import listen
from tests.acceptance.command import Digest


def test_the_demo_delivers_six_digests_and_ends(digest: Digest) -> None:
    ran = digest("demo", "--once", "--output", "mails")
    mails = sorted((digest.folder / "mails").glob("*.eml"))
    assert len(mails) == 6
    assert len(list((digest.folder / "mails").glob("*.html"))) == 6
    for mail in mails:
        message = message_from_bytes(mail.read_bytes(), policy=policy.default)
        assert message["To"].addresses[0].addr_spec in ran.out
    assert "accepted 6" in ran.out


def test_the_demo_says_why_each_paper_is_there(digest: Digest) -> None:
    ran = digest("demo", "--once")
    assert "in the title" in ran.out
    assert "no topic, so the ten most voted" in ran.out


def test_the_demo_tells_scripts_who_got_what(digest: Digest) -> None:
    told = digest("demo", "--format", "json").json
    assert len(told["digests"]) == 6
    assert all(one["papers"] for one in told["digests"])


def test_the_demo_leaves_nothing_behind(digest: Digest) -> None:
    digest("demo", "--once")
    assert list(digest.folder.iterdir()) == []


def test_the_demo_ends_by_itself_where_no_terminal_is(digest: Digest) -> None:
    assert "No terminal is attached" in digest("demo").out


def test_a_port_that_is_taken_is_named(digest: Digest) -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        ran = digest("demo", "--port", f"{port}", code=1)
    assert f"Nothing can listen on 127.0.0.1:{port}: Address already in use." in ran.err


def test_readme_names_the_demo_as_its_first_command() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    first = readme.split("```")[1]
    assert "digest demo" in first
