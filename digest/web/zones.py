"""Time zones: which there are, and which a reader probably lives in."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

#: The zone of most people, where a country has several.
_MAIN = {
    "AR": "America/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kiev",
    "US": "America/New_York",
}
_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian",
          "Pacific")  # fmt: skip
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\b", re.IGNORECASE)


@cache
def zones() -> tuple[str, ...]:
    """All zones by their usual names, UTC first."""
    named = (zone for zone in available_timezones() if zone.partition("/")[0] in _AREAS)
    return ("UTC", *sorted(named))


def is_zone(name: str) -> bool:
    """Whether there is such a zone."""
    return name in available_timezones()


def probable(accept_language: str, otherwise: str) -> str:
    """The zone of the first country that a browser's languages name, if it is clear."""
    for country in _REGION.findall(accept_language):
        found = _main_zones().get(country.upper())
        if found:
            return found
    return otherwise


@cache
def _main_zones() -> dict[str, str]:
    """Country to zone, for countries with one and those whose main one is known."""
    of: dict[str, list[str]] = {}
    for zone, country in get_global("zone_territories").items():
        if "/" in zone and zone in available_timezones():
            of.setdefault(country, []).append(zone)
    alone = {country: found[0] for country, found in of.items() if len(found) == 1}
    return alone | {c: z for c, z in _MAIN.items() if z in available_timezones()}
