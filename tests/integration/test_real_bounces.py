"""Bounces that nobody here wrote: the 115 messages in flufl.bounce 4.0's source distribution.

They are not ours to keep, so they are fetched by the package's name, unpacked into a folder, and
read from there: `DIGEST_BOUNCES` names it, `.ci/bounces` is where `.ci/run` puts it.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from digest.delivery import Kind, read
from tests.support import ROOT, missing

# The package's own table of what its detectors find, and its samples.
TABLE = "flufl/bounce/testing/helpers.py"
SAMPLES = "flufl/bounce/tests/data"
# Where that table names nobody: what the messages are, read by a person.
UNNAMED = {
    "bounce_01.txt": Kind.BOUNCE,  # "mail box space not enough"
    "dumbass_01.txt": Kind.BOUNCE,  # "could not be delivered", without saying to whom
    "groupwise_03.txt": Kind.OTHER,  # a letter between people
    "qmail_08.txt": Kind.AUTO_REPLY,
    "simple_42.txt": Kind.BOUNCE,  # 5.7.1; the address was cut by whoever gave the sample
    "simple_43.txt": Kind.BOUNCE,  # "not a valid user", without saying who
}


@pytest.fixture(scope="module")
def package() -> Path:
    folder = Path(os.environ.get("DIGEST_BOUNCES", ROOT / ".ci" / "bounces"))
    unpacked = (path for path in folder.glob("flufl.bounce-*") if path.is_dir())
    found = next(unpacked, None)
    if found is None:
        missing("flufl.bounce 4.0's source distribution, unpacked in DIGEST_BOUNCES")
    return found


@pytest.fixture(scope="module")
def expected(package: Path) -> dict[str, Kind]:
    """By the name of each message, what it is."""
    source = (package / TABLE).read_text(encoding="utf-8")
    table = re.search(r"^DATA = (\(.*?^    \))", source, re.DOTALL | re.MULTILINE)
    assert table
    kinds = {}
    for _detector, name, addresses, *temporary in ast.literal_eval(table[1]):
        if addresses:
            kinds[name] = Kind.DELAY if any(temporary) else Kind.BOUNCE
    names = {path.name for path in (package / SAMPLES).glob("*.txt")}
    return {name: UNNAMED.get(name) or kinds[name] for name in names}


@pytest.mark.parametrize(("heuristics", "least"), [(False, 115), (True, 115)])
def test_real_bounces_are_classified(
    package: Path, expected: dict[str, Kind], heuristics: bool, least: int
) -> None:
    found = {
        name: read((package / SAMPLES / name).read_bytes(), heuristics=heuristics).kind
        for name in expected
    }
    wrong = {name: kind for name, kind in found.items() if kind is not expected[name]}
    assert len(expected) == 115
    assert len(expected) - len(wrong) >= least, wrong
