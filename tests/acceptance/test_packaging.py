"""The built packages hold all that the program needs, away from its checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True)
    return folder


def run(folder: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        check=True,
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_the_wheel_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    run(installed, "-m", "digest", "demo", "--once", "--output", "mails", cwd=tmp_path)
    assert len(list((tmp_path / "mails").glob("*.eml"))) == 6


def test_the_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    where = run(installed, "-c", "import digest; print(digest.__file__)", cwd=tmp_path).stdout
    assert where.strip() == str(installed / "digest" / "__init__.py")


def test_the_wheel_sets_up_an_installation(installed: Path, tmp_path: Path) -> None:
    run(installed, "-m", "digest", "init", cwd=tmp_path)
    assert (tmp_path / "digest.sqlite3").exists()


def test_the_sdist_holds_templates_tests_and_licence(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    for wanted in ("templates/email", "tests/unit", "LICENSE", "README.md", "docs"):
        assert any(name.startswith(wanted) for name in names), wanted
