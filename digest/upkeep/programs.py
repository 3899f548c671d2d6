"""PostgreSQL's own programs, run on a database."""

from __future__ import annotations

import os
import shutil
import subprocess

from sqlalchemy.engine import URL


class ProgramFailed(Exception):
    """A program is missing, or said why it failed."""


def run(program: str, url: URL | None, *arguments: str) -> str:
    """Runs `pg_dump` or `pg_restore`; the password goes by the environment, unseen by `ps`.

    Args:
        program: its name.
        url: of the database; None where the program needs none.
        arguments: all others.

    Returns:
        What it printed.

    Raises:
        ProgramFailed: with the program's last words.
    """
    path = shutil.which(program)
    if path is None:
        raise ProgramFailed(f"{program} is not installed (Debian: postgresql-client)")
    command, environment = [path], dict(os.environ)
    if url is not None:
        address = url.set(drivername="postgresql", password=None).render_as_string()
        command += ["--no-password", f"--dbname={address}"]
    if url is not None and url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603  # our own words, and the operator's settings
        [*command, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise ProgramFailed(" ".join(lines[-3:]))
    return done.stdout
