"""The checks find what they are for, and nothing in the program's own templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from digest.model import Message
from digest.rendering import Renderer
from digest.rendering.lint import Finding, Severity, lint
from digest.rendering.specimens import specimen
from tests import emails

MASTHEAD = '<h1 class="h1 ink">{{ title }}</h1>'


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    return emails.make_renderer(tmp_path_factory.mktemp("lint"))


def test_the_programs_own_templates_have_no_warning(renderer: Renderer) -> None:
    for name in renderer.templates():
        found = lint(specimen(renderer, name))
        assert [f for f in found if f.severity is not Severity.NOTE] == [], name


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ('<h1>x</h1><a href="javascript:alert(1)">Read the paper</a>', "links"),
        ('<h1>x</h1><a href="http://example.org/">Read the paper</a>', "links"),
        ('<h1>x</h1><a href="https://example.org/">here</a>', "links"),
        ('<h1>x</h1><img src="https://example.org/a.png" />', "images"),
        ('<h1>x</h1><img src="https://example.org/a.png" alt="" width="1" />', "images"),
        ("<h1>x</h1><h3>y</h3>", "headings"),
        ("<h2>y</h2>", "headings"),
        ('<h1>x</h1><p style="color:#cccccc">faint</p>', "contrast"),
        ('<h1 style="color:#000000">x</h1>', "contrast"),
        ('<h1>x</h1><p style="font-size:9px">small</p>', "contrast"),
        ('<h1>x</h1><p style="hyphenate-limit-chars:5">y</p>', "clients"),
    ],
)
def test_a_fault_of_the_html_is_found(tmp_path: Path, html: str, rule: str) -> None:
    assert rule in warned(own_template(tmp_path, html))


def test_a_site_without_https_is_said_once_for_all_its_links(tmp_path: Path) -> None:
    renderer = emails.make_renderer(tmp_path, public_url="http://papers.example.org")
    found = [f for f in lint(specimen(renderer, "daily")) if f.severity is not Severity.NOTE]
    assert [(f.place, f.problem) for f in found] == [
        ("List-Unsubscribe", "it is not https"),
        ("line 53 of the HTML and 25 more", "http://papers.example.org is not https"),
    ]


@pytest.mark.parametrize(
    ("address", "grave"),
    [
        ("digest@papers.example.org", Severity.NOTE),
        ("the-digest@papers.example.org", Severity.NOTE),
        ("the-digest-of-all-papers@papers.example.org", Severity.ERROR),
    ],
)
def test_the_way_out_by_mail_has_to_be_short_too(
    tmp_path: Path, address: str, grave: Severity
) -> None:
    renderer = emails.make_renderer(tmp_path, public_url="", address=address)
    found = [f for f in lint(specimen(renderer, "daily")) if f.place == "List-Unsubscribe"]
    assert found[0].severity is grave


@pytest.mark.parametrize("public", [f"https://{emails.DOMAIN}", ""])
def test_a_digest_without_a_way_out_is_an_error(tmp_path: Path, public: str) -> None:
    shared = tmp_path / "email" / "shared"
    shared.mkdir(parents=True)
    for name in ("top", "footer"):
        (shared / f"{name}.mjml.j2").write_text("", encoding="utf-8")
    renderer = emails.make_renderer(tmp_path, templates=tmp_path, public_url=public)
    found = {f.problem: f.severity for f in lint(specimen(renderer, "daily"))}
    assert found["no unsubscribe link"] is Severity.ERROR


def own_template(folder: Path, masthead: str) -> Message:
    """The daily message with another heading in its masthead."""
    shared = folder / "email" / "shared"
    shared.mkdir(parents=True)
    source = Path("templates/email/shared/masthead.mjml.j2").read_text(encoding="utf-8")
    assert MASTHEAD in source
    (shared / "masthead.mjml.j2").write_text(source.replace(MASTHEAD, masthead), encoding="utf-8")
    return specimen(emails.make_renderer(folder, templates=folder), "daily")


def warned(message: Message) -> set[str]:
    return rules(f for f in lint(message) if f.severity is not Severity.NOTE)


def rules(findings: Iterable[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"\r\nSubject: ", b"\r\nSubject: a\r\nSubject: ", "Subject"),
        (b"List-Unsubscribe=One-Click", b"yes", "List-Unsubscribe-Post"),
        (b"<digest@papers.example.org>", b"<digest@localhost>", "From"),
    ],
)
def test_a_fault_of_the_headers_is_found(
    renderer: Renderer, old: bytes, new: bytes, place: str
) -> None:
    message = specimen(renderer, "daily")
    broken = replace(message, data=message.data.replace(old, new, 1))
    assert place in {found.place for found in lint(broken) if found.severity is not Severity.NOTE}


def test_an_empty_text_part_is_found(renderer: Renderer) -> None:
    message = specimen(renderer, "daily")
    head, begin, rest = message.data.partition(b"quoted-printable\r\n\r\n")
    data = head + begin + rest[rest.index(b"\r\n--=_paper-digest") :]
    assert "text" in warned(replace(message, data=data))


def test_a_page_over_the_budget_is_found(renderer: Renderer) -> None:
    message = specimen(renderer, "daily")
    data = message.data.replace(b"<main>", b"<main>" + b"<!-- padding -->\r\n" * 6000)
    assert "size" in warned(replace(message, data=data))


def test_words_that_filters_dislike_are_noted(tmp_path: Path) -> None:
    message = own_template(tmp_path, "<h1>x</h1><p>Act now, it is risk-free</p>")
    assert "words" in rules(lint(message))
