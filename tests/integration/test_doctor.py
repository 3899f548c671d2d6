from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from digest import keys
from digest.app import make_app
from digest.config import load
from digest.delivery import make_mailer
from digest.doctor import Finding, Level, examine
from digest.doctor.here import on_this_machine
from digest.errors import DnsUnreachable
from digest.settings import Bounces, Mailer, Sender, Settings, Signing, Smtp
from tests.databases import new_sqlite
from tests.outboxes import message
from tests.smtpserver import FaultyServer

pytestmark = pytest.mark.anyio


class Zone:
    """A DNS zone that a test writes."""

    def __init__(self, records: Mapping[str, str]) -> None:
        self._records = records

    def texts(self, name: str) -> list[str]:
        return [self._records[name]] if name in self._records else []


def settings(folder: Path, server: FaultyServer, **changes: object) -> Settings:
    values: dict[str, object] = {
        "folder": folder,
        "database": f"sqlite:///{folder / 'digest.sqlite3'}",
        "keys": folder / "keys",
        "cache": folder / "cache",
        "sender": Sender(address="digest@news.example.org"),
        "smtp": Smtp(host="127.0.0.1", port=server.port, tls="none", hello="test"),
        "signing": Signing(rsa_selector="s1"),
    }
    return Settings(**{**values, **changes})


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time server is asked by a test."""
    monkeypatch.setattr("digest.doctor.timeserver.seconds_off", lambda: 0.2)


async def test_an_installation_that_can_deliver_has_no_faults(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        made = settings(tmp_path, server)
        make_app(made).set_up()
        key = keys.new_signing_key(made.keys, "s1", "rsa")
        name, record = key.record("news.example.org")
        zone = Zone(
            {
                "news.example.org": "v=spf1 mx -all",
                name: record,
                "_dmarc.example.org": "v=DMARC1; p=reject",
            }
        )
        findings = await examine(made, zone)
        assert [f for f in findings if f.level is Level.FAULT] == []
        assert "answers, no TLS" in by_check(findings)["mail server"].text


async def test_each_fault_comes_with_the_record_or_setting_to_add(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        made = settings(tmp_path, server)
    make_app(made).set_up()
    keys.new_signing_key(made.keys, "s1", "rsa")
    (made.keys / "s1.pem").chmod(0o644)
    found = by_check(await examine(made, Zone({})))
    assert found["mail server"].level is Level.FAULT
    assert found["SPF"].remedy == 'news.example.org. IN TXT "v=spf1 mx a -all"'
    assert found["DKIM"].remedy.startswith('s1._domainkey.news.example.org. IN TXT "v=DKIM1; k=rsa')
    assert found["DMARC"].remedy.startswith('_dmarc.news.example.org. IN TXT "v=DMARC1; p=none')
    assert found["secrets"].remedy == f"chmod 600 {made.keys / 's1.pem'}"
    assert found["one click"].level is Level.WARNING


@pytest.mark.parametrize("name", ["digest.sqlite3", "digest.sqlite3-wal", "out"])
async def test_what_holds_readers_addresses_is_not_to_be_read_by_others(
    tmp_path: Path, name: str
) -> None:
    async with FaultyServer() as server:
        mailer = Mailer(kind="files", directory=tmp_path / "out")
        made = settings(tmp_path, server, mailer=mailer)
        app = make_app(made)
        app.set_up()  # and stays open, as a running installation's: its log lies beside it
        await make_mailer(made).send(message())
        assert by_check(await examine(made, Zone({})))["secrets"].level is Level.OK
        (tmp_path / name).chmod(0o755)
        found = by_check(await examine(made, Zone({})))["secrets"]
    app.close()
    mode = 700 if name == "out" else 600
    assert (found.level, found.remedy) == (Level.FAULT, f"chmod {mode} {tmp_path / name}")


@pytest.mark.parametrize(
    "text",
    [
        'database = "postgresql://digest:secret@127.0.0.1:1/digest"',
        'database = "postgresql://127.0.0.1:1/digest?user=digest&password=secret"',
        '[smtp]\nuser = "digest"\npassword = "secret"',
    ],
)
def test_the_file_that_was_read_is_named_where_others_can_read_its_passwords(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "my.toml"
    file.write_text(text)
    file.chmod(0o644)
    found = by_check(list(on_this_machine(load(file, {}))))["secrets"]
    assert (found.level, found.remedy) == (Level.FAULT, f"chmod 600 {file}")
    file.chmod(0o600)
    assert by_check(list(on_this_machine(load(file, {}))))["secrets"].level is Level.OK


def test_link_keys_that_are_lost_are_a_fault(tmp_path: Path) -> None:
    made = Settings(folder=tmp_path, database=new_sqlite(tmp_path), keys=tmp_path / "keys")
    make_app(made).set_up()
    assert by_check(list(on_this_machine(made)))["link keys"].level is Level.OK
    (made.keys / keys.LINKS_FILE).unlink()
    found = by_check(list(on_this_machine(made)))["link keys"]
    assert (found.level, found.remedy) == (Level.FAULT, "copy links.json from where it is")
    assert "rotate --links --lost" in found.text


async def test_a_key_in_dns_that_is_another_is_a_fault(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        made = settings(tmp_path, server)
        make_app(made).set_up()
        keys.new_signing_key(made.keys, "s1", "rsa")
        zone = Zone({"s1._domainkey.news.example.org": "v=DKIM1; k=rsa; p=AAAA"})
        dkim = by_check(await examine(made, zone))["DKIM"]
        assert (dkim.level, "another key" in dkim.text) == (Level.FAULT, True)


async def test_a_key_of_another_kind_than_its_setting_says_is_a_fault(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        made = settings(tmp_path, server)
        make_app(made).set_up()
        keys.new_signing_key(made.keys, "s1", "ed25519")
        dkim = by_check(await examine(made, Zone({})))["DKIM"]
    assert "rsa_selector names it" in dkim.text
    assert dkim.remedy == "`digest keys list`, and name another in [signing]"


async def test_keys_that_rest_are_named_with_what_makes_them_sign(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        made = settings(tmp_path, server, signing=Signing())
    make_app(made).set_up()
    unsigned = by_check(await examine(made, Zone({})))["DKIM"]
    assert unsigned.remedy == "digest keys new"
    key = keys.new_signing_key(made.keys, "s1", "rsa")
    first, last = [f for f in await examine(made, Zone({})) if f.check == "DKIM"]
    assert first.remedy == key.zone_line("news.example.org")
    assert last.text == "messages are not signed: s1 rests; once DNS has the record, set"
    assert last.remedy == '[signing]\nrsa_selector = "s1"'
    published = Zone(dict([key.record("news.example.org")]))
    (left,) = [f for f in await examine(made, published) if f.check == "DKIM"]
    assert (left.level, left.remedy) == (Level.FAULT, last.remedy)


async def test_an_spf_record_has_to_name_the_presets_servers(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        smtp = Smtp.model_validate(
            {"preset": "ses", "host": "127.0.0.1", "port": server.port, "tls": "none"}
        )
        made = settings(tmp_path, server, smtp=smtp, signing=Signing())
        found = by_check(await examine(made, Zone({"news.example.org": "v=spf1 mx -all"})))
    assert found["SPF"].remedy == (
        'news.example.org. IN TXT "v=spf1 include:amazonses.com mx -all"'
    )
    assert found["DKIM"].text == "ses signs"


async def test_a_signature_of_another_domain_is_not_aligned(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        signing = Signing(domain="other.example")
        made = settings(tmp_path, server, signing=signing)
        zone = Zone({"_dmarc.example.org": "v=DMARC1; p=none"})
        dmarc = by_check(await examine(made, zone))["DMARC"]
    assert (dmarc.level, "not aligned" in dmarc.text) == (Level.FAULT, True)


async def test_a_clock_that_is_off_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.doctor.timeserver.seconds_off", lambda: -300.0)
    async with FaultyServer() as server:
        clock = by_check(await examine(settings(tmp_path, server), Zone({})))["clock"]
    assert (clock.level, clock.remedy) == (Level.FAULT, "timedatectl set-ntp true")


async def test_a_database_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        database = by_check(await examine(settings(tmp_path, server), Zone({})))["database"]
    assert (database.level, database.remedy) == (Level.FAULT, "digest init")


async def test_who_rewrites_the_return_path_cannot_have_verp(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        smtp = Smtp.model_validate(
            {"preset": "ses", "host": "127.0.0.1", "port": server.port, "tls": "none", "verp": True}
        )
        found = await examine(settings(tmp_path, server, smtp=smtp), Zone({}))
    warning, told = [finding for finding in found if finding.check == "relay"]
    assert (warning.level, warning.remedy) == (Level.WARNING, "[smtp] verp = false")
    assert "Message-ID and Date are its own" in told.text
    assert "not signed here: date, message-id" in told.text


async def test_a_relay_whose_bounces_name_nobody_is_told(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        smtp = Smtp.model_validate(
            {"preset": "ses", "host": "127.0.0.1", "port": server.port, "tls": "none"}
        )
        found = await examine(settings(tmp_path, server, smtp=smtp), Zone({}))
    warning = next(finding for finding in found if finding.check == "relay")
    assert (warning.level, "names no reader" in warning.text) == (Level.WARNING, True)


async def test_the_mailbox_of_bounces_is_opened(tmp_path: Path) -> None:
    async with FaultyServer() as server:
        maildir = Bounces(kind="maildir", directory=tmp_path / "bounces")
        made = settings(tmp_path, server, bounces=maildir)
        assert by_check(await examine(made, Zone({})))["bounces"].level is Level.FAULT
        (tmp_path / "bounces" / "new").mkdir(parents=True)
        assert by_check(await examine(made, Zone({})))["bounces"].level is Level.OK
        nobody = settings(tmp_path, server)
        warning = by_check(await examine(nobody, Zone({})))["bounces"]
    assert (warning.level, "[bounces]" in warning.remedy) == (Level.WARNING, True)


async def test_a_nameserver_that_does_not_answer_is_no_missing_record(tmp_path: Path) -> None:
    class Silence(Zone):
        def texts(self, name: str) -> list[str]:
            raise DnsUnreachable(name=name, reason="timed out")

    async with FaultyServer() as server:
        found = by_check(await examine(settings(tmp_path, server), Silence({})))
    assert (found["DNS"].level, "timed out" in found["DNS"].text) == (Level.WARNING, True)
    assert "SPF" not in found
