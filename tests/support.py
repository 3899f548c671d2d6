"""What tests share that is no fixture."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
#: The shell has no windows to draw, and takes two thirds of the time.
BROWSERS = ("chromium-headless-shell", "chromium")
#: `.ci/soak` takes long tests with their full counts.
FULL = bool(os.environ.get("DIGEST_TEST_FULL"))


def keeps_pace(work: Callable[[str], object], piece: str, size: int = 2_000) -> bool:
    """Whether ten times the text takes some ten times the work, and not a hundred times.

    Both are measured in this thread's processor time, the best of three; below a millisecond,
    nothing is told from noise.
    """

    def spent(length: int) -> float:
        text = (piece * length)[:length]
        began = time.thread_time()
        work(text)
        return time.thread_time() - began

    short = max(0.001, *(spent(size) for _ in range(3)))
    return any(spent(10 * size) < 40 * short for _ in range(3))


def missing(what: str) -> NoReturn:
    """Skip with the reason; in CI, where everything is installed, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(f"CI lacks {what}")
    pytest.skip(f"needs {what}")


def chromium_program() -> str:
    """The browser that there is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None) or missing(
        "Chromium (Debian: chromium-headless-shell)"
    )


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class PostgresServer:
    """A PostgreSQL server of this test run's own, on a Unix socket in a folder of its own.

    Args:
        programs: the folder of its own.
        fsync: whether it survives a crash.
        within: what its commands begin with, to run it on another host.
        address: where it listens for others, too; any of them is trusted.
        wal: an empty folder for its log (WAL), in pieces of a megabyte; with its data without.
    """

    def __init__(
        self,
        programs: Path,
        *,
        fsync: bool = False,
        within: Sequence[str] = (),
        address: str = "",
        wal: Path | None = None,
    ) -> None:
        self.programs = programs
        self.fsync = fsync
        self.address = address
        self._within = within
        self.folder = Path(tempfile.mkdtemp(prefix="digest-postgres-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, "postgres")
            self.folder.chmod(0o711)
            ids = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
            self._as_user = ["setpriv", *ids, "env", f"HOME={self.folder}"]
        apart = ["-X", str(wal), "--wal-segsize=1"] if wal else []
        self._run("initdb", "-D", f"{self.folder}/d", "-U", "test", "-A", "trust", "-N", *apart)
        with (self.folder / "d" / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write("host all all samenet trust\n")

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://test@/{database}?host={self.folder}"

    def reached(self, url: str) -> str:
        """The same database by way of the network."""
        return url.replace("@/", f"@{self.address}/").partition("?")[0]

    @property
    def log(self) -> Path:
        """What it says of itself."""
        return self.folder / "log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._control("start")

    def restart(self) -> None:
        """Start it anew, whether it still runs or has given up; wait until it answers."""
        self._control("-m", "immediate", "restart")

    def _control(self, *command: str) -> None:
        options = f"-k {self.folder} -c listen_addresses='{self.address}' -c max_connections=100"
        # Without autovacuum, which would go round hundreds of databases that are done with.
        options += "" if self.fsync else " -c fsync=off -c full_page_writes=off -c autovacuum=off"
        where = ["-D", f"{self.folder}/d", "-w", "-l", str(self.log), "-o", options]
        self._run("pg_ctl", *where, *command)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it as a crash would, or in another of pg_ctl's modes."""
        # It waits a minute for who has just connected and says nothing (until PostgreSQL 17).
        self._run("pg_ctl", "-D", f"{self.folder}/d", "-m", mode, "-w", "-t", "180", "stop")

    def remove(self) -> None:
        """Remove its folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, name: str = "", template: str = "template1") -> str:
        """A new database's URL; it is empty, or a copy of another to which nobody is connected."""
        name = name or f"t{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Removes a database, whoever is still connected to it."""
        self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._within, *self._as_user, str(self.programs / program), *arguments],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
