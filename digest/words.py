"""All words of the emails and of their reasons, in the reader's language.

The catalogues are `words/<language>.toml` in the templates folder; an installation's own
templates folder may hold more, or other words for single keys. Dates, plural forms and
lists follow CLDR by Babel.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names
from babel.numbers import get_decimal_symbol

from digest.errors import TemplateError
from digest.folders import templates_folder
from digest.model import Reason, Rule
from digest.naming import topic_name

FALLBACK = "en"
_FOLDER = "words"
_JOINT = re.compile(r"\{0\}([^{}]*)\{1\}")
_PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})

Text = str | Mapping[str, str]
Catalogue = Mapping[str, Text]


class Words:
    """The words of one language, called with a key such as `entry.read`."""

    def __init__(self, locale: Locale, catalogue: Catalogue) -> None:
        self.locale = locale
        self._catalogue = catalogue
        self._tag = str(locale)
        self._plural: Callable[[float], str] = lru_cache(maxsize=1024)(locale.plural_form)
        self._list = _list_patterns(locale)
        self._joints = _joints(self._list)

    @property
    def language(self) -> str:
        """A BCP 47 tag, for `lang`."""
        return self._tag.replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for `dir`."""
        return self.locale.text_direction

    def __call__(self, key: str, **facts: object) -> str:
        """The text of a key: facts fill its placeholders, `count` chooses the plural form."""
        text = self._catalogue[key]
        if not isinstance(text, str):
            form = self._plural(_number(facts.get("count")))
            text = text.get(form) or text["other"]
        return text.format_map(facts) if facts else text

    def knows(self, key: str) -> bool:
        """Whether the catalogue has this key."""
        return key in self._catalogue

    def says(self, key: str) -> bool:
        """Whether the catalogue has any text under this key."""
        return bool(self._catalogue.get(key))

    def date(self, day: date, style: str = "masthead") -> str:
        """A date: `masthead` (Thursday, 20 August) or `full` (20 August 2026)."""
        return _date(day, self(f"date.{style}"), self._tag)

    def time(self, hour: int, minute: int) -> str:
        """A time of day."""
        return _time(hour, minute, self("date.time"), self._tag)

    def weekday(self, number: int) -> str:
        """The name of a day of the week, 0 being Monday."""
        return _weekdays(self._tag)[number]

    def number(self, count: int) -> str:
        """A number that has little room: `152`, `1.2k`, `15k`; rounded down."""
        if count < 1000:
            return str(count)
        tenths = min(count, 10**9) // 100
        if count >= 10_000 or tenths % 10 == 0:
            return f"{tenths // 10}k"
        return f"{tenths // 10}{get_decimal_symbol(self.locale)}{tenths % 10}k"

    def list(self, items: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        if len(items) == 2:
            return self._list["2"].format(*items)
        if self._joints:
            start, middle, end = self._joints
            return f"{items[0]}{start}{middle.join(items[1:-1])}{end}{items[-1]}"
        text = self._list["end"].format(items[-2], items[-1])
        for item in reversed(items[1:-2]):
            text = self._list["middle"].format(item, text)
        return self._list["start"].format(items[0], text)

    def reason(self, reason: Reason) -> str:
        """Why a paper was chosen, in words that follow “Because:”."""
        facts = {
            "phrase": self._phrase(reason),
            "topic": reason.topic or reason.phrase,
            "others": self.list(reason.others),
            "field": self._field(reason.field),
        }
        return self(self._reason_key(reason), **facts)

    def _phrase(self, reason: Reason) -> str:
        if reason.rule is not Rule.CONDITION:
            return reason.phrase
        return self.list([topic_name(asked, self) for asked in (reason.phrase, *reason.others)])

    def _field(self, name: str) -> str:
        return self(f"field.{name}") if self.knows(f"field.{name}") else name

    def _reason_key(self, reason: Reason) -> str:
        if reason.rule is Rule.FIELD and self.knows(f"reason.{reason.field}"):
            return f"reason.{reason.field}"
        if reason.rule is Rule.VOTES and self.knows(f"reason.votes_{reason.field}"):
            return f"reason.votes_{reason.field}"
        if reason.rule is Rule.NEAR and not reason.others:
            return "reason.near_plain"
        return f"reason.{reason.rule.value}"


@lru_cache(maxsize=64)
def load(locale: str, own: Path | None = None) -> Words:
    """The words of a language such as `de` or `pt-BR`, else those of English.

    Args:
        locale: the language asked for.
        own: an installation's templates folder, whose words win.

    Raises:
        TemplateError: a catalogue cannot be read, or says something no text asks for.
    """
    folders = [templates_folder(), *([own] if own else [])]
    english = _merged(folders, FALLBACK, {})
    try:
        parsed = Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (ValueError, UnknownLocaleError):
        return Words(Locale.parse(FALLBACK), english)
    words = _merged(folders, parsed.language, english)
    if str(parsed) != parsed.language:
        words = _merged(folders, str(parsed), english, words)
    known = words is not english or parsed.language == FALLBACK
    return Words(parsed if known else Locale.parse(FALLBACK), words)


def _merged(
    folders: Sequence[Path], name: str, allowed: Catalogue, base: Catalogue | None = None
) -> Catalogue:
    """`base` (else `allowed`) with what the folders' files of this name say."""
    merged = allowed if base is None else base
    for folder in folders:
        path = folder / _FOLDER / f"{name}.toml"
        if path.is_file():
            merged = {**merged, **read_catalogue(path, allowed)}
            allowed = allowed or merged  # the program's own English says what there is
    return merged


def read_catalogue(path: Path, allowed: Catalogue | None = None) -> Catalogue:
    """What one file says.

    Args:
        path: a `words/<language>.toml`.
        allowed: what there is to say; None for anything.

    Raises:
        TemplateError: it cannot be read, or says something no text asks for.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TemplateError(file=path, line=_line(error), reason=error) from None
    flat = _flatten(values)
    for key in flat:
        if allowed and key not in allowed:
            line = _line_of(path, key)
            raise TemplateError(file=path, line=line, reason=f"no text is called {key}")
    return flat


def _flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, Text]:
    flat: dict[str, Text] = {}
    for key, value in values.items():
        if isinstance(value, dict) and not (prefix and value.keys() <= _PLURALS):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value if isinstance(value, dict) else str(value)
    return flat


def _line(error: Exception) -> int:
    return int(getattr(error, "lineno", 1))


def _line_of(path: Path, key: str) -> int:
    """Where a key is written: its table's head is looked for first, then its name."""
    table, _, name = key.rpartition(".")
    inside = not table
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        inside = line.strip() == f"[{table}]" if line.startswith("[") else inside
        if inside and line.partition("=")[0].strip() == name:
            return number
    return 1


def _list_patterns(locale: Locale) -> Mapping[str, str]:
    # The English words are British in their spelling and dates, so in their lists too.
    named = Locale.parse("en_GB") if str(locale) == FALLBACK else locale
    patterns: Mapping[str, Mapping[str, str]] = named.list_patterns
    return patterns["standard"]


def _joints(patterns: Mapping[str, str]) -> tuple[str, ...] | None:
    """What stands between the items of a list, None where something stands around them too."""
    found = [_JOINT.fullmatch(patterns[name]) for name in ("start", "middle", "end")]
    return tuple([match[1] for match in found if match]) if all(found) else None


@lru_cache(maxsize=64)
def _weekdays(locale: str) -> Mapping[int, str]:
    names: Mapping[int, str] = get_day_names("wide", locale=locale)
    return names


def _number(count: object) -> float:
    return count if isinstance(count, int | float) else 0


@lru_cache(maxsize=1024)
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=2048)
def _time(hour: int, minute: int, pattern: str, locale: str) -> str:
    return format_time(time(hour, minute), pattern, locale=locale)
