"""`digest operator`: the password of the operator's page, and who is signed in."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from digest.database import open_database
from digest.parts import utc_now
from digest.signin import SignIn
from tests.acceptance.command import Digest

PASSWORD = "correct horse battery staple"


@pytest.fixture
def installed(digest: Digest) -> Digest:
    digest.set_up()
    return digest


@pytest.fixture
def engine(installed: Digest) -> Engine:
    return open_database(f"sqlite:///{installed.folder / 'digest.sqlite3'}")


def test_a_password_on_standard_input_opens_the_page(installed: Digest, engine: Engine) -> None:
    assert not SignIn(engine).is_on
    said = installed("operator", "password", "--stdin", given=f"{PASSWORD}\n").out
    assert "/operator" in said
    assert SignIn(engine).is_password(PASSWORD)
    installed("operator", "password", "--off")
    assert not SignIn(engine).is_on


@pytest.mark.parametrize(("wrong", "why"), [("short", "at least 12"), ("x" * 201, "at most 200")])
def test_a_password_of_another_length_is_refused(
    installed: Digest, engine: Engine, wrong: str, why: str
) -> None:
    assert why in installed("operator", "password", "--stdin", given=wrong, code=2).err
    assert not SignIn(engine).is_on


def test_nobody_to_type_it_is_told_of_stdin(installed: Digest) -> None:
    assert "--stdin" in installed("operator", "password", given="", code=2).err


def test_sessions_are_listed_and_revoked(installed: Digest, engine: Engine) -> None:
    assert "Nobody is signed in" in installed("operator", "sessions").out
    installed("operator", "password", "--stdin", given=PASSWORD)
    now = utc_now()
    session, token = SignIn(engine).begin(now, "192.0.2.0/24", "A browser")
    (row,) = installed("operator", "sessions", "--format", "json").json
    assert (row["id"], row["from"]) == (session.id, "192.0.2.0/24")
    assert "No session has" in installed("operator", "sessions", "revoke", "99", code=2).err
    installed("operator", "sessions", "revoke", str(session.id))
    assert SignIn(engine).session(token, now) is None
