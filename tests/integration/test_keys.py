"""Keys on disk: made once, readable by their owner alone, never replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest import keys
from digest.errors import SigningKeyError
from digest.links import Links, read_feedback


def test_the_first_use_makes_a_ring_that_only_its_owner_reads(tmp_path: Path) -> None:
    ring = keys.load_links(tmp_path / "keys")
    path = tmp_path / "keys" / "links.json"
    assert keys.load_links(tmp_path / "keys") == ring
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_links_that_are_out_work_after_a_rotation(tmp_path: Path) -> None:
    old = Links("https://example.org", keys.load_links(tmp_path)).feedback(7, "arxiv:1")
    ring = keys.rotate_links(tmp_path)
    assert read_feedback(ring, old.rpartition("/")[2]) == (7, "arxiv:1")
    assert keys.load_links(tmp_path) == ring
    assert Links("https://example.org", ring).feedback(7, "arxiv:1") != old


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"current": 1, "keys": {}}', '{"current": 1, "keys": {"1": "YQ=="}}'],
)
def test_a_damaged_ring_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    (tmp_path / "links.json").write_text(text)
    with pytest.raises(SigningKeyError, match=r"links\.json is not a usable"):
        keys.load_links(tmp_path)
    assert (tmp_path / "links.json").read_text() == text


def test_a_ring_holds_keys_of_256_bits(tmp_path: Path) -> None:
    keys.load_links(tmp_path)
    values = json.loads((tmp_path / "links.json").read_text())
    assert len(values["keys"]["1"]) == 44


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_signing_key_is_stored_and_loaded(tmp_path: Path, algorithm: str) -> None:
    made = keys.new_signing_key(tmp_path, "s1", algorithm)
    loaded = keys.load_signing_key(tmp_path, "s1")
    assert loaded.record("example.org") == made.record("example.org")
    assert made.record("example.org")[0] == "s1._domainkey.example.org"
    assert f"k={algorithm}; p=" in made.record("example.org")[1]
    assert (tmp_path / "s1.pem").stat().st_mode & 0o777 == 0o600


def test_a_signing_key_is_never_replaced(tmp_path: Path) -> None:
    keys.new_signing_key(tmp_path, "s1", "ed25519")
    before = (tmp_path / "s1.pem").read_bytes()
    with pytest.raises(SigningKeyError, match=r"s1\.pem is there already.*--selector NAME"):
        keys.new_signing_key(tmp_path, "s1", "ed25519")
    assert (tmp_path / "s1.pem").read_bytes() == before


def test_what_is_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "s1.pem").write_text("hello")
    with pytest.raises(SigningKeyError, match=r"s1\.pem .* not an unencrypted PEM"):
        keys.load_signing_key(tmp_path, "s1")
    with pytest.raises(SigningKeyError, match="No such file"):
        keys.load_signing_key(tmp_path, "s2")


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    keys.new_signing_key(tmp_path, "s1", "ed25519")
    (tmp_path / "s2.pem").mkdir()
    assert keys.stored_selectors(tmp_path) == ["s1"]
