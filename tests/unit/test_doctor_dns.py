"""SPF and DMARC as receivers read them: what counts, what it leads to, whose domain it is."""

from __future__ import annotations

import pytest

from digest.doctor import Finding, Level
from digest.doctor.dns_records import in_dns
from digest.settings import Sender, Settings, Signing, Smtp

GOOGLE = "v=spf1 include:_spf.google.com ~all"
REJECT = "v=DMARC1; p=reject"


class Zone:
    """DNS that a test writes: one record for a name, or several."""

    def __init__(self, records: dict[str, str | list[str]]) -> None:
        self.asked: list[str] = []
        self._records = records

    def texts(self, name: str) -> list[str]:
        self.asked.append(name)
        found = self._records.get(name, [])
        return [found] if isinstance(found, str) else found


def found(
    zone: Zone, address: str = "digest@example.org", preset: str = "gmail", signing: str = ""
) -> dict[str, Finding]:
    settings = Settings(
        sender=Sender(address=address),
        smtp=Smtp.model_validate({"preset": preset}),
        signing=Signing(domain=signing),
    )
    return {finding.check: finding for finding in in_dns(settings, zone)}


def spf(record: str | list[str], preset: str = "gmail", **more: str | list[str]) -> Finding:
    names = {name.replace("_", "."): text for name, text in more.items()}
    return found(Zone({"example.org": record, **names}), preset=preset)["SPF"]


@pytest.mark.parametrize(
    "record", [GOOGLE, "V=SPF1 INCLUDE:_SPF.Google.com ~all", "v=spf1 redirect=_spf.google.com"]
)
def test_a_record_names_the_presets_servers_in_any_way(record: str) -> None:
    assert spf(record).level is Level.OK


def test_also_by_way_of_another_record() -> None:
    assert spf("v=spf1 redirect=mail.example.org", mail_example_org=GOOGLE).level is Level.OK


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 -all include:_spf.google.com",
        "v=spf1 -include:_spf.google.com -all",
        "v=spf1 mx redirect=_spf.google.com -all",
    ],
)
def test_what_receivers_do_not_follow_names_nobody(record: str) -> None:
    finding = spf(record)
    assert (finding.level, "does not name" in finding.text) == (Level.FAULT, True)


def test_a_record_that_lets_nobody_send_is_a_fault_without_a_preset_too() -> None:
    assert spf("v=spf1 -all", preset="").level is Level.FAULT
    assert spf("v=spf1 ip4:192.0.2.1 -all", preset="").level is Level.OK


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("v=spf10 -all", "no SPF record"),
        ([GOOGLE, "v=spf1 -all"], "2 SPF records, so none counts"),
        (GOOGLE.replace("~", "a mx " * 5 + "~"), "more than 10 times"),
        ("v=spf1 include:gone.example " + GOOGLE[7:], "gone.example has no SPF record"),
        ("v=spf1 redirect=example.org", "more than 10 times"),
    ],
)
def test_a_record_that_does_not_count_is_a_fault(record: str | list[str], said: str) -> None:
    finding = spf(record)
    assert (finding.level, said in finding.text) == (Level.FAULT, True)


def test_gmails_own_domain_is_fine_by_gmail_and_asks_nobody_to_change_it() -> None:
    records: dict[str, str | list[str]] = {
        "gmail.com": "v=spf1 redirect=_spf.google.com",
        "_dmarc.gmail.com": "v=DMARC1; p=none; sp=quarantine",
    }
    assert {f.level for f in found(Zone(records), "me@gmail.com").values()} == {Level.OK}
    elsewhere = found(Zone(records), "me@gmail.com", preset="fastmail")["SPF"]
    assert (elsewhere.level, "IN TXT" in elsewhere.remedy) == (Level.FAULT, False)
    assert "gmail.com is its provider's own" in elsewhere.text


@pytest.mark.parametrize(
    ("sender", "signing", "level"),
    [
        ("example.org", "evilexample.org", Level.FAULT),
        ("example.org", "mail.example.org", Level.OK),
        ("news.example.org", "mail.example.org", Level.OK),
        ("news.example.org", "EXAMPLE.org", Level.OK),
        ("example.co.uk", "other.co.uk", Level.FAULT),
        ("a.registry.example", "b.registry.example", Level.FAULT),
    ],
)
def test_signatures_are_aligned_within_what_one_owner_registered(
    sender: str, signing: str, level: Level
) -> None:
    zone = Zone(
        {
            "_dmarc.example.org": REJECT,
            "_dmarc.example.co.uk": REJECT,
            "_dmarc.co.uk": REJECT,
            "_dmarc.other.co.uk": REJECT,
            "_dmarc.a.registry.example": REJECT,
            "_dmarc.registry.example": f"{REJECT}; psd=y",
        }
    )
    assert found(zone, f"digest@{sender}", signing=signing)["DMARC"].level is level
    assert not {"_dmarc.co.uk", "_dmarc.org"} & set(zone.asked)


def test_two_records_of_dmarc_count_as_none() -> None:
    finding = found(Zone({"_dmarc.example.org": [REJECT, "v=DMARC1; p=none"]}))["DMARC"]
    assert (finding.level, finding.remedy) == (Level.FAULT, "keep one")
