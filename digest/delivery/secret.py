"""Passwords and access tokens: from the settings, a file, or a command."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from digest.errors import ConfigError

SECONDS = 30.0


class Holder(Protocol):
    """A section of the settings that holds a password in one of three ways."""

    @property
    def password(self) -> SecretStr:
        """In the settings themselves."""
        ...

    @property
    def password_file(self) -> Path | None:
        """In a file of its own."""
        ...

    @property
    def password_command(self) -> str:
        """As the output of a command."""
        ...


def source(section: Holder, name: str) -> Callable[[], Coroutine[None, None, str]] | None:
    """A function that gives the secret, None where there is none.

    A command is run each time, since access tokens expire.

    Args:
        section: of the settings.
        name: the section's, for errors.
    """
    if section.password_command:
        return lambda: _from_command(section.password_command, name)
    if section.password_file:
        file = section.password_file
        return lambda: asyncio.to_thread(_from_file, file, name)
    if section.password.get_secret_value():

        async def plain() -> str:
            return section.password.get_secret_value()

        return plain
    return None


def _from_file(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            file=file, key=f"{name}.password_file", reason=error, allowed="a file with the password"
        ) from None


async def _from_command(command: str, name: str) -> str:
    """The first line that the command prints; it runs without a shell."""
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command), stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()
    except (OSError, ValueError, TimeoutError) as error:
        raise _useless(command, name, str(error) or "it did not end in time") from None
    lines = output.decode(errors="replace").splitlines()
    if process.returncode or not lines:
        raise _useless(command, name, f"it ended with {process.returncode}")
    return lines[0].strip()


def _useless(command: str, name: str, reason: str) -> ConfigError:
    return ConfigError(
        file=command.split(maxsplit=1)[0],
        key=f"{name}.password_command",
        reason=reason,
        allowed="a command that prints the password",
    )
