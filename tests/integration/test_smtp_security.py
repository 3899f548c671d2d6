from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from digest.delivery import SmtpMailer, make_mailer
from digest.errors import ConfigError, MailerRefused, MailerUnreachable, PasswordUnusable
from digest.model import DeliveryState
from digest.settings import Settings, Smtp
from tests.certificates import Authority
from tests.outboxes import close_after, message
from tests.smtpserver import OFFERS, FaultyServer, Session

pytestmark = pytest.mark.anyio

AUTH = (*OFFERS, "AUTH PLAIN LOGIN XOAUTH2")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def mailer(server: FaultyServer, authority: Authority, **changes: object) -> SmtpMailer:
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "ca_file": authority.file,
        "user": "digest",
        "password": SecretStr("secret"),
        "hello": "test",
        "timeout": 5.0,
    }
    made = make_mailer(Settings(smtp=Smtp(**{**values, **changes})))
    assert isinstance(made, SmtpMailer)
    return made


async def sent(mailer: SmtpMailer) -> DeliveryState:
    try:
        return (await mailer.send(message())).state
    finally:
        await mailer.aclose()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_password_leaves_over_verified_tls(authority: Authority, tls: str) -> None:
    async with FaultyServer(
        offers=AUTH, tls=authority.server(), implicit=tls == "implicit"
    ) as server:
        state = await sent(mailer(server, authority, tls=tls))
        assert state is DeliveryState.ACCEPTED
        signed_in = [line for line in server.lines if line.startswith("AUTH")]
        assert signed_in == ["AUTH PLAIN " + base64.b64encode(b"\0digest\0secret").decode()]


@pytest.mark.parametrize("fault", ["expired", "self_signed"])
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_bad_certificate_gets_no_password(
    authority: Authority, tls: str, fault: str
) -> None:
    context = authority.server(expired=fault == "expired", self_signed=fault == "self_signed")
    async with FaultyServer(offers=AUTH, tls=context, implicit=tls == "implicit") as server:
        with pytest.raises(MailerRefused, match="certificate cannot be trusted"):
            await sent(mailer(server, authority, tls=tls))
        assert not [line for line in server.lines if "AUTH" in line.upper()]


async def test_stripped_tls_gets_no_password(authority: Authority) -> None:
    async with FaultyServer(offers=AUTH) as server:  # somebody took STARTTLS out of the offers
        with pytest.raises(MailerRefused, match="STARTTLS"):
            await sent(mailer(server, authority))
        assert not [line for line in server.lines if "AUTH" in line.upper()]


async def test_words_before_tls_are_not_taken_for_words_within(authority: Authority) -> None:
    async def inject(session: Session, verb: str) -> str | None:
        if verb == "STARTTLS":
            session.writer.write(b"220 2.0.0 Go ahead\r\n250-forged\r\n250 AUTH LOGIN\r\n")
            await session.writer.drain()
            await session.writer.start_tls(authority.server())
            session.tls = True
            await session.reader.readline()
            return "250 no sign-in here"
        return None

    async with FaultyServer(inject, offers=AUTH, tls=authority.server()) as server:
        with pytest.raises(MailerRefused):
            await sent(mailer(server, authority))
        assert not [line for line in server.lines if "AUTH" in line.upper()]


def test_a_password_without_tls_is_refused_before_anything_is_sent(authority: Authority) -> None:
    with pytest.raises(ConfigError, match="password in clear"):
        mailer(FaultyServer(), authority, port=25, tls="none")


async def test_a_wrong_password_stops_with_the_servers_words(authority: Authority) -> None:
    async def refuse(_session: Session, verb: str) -> str | None:
        return "535 5.7.8 Wrong password" if verb == "AUTH" else None

    async with FaultyServer(refuse, offers=AUTH, tls=authority.server()) as server:
        with pytest.raises(MailerRefused, match=r"535 5\.7\.8 Wrong password") as caught:
            await sent(mailer(server, authority))
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("step", ["STARTTLS", "AUTH"])
@pytest.mark.parametrize("answer", ["421 4.3.2 Closing", "454 4.7.0 Not now"])
async def test_a_server_that_is_busy_at_the_door_may_be_asked_later(
    authority: Authority, step: str, answer: str
) -> None:
    async def busy(_session: Session, verb: str) -> str | None:
        return answer if verb == step else None

    async with FaultyServer(busy, offers=AUTH, tls=authority.server()) as server:
        with pytest.raises(MailerUnreachable, match=f"{answer[:3]}|not connected"):
            await sent(mailer(server, authority))


