"""A message is composed in one place and signed in another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from digest import signing_process
from digest.rendering import Renderer, Unsigned, letter_of
from tests import emails


def composed(renderer: Renderer) -> Unsigned:
    return renderer.compose(letter_of(emails.make_digest()), emails.AT)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def signing(keys: Path) -> Renderer:
    return emails.make_renderer(keys, signed=True)


def test_without_keys_there_is_nothing_to_sign(tmp_path: Path) -> None:
    renderer = emails.make_renderer(tmp_path)
    assert not composed(renderer).hashes
    assert composed(renderer).sign() == renderer.render(emails.make_digest(), emails.AT)


def test_with_keys_a_message_is_signed_when_it_is_asked_for(signing: Renderer) -> None:
    unsigned = composed(signing)
    assert unsigned.hashes
    assert unsigned.sign().data.count(b"DKIM-Signature: ") == 2


def test_signatures_made_elsewhere_give_the_same_octets(signing: Renderer) -> None:
    unsigned = composed(signing)
    makers = [signing_process.signing(key) for key in signing.signing_keys]
    made = [makers[number](digest) for number, digest in unsigned.hashes]
    assert unsigned.sealed(made) == signing.render(emails.make_digest(), emails.AT)


def test_a_signature_adds_its_own_fields_and_changes_nothing(
    signing: Renderer, tmp_path: Path
) -> None:
    plain = composed(emails.make_renderer(tmp_path)).sign().data
    head, _, body = composed(signing).sign().data.partition(b"\r\n\r\n")
    fields = [field for name, field in emails.fields(head + b"\r\n") if name != "DKIM-Signature"]
    assert b"".join(fields) + b"\r\n" + body == plain


@pytest.mark.parametrize("bits", [2048, 2050])
def test_a_signature_is_as_long_as_its_key_says(bits: int) -> None:
    for key in (rsa.generate_private_key(65537, bits), Ed25519PrivateKey.generate()):
        made = signing_process.signing(key)(hashlib.sha256(b"a").digest())
        assert len(made) == signing_process.size(key)


def test_a_notice_is_signed_too(signing: Renderer) -> None:
    reader = emails.make_digest().subscriber
    unsigned = signing.compose_notice("confirm", reader, emails.AT, occasion="1", facts={})
    assert unsigned.hashes
    signed = signing.compose_notice("confirm", reader, emails.AT, occasion="1", facts={}).sign()
    assert unsigned.sign() == signed
