from __future__ import annotations

from pathlib import Path

import pytest

from digest.config import load
from digest.errors import ConfigError
from digest.settings import ArxivSource


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


def test_a_wrong_variable_is_named_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"DIGEST_SMTP__PORT: smtp\.port: 'x'"):
        load(write(tmp_path, ""), {"DIGEST_SMTP__PORT": "x"})


def test_a_named_file_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        load(tmp_path / "none.toml", {})
