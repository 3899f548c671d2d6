"""`digest template`: a copy to start one's own, and a check that names file and line."""

from __future__ import annotations

import pytest

from tests.acceptance.command import Digest


@pytest.fixture
def own(digest: Digest) -> Digest:
    (digest.folder / "digest.toml").write_text('templates = "mine"\n', encoding="utf-8")
    return digest


def test_a_copy_passes_the_check_and_is_listed_as_ones_own(own: Digest) -> None:
    made = own("template", "new", "lab", "--from", "brief", "-f", "json").json
    assert [file.rpartition("/")[2] for file in made["files"]] == [
        "subject.txt.j2",
        "body.mjml.j2",
        "body.txt.j2",
    ]
    assert "Nothing is wrong with lab." in own("template", "check", "lab").out
    whose = {row["template"]: row["whose"] for row in own("template", "list", "-f", "json").json}
    assert (whose["lab"], whose["daily"]) == ("yours", "the program's")


def test_every_template_is_checked_though_one_is_broken(own: Digest) -> None:
    own("template", "new", "lab")
    file = own.folder / "mine" / "email" / "lab" / "body.mjml.j2"
    text = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*text[:2], "{{ tilte }}", *text[2:]]), encoding="utf-8")
    (row,) = own("template", "check", "lab", "brief", "-f", "json", code=1).json
    assert row["place"].endswith("mine/email/lab/body.mjml.j2, line 3")
    assert row["problem"].startswith("tilte is not known here")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Big"], "is no name for a template"),
        (["../up"], "is no name for a template"),
        (["lab", "--from", "none"], "there is no such file"),
    ],
)
def test_what_cannot_be_copied_is_named(own: Digest, arguments: list[str], said: str) -> None:
    assert said in " ".join(own("template", "new", *arguments, code=2).err.split())


def test_nothing_is_written_over(own: Digest) -> None:
    own("template", "new", "lab")
    assert "is not written over" in own("template", "new", "lab", code=2).err


def test_a_folder_that_the_settings_do_not_name_is_told_before_and_after(digest: Digest) -> None:
    said = digest("template", "new", "lab").out
    assert said.index('First write  templates = "templates"') < said.index("Try it:")
    (row,) = digest("template", "check", "lab", "-f", "json", code=1).json
    assert row["problem"].startswith(
        "there is no such file where `templates` in digest.toml is not"
    )
    (digest.folder / "digest.toml").write_text('templates = "templates"\n', encoding="utf-8")
    assert "Nothing is wrong with lab." in digest("template", "check", "lab").out
