"""A relay that writes headers of its own: our signature stands all the same."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization

from digest import keys
from digest.model import Message
from digest.presets import PRESETS
from digest.rendering import Renderer
from digest.settings import Settings, Signing, Smtp
from tests.emails import AT, RING, SENDER, make_digest


def rendered(folder: Path, preset: str) -> Message:
    keys.new_signing_key(folder, "s1", "rsa")
    settings = Settings(
        sender=SENDER,
        cache=folder,
        keys=folder,
        signing=Signing(rsa_selector="s1"),
        smtp=Smtp(preset=preset),
    )
    return Renderer(settings, RING).render(make_digest(3), AT)


def rewritten(data: bytes, fields: frozenset[str]) -> bytes:
    """As the relay sends it on."""
    for field in fields:
        pattern = rb"(?im)^(" + field.encode() + rb"): [^\r]*\r\n"
        data = re.sub(pattern, rb"\1: <1@relay.example>\r\n", data, count=1)
    return data


def verified(data: bytes, folder: Path) -> bool:
    public = keys.load_signing_key(folder, "s1").key.public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
    return bool(dkim.verify(data, dnsfunc=lambda *_asked, **_options: record))


@pytest.mark.parametrize("preset", [name for name, made in PRESETS.items() if made.replaces])
def test_what_a_relay_writes_itself_is_not_signed(tmp_path: Path, preset: str) -> None:
    data = rendered(tmp_path, preset).data
    changed = rewritten(data, PRESETS[preset].replaces)
    assert changed != data
    assert verified(changed, tmp_path)


def test_elsewhere_every_change_breaks_the_signature(tmp_path: Path) -> None:
    data = rendered(tmp_path, "postfix").data
    assert verified(data, tmp_path)
    for field in ("message-id", "date"):
        assert not verified(rewritten(data, frozenset({field})), tmp_path)
