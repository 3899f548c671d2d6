r"""LaTeX in running text becomes Unicode; everything else stays as it is.

The parser (pylatexenc) is never given a whole text: to it `50% better` is a comment and
`AT&T` a table. It is given only what is surely LaTeX: math between delimiters, accents, a few
wrappers such as `\textit{…}`, and single symbols. What it does not know stays as written.

Math is what Pandoc takes for math (https://pandoc.org/MANUAL.html#math): no space inside the
dollars, and no digit after the closing one, so that `costs $5 and $7` stays money.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db
from pylatexenc.latexwalker import LatexWalkerError

LONGEST = 20_000  # characters of a text that is looked through; abstracts have up to 1,920
LONGEST_SPAN = 400  # characters of one formula

_MATH = re.compile(
    rf"""
    (?<!\\)\$\$(?P<display>[^$]{{1,{LONGEST_SPAN}}})\$\$
    | (?<![\\$\w])\$(?P<dollars>(?![\s$])(?:[^$\\]|\\.){{1,{LONGEST_SPAN}}})(?<![\s\\])\$(?!\d)
    # A macro inside leaves no doubt, as in `$\sim$10`.
    | (?<![\\$\w])\$(?P<macro>\\[A-Za-z]{{2,}}[^$]{{0,40}})(?<!\s)\$(?=\d)
    | \\\((?P<round>.{{1,{LONGEST_SPAN}}}?)\\\)
    | \\\[(?P<square>.{{1,{LONGEST_SPAN}}}?)\\\]
    """,
    re.VERBOSE | re.DOTALL,
)
_LETTER = r"(?:\\[ij](?![A-Za-z])|[A-Za-z])"
_ACCENT = re.compile(
    rf"""
    \{{?\\(?:['"`^~=.]\s?|[cvuHkrbdt](?=[\s{{]))\s?(?:\{{\s?{_LETTER}\s?\}}|{_LETTER})\}}?
    """,
    re.VERBOSE,
)
_WRAPPED = re.compile(
    r"\\(?:text(?:it|bf|tt|sc|rm|sf|sl|up|md|normal)?|emph|underline|mbox|url|uline|b)"
    r"\s?\{(?P<text>[^{}\\$]*)\}"
)
_LINKED = re.compile(r"\\href\s?\{(?P<url>[^{}]*)\}\s?\{(?P<text>[^{}\\]*)\}")
_NOTE = re.compile(r"\s?\\footnote\s?\{(?P<text>[^{}\\]*)\}")
_SWITCHED = re.compile(r"\{\\(?:it|em|bf|tt|sc|rm|sl|sf)\s++(?P<text>[^{}\\$]*)\}")
_SYMBOL = re.compile(r"\{\\(?P<braced>[A-Za-z]+)\}|\\(?P<bare>[A-Za-z]+)(?![A-Za-z*{])\s?")
_ESCAPED = re.compile(r"\\([%&#$_{}])")
_GROUPED_COMMA = re.compile(r"(?<=\d)\{,\}(?=\d{3})")
_POSSESSIVE = re.compile(r"(?<=\w)\\'(?=s\b)")  # an apostrophe that someone escaped
_TIE = re.compile(r"~(?=\\[A-Za-z])")
_MACRO = re.compile(r"\\([A-Za-z]+)")
_HIGH = re.compile(r"\^([-+]?\d+)(?![\w.])")
_LOW = re.compile(r"(?<=\w)_(\d+)(?![\w.])")
_TO_HIGH = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_TO_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# Authors' shorthands that abstracts bring along, and symbols that pylatexenc lacks.
_OWN = {
    "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "deg": "°", "LaTeX": "LaTeX", "TeX": "TeX",
    "nobreakdash": "", "allowbreak": "", "xspace": "",
}  # fmt: skip

_converter = LatexNodes2Text(
    math_mode="text", keep_comments=True, strict_latex_spaces="based-on-source"
)
_known = get_default_latex_context_db()
# It warns of what it does not understand; that text is given back as it is.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL + 1)


def to_unicode(text: str) -> str:
    """The text with its LaTeX as Unicode; on any doubt a part stays as it is."""
    if len(text) > LONGEST or not ("\\" in text or "$" in text or "{,}" in text):
        return text
    text = _TIE.sub(" ", _POSSESSIVE.sub("'", text))
    text = _MATH.sub(_math, text)
    text = _ACCENT.sub(lambda match: _converted(match[0]), text)
    for _ in range(3):  # a wrapper in a wrapper in a wrapper
        text = _LINKED.sub(_linked, _WRAPPED.sub(r"\g<text>", _SWITCHED.sub(r"\g<text>", text)))
    text = _NOTE.sub(r" (\g<text>)", text)
    text = _SYMBOL.sub(_symbol, text)
    return _GROUPED_COMMA.sub(",", _ESCAPED.sub(r"\1", text))


def _math(match: re.Match[str]) -> str:
    content = next(group for group in match.groups() if group is not None)
    converted = _converted(content)
    if converted == content and ("\\" in content):
        return match[0]
    raised = _HIGH.sub(lambda number: number[1].translate(_TO_HIGH), converted)
    return _LOW.sub(lambda number: number[1].translate(_TO_LOW), raised)


def _linked(match: re.Match[str]) -> str:
    return match["text"] or match["url"]


def _symbol(match: re.Match[str]) -> str:
    r"""A single macro such as `\times`; one that stands for words of its author stays."""
    name = match["braced"] or match["bare"]
    if name in _OWN:
        after = " " if match[0].endswith(" ") and _OWN[name] else ""
        return _OWN[name] + after
    converted = _converted("\\" + name)
    if converted.startswith("\\") or not converted or converted.isascii():
        return match[0]
    return converted


@lru_cache(maxsize=4096)
def _converted(latex: str) -> str:
    """What pylatexenc makes of it; the same again where it does not know all of it."""
    if any(_known.get_macro_spec(name) is None for name in _MACRO.findall(latex)):
        return latex
    try:
        text: str = _converter.latex_to_text(latex, tolerant_parsing=False)
    except (LatexWalkerError, ValueError, IndexError, AttributeError, RecursionError):
        return latex
    return text if text.strip() else latex
