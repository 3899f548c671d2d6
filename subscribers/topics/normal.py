r"""Normal forms: which words of two texts count as the same.

NFKC, case folding, accents and hyphens go; plurals fold into singulars, and nothing else is
stemmed (*learning* and *learned* stay apart). Within a phrase, hyphens and spaces do not
count at all, so that *pre training*, *pre-training* and *pretraining* are one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# A Greek letter that stands alone is read as its name: `τ-bench` is also written `tau-bench`.
_GREEK_NAMES = """alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi
omicron pi rho sigma tau upsilon phi chi psi omega"""
_GREEK = {
    unicodedata.lookup(f"GREEK SMALL LETTER {name}"): name.replace("lamda", "lambda")
    for name in re.findall(r"\w+", _GREEK_NAMES)
}
# A singular and the plurals that cutting an s off does not lead back to; what only looks like a
# plural stands alone. A semicolon or the line's end stands between two.
_PLURALS = """
    analysis analyses; apparatus apparatuses; api apis; atlas atlases; axis axes; base bases
    bias biases; bonus bonuses; bus buses; campus campuses; canvas canvases; census censuses
    consensus consensuses; corpus corpora corpuses; cpu cpus; crisis crises; diagnosis diagnoses
    emphasis emphases; focus focuses; gas gases; goods; gpu gpus; gui guis; hypothesis hypotheses
    index indices indexes; lens lenses; locus loci; matrix matrices; news; npu npus
    nucleus nuclei; odds; parenthesis parentheses; prognosis prognoses; radius radii
    series; species; status statuses; stimulus stimuli; synthesis syntheses; thesis theses
    tpu tpus; vertex vertices; virus viruses
"""
_IRREGULAR = {
    word: group.split()[0] for group in re.split(r"[;\n]", _PLURALS) for word in group.split()
}
# Letters with a stroke or two in one, which Unicode does not take apart.
_LETTERS = str.maketrans(
    {"\u0142": "l", "\u0141": "L", "\u00f8": "o", "\u00d8": "O", "\u0111": "d", "\u0110": "D",
     "\u00f0": "d", "\u00d0": "D", "\u0127": "h", "\u0126": "H", "\u0131": "i", "\u00fe": "th",
     "\u00de": "Th", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE"}
)  # fmt: skip
_APOSTROPHES = re.compile(r"['\u2019\u02bc](?:[sS](?![^\W_])|)")
_COMBINING = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_MACRO = re.compile(r"\\(?=[A-Za-z])")
# A full stop after one or two small letters ends an abbreviation (`vs.`, `et al.`), not a sentence;
# what closes a quotation or a parenthesis may stand on either side of it.
_CLAUSE_END = re.compile(
    r"""
    (?: [,;:!?] | (?: (?<=\w{3}) | (?<=[A-Z]{2}) | (?<=[\d)\]}%$"\u201d]) ) \. )
    (?= [)\]"\u201d]* \s )
    | [\u3001\u3002]
    """,
    re.VERBOSE,
)
# A word; a name such as C++, C# or A*; one character of a script without spaces; a symbol
# that carries meaning where it stands (R&D, $1); a picture.
_WORD = re.compile(
    r"""
    (?<![^\W_])(?:[A-Za-z]{1,2}(?:\+\+|\#)|[A-Za-z]\*)(?![^\W_])
    | [\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]
    | [^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+
    | &
    | [$\u20ac\u00a3\u00a5](?=\d)
    | [\u2600-\u27bf\U0001f000-\U0001faff]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        written: with its capitals, without accents: acronyms are compared by it.
        folded: without case: quoted words are compared by it.
        stem: folded and in the singular.
    """

    written: str
    folded: str
    stem: str


#: Stands between the words of two clauses: a phrase holds it where it was written so.
MARK = Word(",", ",", ",")


def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order; hyphens, dots and spaces part them."""
    return tuple(map(_word, split(text)))


def marked(text: str) -> tuple[Word, ...]:
    """The words of a text, with `MARK` wherever a comma or the end of a sentence parts two."""
    found: list[Word] = []
    for clause in _CLAUSE_END.split(_normal(text)):
        if written := _WORD.findall(clause):
            found += [MARK] * bool(found)
            found += map(_word, written)
    return tuple(found)


def split(text: str) -> list[str]:
    """The words of a text as they are written, accents and possessive endings apart."""
    return _WORD.findall(_normal(text))


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = _COMBINING.sub("", unicodedata.normalize("NFD", text)).translate(_LETTERS)
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return _MACRO.sub(" ", _APOSTROPHES.sub("", text))


@lru_cache(maxsize=1 << 17)
def _word(written: str) -> Word:
    folded, bare = fold(written), written.removesuffix("s")
    # `GPUs` ends as `virus` does, `APIs` as `axis`: their capitals tell that the s is a plural's.
    return Word(written, folded, singular(fold(bare) if is_acronym(bare) else folded))


def fold(written: str) -> str:
    """A word of `split` without case."""
    folded = written.casefold()
    return _GREEK.get(folded, folded) if len(folded) == 1 else folded


def singular(folded: str) -> str:
    """The form that the singular and the plural of a folded word share; not always a word."""
    if folded in _IRREGULAR:
        return _IRREGULAR[folded]
    stem = folded
    if len(stem) > 3 and stem[-1] == "s" and stem[-2:] not in ("ss", "us", "is"):
        stem = stem[:-1]
    if len(stem) > 4 and stem.endswith("ie"):
        return stem[:-2] + "y"
    if len(stem) > 3 and stem.endswith(("che", "she", "xe", "sse", "zze")):
        return stem[:-1]
    return stem


def is_acronym(written: str) -> bool:
    """Whether a word is compared with its capitals: `RL`, `MoE`, `SAM`, `LoRA`."""
    capitals = sum(map(str.isupper, written))
    return 2 <= len(written) <= 5 and written.isalnum() and capitals >= 2


def acronym_of(written: str) -> str:
    """A word as it is compared with its capitals, without a plural's s; "" where it is not.

    Who writes `LLMs` means the same as who writes `LLM`.
    """
    bare = written.removesuffix("s")
    return bare if is_acronym(bare) else written if is_acronym(written) else ""
