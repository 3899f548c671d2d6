"""`digest subscriber import` and `export`, as an operator types them."""

from __future__ import annotations

import pytest

from digest.inbox import BackgroundInbox
from tests.acceptance.command import Digest

BAD = range(0, 2000, 40)  # of 2,000 lines fifty


@pytest.fixture
def ready(digest: Digest) -> Digest:
    digest.set_up()
    return digest


def write(digest: Digest, *lines: str) -> None:
    (digest.folder / "people.csv").write_text("\n".join(lines), encoding="utf-8")


def receiving(digest: Digest) -> int:
    count: int = digest("status", "--format", "json").json["subscribers"]["confirmed"]
    return count


def test_all_lines_or_none_unless_the_bad_ones_are_skipped(ready: Digest) -> None:
    addresses = [f"r{n}" if n in BAD else f"r{n}@example.org" for n in range(2000)]
    write(ready, "email", *addresses)
    refused = ready("subscriber", "import", "people.csv", code=1).err
    assert all(f"line {number + 2}: 'r{number}' is not an email" in refused for number in BAD)
    assert "50 bad lines of 2000, so nothing is changed" in refused
    assert receiving(ready) == 0
    said = ready("subscriber", "import", "people.csv", "--skip-bad", "-f", "json").json
    assert said["outcome"] == {"added": 1950}
    assert receiving(ready) == 1950


def test_a_dry_run_changes_nothing(ready: Digest) -> None:
    write(ready, "email,Shoe size", "a@example.org,44")
    ran = ready("subscriber", "import", "people.csv", "--dry-run")
    assert ran.out.splitlines()[:2] == ["1 line of a plain file:", "       1  added"]
    assert "Columns that say nothing here: Shoe size" in ran.err
    assert receiving(ready) == 0


def test_an_export_is_private_and_imports_again_unchanged(ready: Digest) -> None:
    write(ready, "email,topics", "a@example.org,=cmd OR robots", "-b@example.org,[excluded] survey")
    ready("subscriber", "import", "people.csv")
    ready("subscriber", "export", "--output", "out.csv")
    file = ready.folder / "out.csv"
    assert oct(file.stat().st_mode)[-3:] == "600"
    text = file.read_text(encoding="utf-8")
    assert "\n'-b@example.org," in text  # no spreadsheet runs it
    assert ",'=cmd OR robots," in text
    again = ready("subscriber", "import", "out.csv", "--update", "-f", "json").json
    assert again["outcome"] == {"known": 2}
    assert ready("subscriber", "export").out == text
    assert "is not written over" in ready("subscriber", "export", "-o", "out.csv", code=2).err


def test_everybody_can_be_asked_first(ready: Digest, inbox: BackgroundInbox) -> None:
    ready.variables["DIGEST_SENDER__PUBLIC_URL"] = "https://digest.example.org"
    write(ready, "Email Address,OPTIN_TIME,CONFIRM_TIME,LEID", "a@example.org,,2024-03-14,1")
    ready("subscriber", "import", "people.csv", "--confirm")
    ready("send", "--no-pull")
    assert [mail.recipients for mail in inbox.messages] == [("a@example.org",)]
    assert ready("subscriber", "show", "a@example.org", "-f", "json").json["status"] == (
        "unconfirmed"
    )


def test_what_was_imported_is_in_the_audit_log(ready: Digest) -> None:
    write(ready, "email", "a@example.org")
    ready("subscriber", "import", "people.csv")
    latest, *_ = ready("audit", "-f", "json").json
    assert latest["detail"] == "people.csv: 1 good line, 0 bad; 1 added"


def test_what_became_of_lines_is_told_apart(ready: Digest) -> None:
    write(ready, "email,status", "a@example.org,", "b@example.org,", "c@example.org,cleaned")
    told = ready("subscriber", "import", "people.csv").out.splitlines()
    assert told == [
        "3 lines of a plain file:",
        "       2  added",
        "       1  added, but suppressed as the file says",
    ]
