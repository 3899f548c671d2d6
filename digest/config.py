"""Reads `digest.toml` and the `DIGEST_*` variables; nothing else reads the environment.

`DIGEST_SMTP__HOST=mail.example.org` sets `[smtp] host`; a variable wins over the file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from digest.errors import ConfigError
from digest.settings import SOURCE_KINDS, Settings

FILE_NAME = "digest.toml"
OURS = ("folder", "file")  # of the settings, but no keys of the file
PREFIX = "DIGEST_"
CONFIG_VARIABLE = "DIGEST_CONFIG"


def load(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of the file and the environment.

    Without `file`, `DIGEST_CONFIG` or else `digest.toml` in the current folder is read.

    Raises:
        ConfigError: names the file, the key and what is allowed.
    """
    environment = os.environ if environment is None else environment
    named = file or (Path(environment[CONFIG_VARIABLE]) if CONFIG_VARIABLE in environment else None)
    path = (named or Path(FILE_NAME)).resolve()
    values = _read(path, required=named is not None)
    variables = _merge_environment(values, environment)
    try:
        settings = Settings.model_validate({**values, "folder": path.parent, "file": path})
    except ValidationError as error:
        raise _first_problem(error, path, variables) from None
    return _absolute(settings)


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise ConfigError(
                file=path, key="the file", reason="is not there", allowed="a file that exists"
            ) from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(file=path, key="the file", reason=error, allowed="TOML") from None
    except OSError as error:
        raise ConfigError(
            file=path, key="the file", reason=error.strerror, allowed="a file that can be read"
        ) from None
    if ours := [key for key in OURS if key in values]:
        raise ConfigError(
            file=path, key=ours[0], reason="unknown key", allowed=_allowed_keys(Settings)
        )
    return values


def _merge_environment(
    values: dict[str, Any], environment: Mapping[str, str]
) -> dict[tuple[str, ...], str]:
    """Lays the variables over `values`; returns which key came from which variable."""
    origins: dict[tuple[str, ...], str] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        keys = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if keys[0] not in Settings.model_fields or keys[0] in OURS:
            continue  # belongs to something else: a shell completion, a test
        table = values
        for key in keys[:-1]:
            inner = table.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            table = inner
        else:
            table[keys[-1]] = environment[name]
            origins[keys] = name
    return origins


def _first_problem(
    error: ValidationError, path: Path, variables: dict[tuple[str, ...], str]
) -> ConfigError:
    problem = error.errors(include_url=False)[0]
    location = tuple(str(part) for part in problem["loc"])
    key = _written_key(problem["loc"])
    file: object = variables.get(location, path)
    return ConfigError(
        file=file, key=key, reason=_reason(problem), allowed=_allowed(problem["loc"], problem)
    )


def _written_key(location: tuple[int | str, ...]) -> str:
    """`sources.1.arxiv.categories` as a person wrote it: `sources[1].categories`."""
    if location and location[0] == "sources" and len(location) > 2:
        location = (*location[:2], *location[3:])  # pydantic names the chosen kind in between
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _reason(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key"
    if problem["type"] == "missing":
        return "is missing"
    if "password" in problem["loc"]:
        return "is not usable"  # the value is a secret: it is not repeated
    return f"{problem['input']!r:.100} is not possible"


def _allowed(location: tuple[int | str, ...], problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return _allowed_keys(_section(location[:-1]))
    told = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return told.partition(", unable to ")[0]


def _section(location: tuple[int | str, ...]) -> type[BaseModel]:
    if location and location[0] == "sources":
        return next((SOURCE_KINDS[str(p)] for p in location if str(p) in SOURCE_KINDS), Settings)
    section: type[BaseModel] = Settings
    for part in location:
        field = section.model_fields.get(str(part))
        if field and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            section = field.annotation
    return section


def _allowed_keys(section: type[BaseModel]) -> str:
    return ", ".join(sorted(key for key in section.model_fields if key not in OURS))


def _absolute(settings: Settings) -> Settings:
    """Every path of the file is meant from the folder in which the file lies."""
    resolved: Settings = _resolve_paths(settings, settings.folder)
    database = _absolute_database(settings.database, settings.folder)
    return resolved.model_copy(update={"database": database})


def _resolve_paths(section: Any, folder: Path) -> Any:  # noqa: ANN401  # any section in, the same kind out
    changed: dict[str, Any] = {}
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, Path):
            changed[key] = folder / value.expanduser()
        elif isinstance(value, BaseModel):
            changed[key] = _resolve_paths(value, folder)
    if hasattr(section, "paths"):
        changed["paths"] = tuple(str(folder / Path(p).expanduser()) for p in section.paths)
    if isinstance(section, Settings):
        changed["sources"] = tuple(_resolve_paths(source, folder) for source in section.sources)
    return section.model_copy(update=changed)


def _absolute_database(url: str, folder: Path) -> str:
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix + ":memory:":
        return url
    return prefix + str(folder / url.removeprefix(prefix))
