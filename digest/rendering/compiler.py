"""MJML with Jinja placeholders → inlined HTML with the same placeholders, once per template.

No data passes through here: mjml-python aborts the process on deep nesting and refuses a
bare `&`, and premailer takes about 10 ms. Placeholders travel as marks that both tools leave
alone. What the two get wrong is put right here: premailer drops the doctype, and without
`strip_important=False` the `!important` of the dark colours; mjml-python ignores
`inline="inline"`, so those styles are handed to premailer alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from digest.errors import TemplateError
from digest.rendering.sources import Source

VERSION = 2  # part of the cache's key: raised when the output changes for the same source
_JINJA = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_MARK = re.compile(r"<!--jj(\d+)jj-->|jj(\d+)jj")
_INLINE_STYLE = re.compile(r"<mj-style\s+inline=\"inline\"\s*>(.*?)</mj-style>", re.DOTALL)
_STYLE = re.compile(r"<style([^>]*)>(.*?)</style>", re.DOTALL)
_CLASS = re.compile(r' class="([^"]*)"')
_IDLE_STYLE = re.compile(r"<style[^>]*>\s*</style>")
_SPACE = re.compile(r"[ \t]*\n\s*")
#: MJML writes the language on its outer div; it belongs on the body.
_LANGUAGE = re.compile(r'<body([^>]*)>(<div[^>]*?)( lang="[^"]*" dir="[^"]*")')
_STYLE_ATTRIBUTE = re.compile(r"style=(?:'[^']*'|\"[^\"]*\")")
_STYLE_GAP = re.compile(r"(?<=[;:,{])\s+|\s+(?=[{}])")
_UNUSED = (
    # MJML's outer div claims to be an article and repeats the title, which is read aloud twice.
    re.compile(r' aria-label="[^"]*" aria-roledescription="email"(?= )| role="article"'),
    # Styles for what no template of ours has: Outlook's groups, Thunderbird's columns.
    re.compile(r"<!--\[if lte mso 11\]>.*?<!\[endif\]-->", re.DOTALL),
    re.compile(r'<style media="screen and \(min-width:480px\)">.*?</style>', re.DOTALL),
    # What Outlook alone reads goes on where it had just ended.
    re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>"),
)


def compile_mjml(source: Source, text: str, colours: Mapping[str, str]) -> str:
    """Inlined HTML that still holds the Jinja placeholders of `text`.

    Args:
        source: the file that errors name.
        text: MJML with Jinja placeholders, includes put in.
        colours: put in for placeholders of their names, before MJML.

    Raises:
        TemplateError: the MJML is malformed.
    """
    import mjml

    for name, colour in colours.items():
        text = re.sub(rf"\{{\{{\s*{name}\s*\}}\}}", colour, text)
    marked, placeholders = _mark(text)
    styles = "".join(_INLINE_STYLE.findall(marked))
    try:
        html = mjml.mjml2html(_INLINE_STYLE.sub("", marked), fonts={})
    except ValueError as error:
        line = _line_of_error(text, str(error))
        raise TemplateError(file=source.path, line=line, reason=f"MJML: {error}") from None
    return _unmark(_tidy(_inline(html, styles)), placeholders)


def _mark(text: str) -> tuple[str, list[str]]:
    """Replaces placeholders by marks: comments between tags, words inside a tag or a text."""
    placeholders: list[str] = []

    def replace(match: re.Match[str]) -> str:
        if match[0].startswith("{#"):
            return ""
        placeholders.append(match[0])
        mark = f"jj{len(placeholders) - 1}jj"
        inside_tag = text.rfind("<", 0, match.start()) > text.rfind(">", 0, match.start())
        return mark if inside_tag or match[0].startswith("{{") else f"<!--{mark}-->"

    return _JINJA.sub(replace, text), placeholders


def _unmark(html: str, placeholders: list[str]) -> str:
    return _MARK.sub(lambda match: placeholders[int(match[1] or match[2])], html)


def _inline(html: str, styles: str) -> str:
    """Our own styles into `style` attributes; MJML's resets stay in the head, once."""
    import premailer  # brings requests and lxml, which only a compilation needs

    kept = _STYLE.sub(r'<style\1 data-premailer="ignore">\2</style>', html)
    transformed = premailer.Premailer(
        kept,
        css_text=styles,
        keep_style_tags=False,
        strip_important=False,
        remove_classes=False,
        disable_validation=True,
        disable_leftover_css=True,
        disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
        allow_network=False,
        cssutils_logging_level="CRITICAL",
    ).transform()
    return "<!doctype html>" + str(transformed).replace(' data-premailer="ignore"', "")


def _tidy(html: str) -> str:
    """Leaves out what no reader needs: unused classes, empty styles, indentation."""
    for unused in _UNUSED:
        html = unused.sub("", html)
    html = _LANGUAGE.sub(r"<body\3\1>\2", html)
    styles = " ".join(style for _, style in _STYLE.findall(html))
    html = _CLASS.sub(lambda match: _used_classes(match[1], styles), html)
    html = _STYLE_ATTRIBUTE.sub(lambda match: _STYLE_GAP.sub("", match[0]), html)
    html = _STYLE.sub(lambda m: f"<style{m[1]}>{_STYLE_GAP.sub('', m[2]).strip()}</style>", html)
    return _SPACE.sub("\n", _IDLE_STYLE.sub("", html)).strip() + "\n"


def _used_classes(names: str, styles: str) -> str:
    used = [name for name in names.split() if re.search(rf"\.{re.escape(name)}\b", styles)]
    return f' class="{" ".join(used)}"' if used else ""


def _line_of_error(text: str, message: str) -> int:
    """Where mjml-python says it is: an octet's place in the text, or nothing."""
    place = re.search(r"(?:at|position|in) (\d+)", message)
    return text.count("\n", 0, int(place[1])) + 1 if place else 1


def load_or_compile(
    folder: Path, key: str, source: Source, text: str, colours: Mapping[str, str]
) -> str:
    """The compiled form from the cache folder, made and stored where it is not there yet."""
    path = folder / f"{key}.html"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        html = compile_mjml(source, text, colours)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staged = path.with_suffix(f".{id(html):x}")
        staged.write_text(html, encoding="utf-8")
        staged.replace(path)
    except OSError:
        return html  # a cache that cannot be written costs time, nothing else
    return html
