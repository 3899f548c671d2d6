from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from digest.config import load
from digest.errors import ConfigError
from digest.settings import SOURCE_KINDS, ArxivSource, Settings


def write(folder: Path, text: str) -> Path:
    file = folder / "digest.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_empty_file_is_a_whole_configuration(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    assert [source.name for source in settings.sources] == ["huggingface"]
    assert settings.database == f"sqlite:///{tmp_path}/digest.sqlite3"


def test_paths_are_meant_from_the_files_folder(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[[sources]]\nkind="files"\npaths=["days/*.json"]'), {})
    assert settings.keys == tmp_path / "keys"
    assert settings.sources[0].paths == (f"{tmp_path}/days/*.json",)  # type: ignore[union-attr]


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, '[smtp]\nhost = "one.example.org"')
    settings = load(file, {"DIGEST_SMTP__HOST": "two.example.org", "DIGEST_OTHER": "x"})
    assert settings.smtp.host == "two.example.org"


def test_several_sources_are_told_apart_by_kind(tmp_path: Path) -> None:
    text = '[[sources]]\nkind="huggingface"\n[[sources]]\nkind="arxiv"\ncategories=["cs.LG"]'
    assert isinstance(load(write(tmp_path, text), {}).sources[1], ArxivSource)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('file = "other.toml"', r"file: unknown key\. Allowed: bounces, "),
        ("smtp = [", "the file: .*Allowed: TOML"),
        ('[smtp]\nhst = "x"', r"smtp\.hst: unknown key\. Allowed: .*host, "),
        ('[smtp]\ntls = "ssl"', r"smtp\.tls: 'ssl' is not possible.*'starttls', 'implicit'"),
        (
            '[smtp]\nport = "abc"',
            r"smtp\.port: 'abc' is not possible\. Allowed: a valid integer\.$",
        ),
        ('[smtp]\nhost = "smtp..x.org"', r"smtp\.host: 'smtp\.\.x\.org' is not.*of a server\.$"),
        ('[bounces]\nhost = "imap..x.org"', r"bounces\.host: 'imap\.\.x\.org' is not possible"),
        ('[smtp]\nhost = "papers@x.org"', r"smtp\.host: 'papers@x\.org' is not possible"),
        ('[smtp]\nhost = "x.org "', r"smtp\.host: 'x\.org ' is not possible"),
        ("[smtp]\nport = 70000", r"smtp\.port: 70000 is not possible.*less than or equal"),
        ("[delivery]\nstale_after_hours = inf", r"stale_after_hours: inf is not possible"),
        ("[delivery]\nrest_days = 1e9", r"rest_days: 1000000000.0 is not possible.*3650"),
        ("[keep]\noutcomes_days = 99999999", r"outcomes_days: 99999999 is not possible"),
        ('[[sources]]\nkind = "arxiv"', r"sources\[0\]\.categories: is missing"),
        ('[[sources]]\nkind = "x"', r"sources\[0\].*'huggingface', 'arxiv', 'feed', 'files'"),
        (
            '[[sources]]\nkind="feed"\nname="a"\nurl="https://b"\nu=1',
            r"sources\[0\]\.u: unknown key",
        ),
        (
            '[[sources]]\nkind="huggingface"\nname="a+b"',
            r"sources\[0\]\.name: 'a\+b' is not possible",
        ),
        ('[[sources]]\nkind="huggingface"\n' * 2, "sources: .*Allowed: sources of different names"),
        (
            '[[sources]]\nkind="arxiv"\ncategories=["cs.LG", "Machine Learning"]',
            r"sources\[0\]\.categories\[1\]: 'Machine Learning' is not possible",
        ),
        ('folder = "/"', "folder: unknown key"),
        ('[smtp]\npassword = ["hunter2"]', r"smtp\.password: is not usable"),
    ],
)
def test_a_wrong_setting_names_file_key_and_what_is_allowed(
    tmp_path: Path, text: str, expected: str
) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError, match=expected) as caught:
        load(file, {})
    assert str(file) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def _numbers(section: Any) -> Iterator[tuple[str, FieldInfo]]:
    for name, known in section.model_fields.items():
        if known.annotation in (int, float, int | None, float | None):
            yield f"{section.__name__}.{name}", known
        elif isinstance(known.annotation, type) and issubclass(known.annotation, BaseModel):
            yield from _numbers(known.annotation)


NUMBERS = dict(one for kind in (Settings, *SOURCE_KINDS.values()) for one in _numbers(kind))


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_its_bounds(name: str) -> None:
    bounds = NUMBERS[name].metadata
    assert any(isinstance(bound, (Ge, Gt)) for bound in bounds)
    assert any(isinstance(bound, (Le, Lt)) for bound in bounds)


@pytest.mark.parametrize("number", ["inf", "nan", "-1", "1e300"])
def test_a_number_without_end_is_not_possible(tmp_path: Path, number: str) -> None:
    with pytest.raises(ConfigError, match=r"delivery\.stale_after_hours: .* is not possible"):
        load(write(tmp_path, f"[delivery]\nstale_after_hours = {number}"), {})


def test_a_wrong_variable_is_named_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"DIGEST_SMTP__PORT: smtp\.port: 'x'"):
        load(write(tmp_path, ""), {"DIGEST_SMTP__PORT": "x"})


def test_a_named_file_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        load(tmp_path / "none.toml", {})
