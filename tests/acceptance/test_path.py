"""From nothing to the first digest in an inbox, as a new user would."""

from __future__ import annotations

import json
import shutil
from email import message_from_bytes, policy
from pathlib import Path
from signal import SIGINT
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from digest.inbox import BackgroundInbox
from tests.acceptance.command import Digest

DAY = "2026-08-20"
PAPERS = [
    {"id": "2608.00001", "title": "In-Context Learning for Robots", "abstract": "Robots learn.",
     "edition": DAY, "upvotes": 5, "authors": ["A. Author"]},
    {"id": "2608.00002", "title": "A Survey of Compilers", "abstract": "Compilers compile.",
     "edition": DAY, "upvotes": 50, "authors": ["B. Author"]},
]  # fmt: skip


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with an edition and one subscriber, made once by the real command."""
    folder = tmp_path_factory.mktemp("ready") / "installation"
    folder.mkdir()
    lines = "\n".join(json.dumps(paper) for paper in PAPERS)
    (folder / "papers.jsonl").write_text(lines, encoding="utf-8")
    digest = Digest(folder, {})
    digest("init")
    digest("edition", "import", "papers.jsonl")
    digest("subscriber", "add", "reader@example.org", "--topic", "in-context learning")
    return folder


@pytest.fixture
def ready(digest: Digest, installation: Path) -> Digest:
    """A copy of it, whose mail goes to `inbox`."""
    shutil.copytree(installation, digest.folder, dirs_exist_ok=True)
    return digest


def test_the_first_digest_arrives_with_the_right_paper(
    ready: Digest, inbox: BackgroundInbox
) -> None:
    ran = ready("send", "--date", DAY)
    assert "accepted 1" in ran.out
    (received,) = inbox.messages
    message = message_from_bytes(received.data, policy=policy.default)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert received.recipients == ("reader@example.org",)
    assert "In-Context Learning for Robots" in text
    assert "Because:" in text
    assert "mailto:" in message["List-Unsubscribe"]  # no public address: a reply is the way out


def test_init_without_a_terminal_says_what_is_still_to_be_set(digest: Digest) -> None:
    told = digest("init").err
    assert "digest@localhost" in told
    assert "[sender]" in told
    assert "warning" not in digest("init").err  # what is there stays, and is not spoken of


def test_init_with_address_and_server_has_nothing_to_warn_of(digest: Digest) -> None:
    given = ("--from", "papers@example.org", "--smtp-host", "mail.example.org")
    assert "warning" not in digest("init", *given).err


def test_sending_again_sends_nothing_again(ready: Digest, inbox: BackgroundInbox) -> None:
    ready("send", "--date", DAY)
    ran = ready("send", "--date", DAY)
    assert "nothing was due" in ran.out
    assert "1 planned before: what waits is sent, nothing is repeated" in ran.out
    assert len(inbox.messages) == 1


def test_a_dry_run_writes_and_sends_nothing(ready: Digest, inbox: BackgroundInbox) -> None:
    ran = ready("send", "--date", DAY, "--dry-run")
    assert "In-Context Learning for Robots" in ran.out
    assert inbox.messages == ()
    assert ready("status", "--format", "json").json["deliveries"]["planned"] == 0


def test_nobody_gets_mail_when_nothing_matches(ready: Digest, inbox: BackgroundInbox) -> None:
    ready("subscriber", "add", "other@example.org", "--topic", "quantum chemistry")
    ran = ready("send", "--date", DAY, "--to", "other@example.org")
    assert "1 without mail: none of their topics matched" in ran.out
    assert inbox.messages == ()


def test_no_topic_means_the_most_voted(ready: Digest, inbox: BackgroundInbox) -> None:
    ready("subscriber", "add", "top@example.org")
    ready("send", "--date", DAY, "--to", "top@example.org")
    (received,) = inbox.messages
    assert received.data.index(b"Compilers") < received.data.index(b"Robots")


def test_who_left_gets_nothing(ready: Digest, inbox: BackgroundInbox) -> None:
    ready("subscriber", "remove", "reader@example.org")
    ready("send", "--date", DAY)
    assert inbox.messages == ()


def test_confirmation_comes_before_the_first_digest(ready: Digest, inbox: BackgroundInbox) -> None:
    ready.variables["DIGEST_SENDER__PUBLIC_URL"] = "https://digest.example.org"
    ready("subscriber", "add", "asked@example.org", "--confirm")
    ready("send", "--date", DAY)
    mail = next(m for m in inbox.messages if m.recipients == ("asked@example.org",))
    assert b"digest.example.org/c/" in mail.data.replace(b"=\r\n", b"")
    shown = ready("subscriber", "show", "asked@example.org", "--format", "json").json
    assert shown["status"] == "unconfirmed"


def test_an_unreachable_server_leaves_the_delivery_for_a_retry(ready: Digest) -> None:
    ready.variables["DIGEST_SMTP__PORT"] = "1"
    ran = ready("send", "--date", DAY, "--wait", "0s", code=3)
    assert "127.0.0.1:1" in ran.out + ran.err
    assert ready("status", "--format", "json").json["deliveries"]["accepted"] == 0


def test_preview_writes_what_send_would_deliver(ready: Digest) -> None:
    ready("preview", "reader@example.org", "--date", DAY, "--output", "out")
    (html,) = (ready.folder / "out").glob("*.html")
    assert "In-Context Learning for Robots" in html.read_text(encoding="utf-8")


def test_preview_names_its_files_to_scripts(ready: Digest) -> None:
    written = ready("preview", "--date", DAY, "--output", "out", "-f", "json").json
    assert written["edition"] == DAY
    assert all((ready.folder / file).is_file() for file in written["files"])
    assert len(written["files"]) == 2
    assert "--output" in ready("preview", "-f", "json", code=2).err


def test_preview_takes_topics_and_a_template(ready: Digest) -> None:
    typed = ["--topic", "robots", "--template", "brief"]
    ran = ready("preview", "--date", DAY, "--output", "out", *typed)
    assert len(ran.out.split()) == 2
    nothing = ready("preview", "--date", DAY, "--output", "none", "--topic", "xylophone")
    assert "matches: no digest would be sent" in nothing.out


def test_preview_names_a_reader_it_does_not_know_before_it_serves(ready: Digest) -> None:
    ran = ready("preview", "nobody@example.org", "--no-open", code=1)
    assert "No subscriber has the address nobody@example.org" in ran.err


def test_preview_serves_its_page_until_it_is_stopped(ready: Digest) -> None:
    running = ready.start("preview", "reader@example.org", "--date", DAY, "--no-open")
    try:
        assert running.stdout
        address = running.stdout.readline().removeprefix("Open ").strip()
        with urlopen(f"{address}&view=text", timeout=60) as page:
            assert "In-Context Learning for Robots" in page.read().decode()
        second = ready("preview", "--no-open", "--port", f"{urlsplit(address).port}", code=1)
        assert "Choose another address or port." in second.err
    finally:
        running.send_signal(SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["subscriber", "add", "no address"], 2, "'no address' is not an email address"),
        (["subscriber", "add", "a@example.org", "--topic", "(RL"], 2, "(RL"),
        (["subscriber", "add", "reader@example.org"], 1, "is a subscriber already"),
        (["subscriber", "show", "nobody@example.org"], 1, "No subscriber has the address"),
        (["subscriber", "add", "a@example.org", "--timezone", "Mars"], 2, "Europe/Berlin"),
        (["send", "--date", "2026-02-30"], 2, "2026-08-20"),
        (["send", "--date", "1999-01-01"], 1, "No edition of 1999-01-01"),
        (["send", "--wait", "soon"], 2, "20m"),
        (["edition", "import", "none.json"], 1, "none.json"),
        (["--config", "none.toml", "status"], 2, "none.toml"),
    ],
)
def test_a_mistake_is_named(ready: Digest, arguments: list[str], code: int, said: str) -> None:
    ran = ready(*arguments, code=code)
    assert said in " ".join((ran.out + ran.err).split())


def test_without_init_every_command_says_what_to_do(digest: Digest) -> None:
    assert "digest init" in digest("status", code=1).err
    assert not list(digest.folder.glob("*.sqlite3"))  # looking makes no empty database


@pytest.mark.parametrize("arguments", [["status"], ["init"], ["send", "--no-pull"]])
def test_a_file_that_is_no_database_is_named_in_plain_words(
    ready: Digest, arguments: list[str]
) -> None:
    (ready.folder / "digest.sqlite3").write_bytes(b"not a database " * 1000)
    ran = ready(*arguments, code=1)
    assert "digest.sqlite3 failed: file is not a database." in " ".join(ran.err.split())


def test_init_again_keeps_what_is_there(ready: Digest) -> None:
    before = (ready.folder / "digest.toml").read_text(encoding="utf-8")
    ready("init", "--from", "other@example.org")
    assert (ready.folder / "digest.toml").read_text(encoding="utf-8") == before
    assert ready("status", "--format", "json").json["subscribers"]["confirmed"] == 1


def test_init_writes_what_it_was_told(digest: Digest) -> None:
    digest.variables.clear()
    server = ["--smtp-host", "mail.example.org", "--smtp-port", "465"]
    postal = ["--postal-address", 'House "A", 12 Example Street']
    digest("init", "--from", "papers@example.org", *server, *postal)
    written = (digest.folder / "digest.toml").read_text(encoding="utf-8")
    assert 'tls = "implicit"' in written
    assert r"House \"A\", 12" in written
    digest("status")
    assert oct((digest.folder / "keys" / "links.json").stat().st_mode)[-3:] == "600"
    assert Path(digest.folder / "digest.sqlite3").exists()


def test_no_source_within_reach_is_a_failure_that_is_told_once(ready: Digest) -> None:
    ready.variables["DIGEST_NETWORK__ATTEMPTS"] = "1"
    source = '\n[[sources]]\nkind = "huggingface"\nbase_url = "http://127.0.0.1:1"\n'
    config = ready.folder / "digest.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('[[sources]]\nkind = "huggingface"\n', source), encoding="utf-8")
    ready("send", "--date", DAY)
    ran = ready("send", "--wait", "0s", code=1)
    assert ran.err.count("could not be reached") == 1


def test_a_database_that_fails_is_told_in_words(ready: Digest) -> None:
    database = ready.folder / "digest.sqlite3"
    for extra in ("-wal", "-shm"):
        Path(f"{database}{extra}").unlink(missing_ok=True)
    database.write_bytes(b"no database at all" * 1000)
    assert "database" in ready("status", code=1).err
