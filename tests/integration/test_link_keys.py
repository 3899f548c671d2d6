"""Other keys than those that links were made with are never taken without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from digest import keys
from digest.errors import LinkKeysLost
from digest.link_keys import fingerprints, link_keys, remember
from tests.installation import Installation


def file_of(place: Installation) -> Path:
    return place.app.settings.keys / keys.LINKS_FILE


def forget(place: Installation) -> None:
    """Leaves the database as one of a version before fingerprints."""
    with place.app.engine.begin() as connection:
        connection.execute(delete(link_keys))


def test_a_file_that_is_gone_is_not_made_anew(place: Installation) -> None:
    file_of(place).unlink()
    place.restart()
    with pytest.raises(LinkKeysLost, match=r"links\.json is not there.*rotate --links --lost"):
        _ = place.app.ring
    with pytest.raises(LinkKeysLost):
        place.app.set_up()
    assert not file_of(place).exists()


def test_nor_where_readers_are_and_no_fingerprint_is(place: Installation) -> None:
    place.add()
    forget(place)
    file_of(place).unlink()
    place.restart()
    with pytest.raises(LinkKeysLost, match="is not there"):
        _ = place.app.ring


def test_a_file_of_another_installation_is_refused(place: Installation, tmp_path: Path) -> None:
    keys.load_links(tmp_path / "other")
    file_of(place).write_bytes((tmp_path / "other" / keys.LINKS_FILE).read_bytes())
    place.restart()
    with pytest.raises(LinkKeysLost, match=r"links\.json holds other keys"):
        _ = place.app.ring


def test_a_machine_that_lacks_a_new_key_is_told(place: Installation) -> None:
    before = file_of(place).read_bytes()
    remember(place.app.engine, keys.rotate_links(place.app.settings.keys))
    file_of(place).write_bytes(before)
    place.restart()
    with pytest.raises(LinkKeysLost, match=r"links\.json lacks key 2"):
        _ = place.app.ring


def test_a_key_more_than_the_database_knows_is_no_fault(place: Installation) -> None:
    ring = keys.rotate_links(place.app.settings.keys)
    place.restart()
    assert place.app.ring == ring


def test_an_upgrade_takes_the_keys_that_are_there(place: Installation) -> None:
    place.add()
    forget(place)
    place.restart()
    place.app.set_up()
    with place.app.engine.connect() as connection:
        known = connection.execute(select(link_keys.c.fingerprint)).scalars().all()
    assert known == list(fingerprints(place.app.ring).values())


def test_a_fingerprint_tells_nothing_of_a_key(place: Installation) -> None:
    [mark] = fingerprints(place.app.ring).values()
    [key] = place.app.ring.keys.values()
    assert len(mark) == 32
    assert mark not in key.hex()
