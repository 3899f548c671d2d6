"""A user's own templates: what they replace, what they may ask for, and how faults are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digest import sample, words
from digest.errors import TemplateError
from digest.rendering import Renderer, mime
from digest.rendering.specimens import specimen
from tests import emails

Write = Callable[[str, str], Renderer]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Renderer:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return emails.make_renderer(tmp_path, templates=tmp_path)

    return write_file


def test_one_file_of_a_template_can_be_replaced_alone(write: Write) -> None:
    renderer = write("email/daily/subject.txt.j2", "[{{ brand }}] {{ subject }}")
    message = specimen(renderer, "daily")
    assert mime.to_email(message)["Subject"].startswith("[Paper Digest] 10 papers on ")
    assert "<h1" in mime.part(message, "html")


def test_a_template_of_ones_own_is_known_by_its_folder(write: Write) -> None:
    write("email/mine/subject.txt.j2", "{{ subject }}")
    write("email/mine/body.txt.j2", "{% for e in entries %}{{ e.title | upper }}\n{% endfor %}")
    renderer = write("email/mine/body.mjml.j2", BODY % "{{ title }}")
    assert "mine" in renderer.templates()
    reader = replace(sample.subscribers()[0], template="mine")
    message = renderer.render(emails.make_digest(2, subscriber=reader), emails.AT)
    assert mime.part(message, "plain").startswith("ENVHARNESS: AWAKENING")


BODY = """<mjml><mj-body><mj-section><mj-column><mj-text>
%s
{%% for entry in entries %%}<p>{{ entry.title }}</p>{%% endfor %%}
</mj-text></mj-column></mj-section></mj-body></mjml>"""


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{{ tilte }}", "tilte is not known here"),
        ("{% if tilte %}x{% endif %}", "tilte is not known here"),
        ("{% if title %}x{% else %}{{ nope }}{% endif %}", "nope is not known here"),
        ("{% for e in entries %}{{ e.titel }}{% endfor %}", "e.titel is not known; e has"),
        ("{% for e in entries %}{{ title }}{% endfor %}", "not known inside a loop"),
        ("{% for e in papers %}x{% endfor %}", "a loop runs over one of also, entries"),
        ("{% for e in entries %}{{ e }}{% endfor %}", "printed by its fields"),
        ("{{ title | upper }}", "title differs for each reader"),
        ("{% for e in entries %}{{ e.reason | length }}{% endfor %}", "e.reason differs for each"),
        ("{% if title == 'x' %}y{% endif %}", "title differs for each reader"),
        ("{{ 'x' | safe }}", "no filter is called safe"),
        ('{{ word("link.nothing") }}', "no text is called link.nothing"),
        ("{{ open('/etc/passwd') }}", "only word"),
        ("{{ title.__class__ }}", "nothing here has a field __class__"),
        ("{% for e in entries %}{{ e.title.__class__ }}{% endfor %}", "nothing here has a field"),
        ("{% set x = 1 %}", "only {{ }}, if, for and include"),
        ("{% macro x() %}{% endmacro %}", "only {{ }}, if, for and include"),
        ("{% autoescape false %}{% endautoescape %}", "only {{ }}, if, for and include"),
        ("{% if title %}", "Unexpected end of template"),
        ('{% include "shared/nothing.j2" %}', "shared/nothing.j2 is in no templates folder"),
        ('{% include "../../secret" %}', "is in no templates folder"),
    ],
)
@pytest.mark.parametrize("file", ["subject.txt.j2", "body.mjml.j2", "body.txt.j2"])
def test_a_fault_is_told_with_its_file_and_line(
    write: Write, file: str, fault: str, said: str
) -> None:
    renderer = write(f"email/daily/{file}", f"first line\n{fault}")
    with pytest.raises(TemplateError) as raised:
        renderer.template_hash("daily")
    assert said in str(raised.value)
    assert f"{file}, line 2: " in str(raised.value)


def test_a_fault_in_an_included_file_names_that_file(write: Write) -> None:
    renderer = write("email/shared/footer.txt.j2", "a\nb\n{{ wyh }}")
    with pytest.raises(TemplateError, match=r"shared/footer\.txt\.j2, line 3: wyh"):
        renderer.template_hash("daily")


def test_a_loop_over_the_papers_stands_once(write: Write) -> None:
    loop = "{% for e in entries %}{{ e.title }}{% endfor %}"
    renderer = write("email/daily/body.txt.j2", f"{loop}\n{loop}")
    with pytest.raises(TemplateError, match=r"line 2: a second loop over entries"):
        renderer.template_hash("daily")


def test_malformed_mjml_is_a_template_error(write: Write) -> None:
    renderer = write("email/daily/body.mjml.j2", "<mjml><mj-body></mjml>")
    with pytest.raises(TemplateError, match=r"body\.mjml\.j2, line 1: MJML: "):
        renderer.template_hash("daily")


def test_an_unknown_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"nope/subject\.txt\.j2"):
        emails.make_renderer(tmp_path).template_hash("nope")


def test_a_changed_source_changes_the_hash_and_the_message(write: Write) -> None:
    first = write("email/daily/subject.txt.j2", "one {{ subject }}")
    second = write("email/daily/subject.txt.j2", "two {{ subject }}")
    assert first.template_hash("daily") == second.template_hash("daily")  # both read it now
    third = write("email/shared/footer.txt.j2", "another {{ why }}")
    assert third.template_hash("daily") != second.template_hash("daily")


def test_a_compiled_template_is_read_from_the_cache(write: Write, tmp_path: Path) -> None:
    renderer = write("email/daily/subject.txt.j2", "{{ subject }}")
    specimen(renderer, "daily")
    (compiled,) = tmp_path.glob("*.html")
    compiled.write_text(compiled.read_text().replace("<main>", '<main id="cached">'))
    again = emails.make_renderer(tmp_path, templates=tmp_path)
    assert 'id="cached"' in mime.part(specimen(again, "daily"), "html")


def test_a_language_is_added_by_a_file(write: Write) -> None:
    name = '[entry]\nread = "Lire"\nauthors = { one = "{count} auteur", other = "{count} auteurs" }'
    renderer = write("words/fr.toml", name)
    reader = replace(sample.subscribers()[0], locale="fr")
    _, text, _ = renderer.parts(emails.make_digest(1, subscriber=reader), emails.AT)
    assert "vendredi" in text
    assert "Lire: https://" in text
    assert "17 auteurs" in text
    assert "Because:" in text  # what it does not say is said in English


def test_a_text_that_nothing_asks_for_is_named(write: Write, tmp_path: Path) -> None:
    write("words/en.toml", '[entry]\nread = "Open"\nraed = "x"\n')
    with pytest.raises(TemplateError, match=r"words/en\.toml, line 3: no text is called entry"):
        words.load("en", tmp_path)


def test_every_template_is_judged(tmp_path: Path) -> None:
    assert sorted(emails.TEMPLATES) == emails.make_renderer(tmp_path).templates()