async def test_a_password_can_come_from_a_file(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from a file\n")
    async with FaultyServer(offers=AUTH, tls=authority.server()) as server:
        changes = {"password": SecretStr(""), "password_file": tmp_path / "password"}
        await sent(mailer(server, authority, **changes))
        assert base64.b64encode(b"\0digest\0from a file").decode() in " ".join(server.lines)


async def test_or_from_a_command(authority: Authority) -> None:
    async with FaultyServer(offers=AUTH, tls=authority.server()) as server:
        changes = {"password": SecretStr(""), "password_command": "echo 'from a command'"}
        await sent(mailer(server, authority, **changes))
        assert base64.b64encode(b"\0digest\0from a command").decode() in " ".join(server.lines)


@pytest.mark.parametrize("command", ["false", "/no/such/program", "'unclosed", "echo"])
async def test_a_command_that_fails_is_named(authority: Authority, command: str) -> None:
    async with FaultyServer(offers=AUTH, tls=authority.server()) as server:
        changes = {"password": SecretStr(""), "password_command": command}
        with pytest.raises(PasswordUnusable, match=r"is not to be had.* smtp\.password_command"):
            await sent(mailer(server, authority, **changes))
        assert not server.lines


async def test_an_empty_file_is_no_password(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n")
    async with FaultyServer(offers=AUTH, tls=authority.server()) as server:
        changes = {"password": SecretStr(""), "password_file": tmp_path / "password"}
        with pytest.raises(PasswordUnusable, match="is empty"):
            await sent(mailer(server, authority, **changes))
        assert not server.lines


@pytest.mark.parametrize("command", ["", "   "])
def test_a_user_without_a_password_is_told_which_key_is_missing(
    authority: Authority, command: str
) -> None:
    changes = {"password": SecretStr(""), "password_command": command}
    with pytest.raises(ConfigError, match=r"smtp\.password: is missing"):
        mailer(FaultyServer(), authority, port=25, **changes)


async def test_an_access_token_signs_in_by_xoauth2(authority: Authority) -> None:
    async with FaultyServer(offers=AUTH, tls=authority.server()) as server:
        changes = {
            "auth": "xoauth2",
            "password": SecretStr(""),
            "password_command": "echo token",
        }
        await sent(mailer(server, authority, **changes))
        (line,) = [line for line in server.lines if line.startswith("AUTH")]
        words = base64.b64decode(line.removeprefix("AUTH XOAUTH2 "))
        assert words == b"user=digest\x01auth=Bearer token\x01\x01"


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("offers", [AUTH, (*AUTH, "CHUNKING")], ids=["DATA", "BDAT"])
async def test_over_tls_too_an_answer_that_never_came_leaves_a_message_uncertain(
    authority: Authority, offers: tuple[str, ...], before: int
) -> None:
    async def drop(session: Session, verb: str) -> str | None:
        if verb == "BODY" and session.messages == before:
            session.hang_up()
        return None

    async with FaultyServer(drop, offers, tls=authority.server(), implicit=True) as server:
        sender = mailer(server, authority, tls="implicit", connections=1)
        states = [(await sender.send(message())).state for _ in range(before + 1)]
        await sender.aclose()
        assert states[-1] is DeliveryState.UNCERTAIN


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_mailer_that_is_closed_at_any_time_leaves_no_tls_connection_open(
    authority: Authority, tls: str
) -> None:
    async with FaultyServer(
        offers=AUTH, tls=authority.server(), implicit=tls == "implicit"
    ) as server:
        turns = 0
        while len(server.received) < 5:  # until some have arrived before the end
            turns += 1
            await close_after(mailer(server, authority, tls=tls), turns)
        assert server.connections > len(server.received)
        assert await server.is_deserted()
