"""Passwords and access tokens: from the settings, a file, or a command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from digest.delivery.secret_commands import first_line
from digest.errors import ConfigError


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

    The function raises ConfigError where nothing, or an empty secret, is to be had.
    """
    if section.password_command.strip():
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
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _useless_file(file, name, error) from None
    if not found:
        raise _useless_file(file, name, "is empty")
    return found


async def _from_command(command: str, name: str) -> str:
    try:
        return await first_line(command)
    except ValueError as error:
        raise ConfigError(
            file=command.split(maxsplit=1)[0],
            key=f"{name}.password_command",
            reason=error,
            allowed="a command that prints the password",
        ) from None


def _useless_file(file: Path, name: str, reason: object) -> ConfigError:
    return ConfigError(
        file=file, key=f"{name}.password_file", reason=reason, allowed="a file with the password"
    )
