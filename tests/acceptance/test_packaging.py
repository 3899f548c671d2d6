"""The built packages hold all that the program needs, away from its checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path


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
