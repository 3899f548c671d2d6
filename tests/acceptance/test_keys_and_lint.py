"""`digest keys` and `digest lint`, as they are typed."""

from __future__ import annotations

from tests.acceptance.command import Digest


def test_lost_link_keys_stop_what_needs_them_until_it_is_said(digest: Digest) -> None:
    digest.set_up()
    digest("subscriber", "add", "reader@example.org", "--topic", "agent")
    (digest.folder / "keys" / "links.json").unlink()
    told = " ".join(digest("subscriber", "list", code=1).err.split())
    assert "links.json is not there" in told
    assert "`digest keys rotate --links --lost`" in told
    digest("lint")
    assert not (digest.folder / "keys" / "links.json").exists()
    assert "are dead" in digest("keys", "rotate", "--links", "--lost").out
    digest("subscriber", "list")
    assert "go on working" in digest("keys", "rotate", "--links").out


def test_new_keys_sign_once_they_are_set(digest: Digest) -> None:
    said = digest("keys", "new", "--selector", "s1").out
    assert 's1-rsa._domainkey.example.org. IN TXT "v=DKIM1; k=rsa; p=' in said
    (digest.folder / "digest.toml").write_text(said[said.index("[signing]") :])
    uses = {row["key"]: row["use"] for row in digest("keys", "list", "--format", "json").json}
    assert uses == {"s1-rsa": "signs", "s1-ed25519": "signs"}


def test_a_key_that_signs_is_not_retired(digest: Digest) -> None:
    said = digest("keys", "new", "--selector", "s1").out
    assert "still signs" not in digest("keys", "retire", "s1-rsa").out
    (digest.folder / "digest.toml").write_text(said[said.index("[signing]") :])
    assert "still signs" in digest("keys", "retire", "s1-ed25519", code=2).err


def test_keys_are_not_replaced(digest: Digest) -> None:
    digest("keys", "new", "--selector", "s1")
    assert "keys are not replaced" in digest("keys", "new", "--selector", "s1", code=1).err


def test_what_is_no_key_is_named_beside_those_that_are(digest: Digest) -> None:
    digest("keys", "new", "--selector", "s1")
    (digest.folder / "keys" / "s2.pem").mkdir()
    (digest.folder / "keys" / "s3.pem").write_text("hello")
    listed = digest("keys", "list", "--format", "json")
    assert [row["key"] for row in listed.json] == ["s1-ed25519", "s1-rsa"]
    assert "s3.pem is not a usable signing key" in listed.err.replace("\n", " ")
    assert "s2.pem" not in listed.err


def test_a_selector_is_a_name_for_dns(digest: Digest) -> None:
    assert "letters, digits" in digest("keys", "new", "--selector", "../x", code=1).err


def test_rotated_links_are_told_apart(digest: Digest) -> None:
    digest.set_up()
    assert "key 2" in digest("keys", "rotate", "--links").out
    uses = {row["key"]: row["use"] for row in digest("keys", "list", "--format", "json").json}
    assert uses == {"links 1": "reads links", "links 2": "makes links"}


def test_the_programs_templates_pass(digest: Digest) -> None:
    assert "Nothing is wrong with" in digest("lint", "--strict").out


def test_a_template_that_asks_for_an_unknown_field_is_named(digest: Digest) -> None:
    own = digest.folder / "mine" / "email" / "daily"
    own.mkdir(parents=True)
    (own / "body.txt.j2").write_text("{{ title }}\n{{ tilte }}\n")
    (digest.folder / "digest.toml").write_text('templates = "mine"\n')
    said = " ".join(digest("lint", "daily", code=2).err.split())
    assert "mine/email/daily/body.txt.j2, line 2: tilte is not known here" in said
