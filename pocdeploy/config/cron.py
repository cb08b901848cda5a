"""Check the line of a schedule as Kubernetes reads it, and whether such a time exists."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator

from pocdeploy.config.types import invalid

MACROS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 6, DAYS),
)
"""Name, smallest and largest value, names of values from the smallest one on."""
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(?P<first>\*|\?|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
EXAMPLE = "five fields, for example 15 3 * * * (each day at 3:15), or @hourly, @daily, @weekly, @monthly, @yearly"


def fault(line: str) -> str | None:
    """Return what is accepted instead of a line of a schedule; None if Kubernetes accepts it and such a time exists."""
    if line in MACROS:
        return None
    texts = line.split()
    if len(texts) != len(FIELDS):
        return f"{EXAMPLE} (this line has {len(texts)})" if len(texts) > 1 else EXAMPLE
    values = [_values(text, *field[1:]) for text, field in zip(texts, FIELDS, strict=True)]
    for (name, least, most, _), found in zip(FIELDS, values, strict=True):
        if found is None:
            return f"{name} from {least} to {most}, in {EXAMPLE}"
    days, months = values[2] or set(), values[3] or set()
    # With both fields of days, one of them is enough.
    if texts[4] in "*?" and not any(day <= _LONGEST[month - 1] for day in days for month in months):
        return f"a day that exists in one of the months, in {EXAMPLE}"
    return None


def _values(text: str, least: int, most: int, names: Collection[str]) -> set[int] | None:
    """Return the values of a field; None for an invalid one."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        is_all = match["first"] in "*?"
        first = least if is_all else _number(match["first"], least, names)
        last = first if match["last"] is None else _number(match["last"], least, names)
        if is_all or (match["step"] and match["last"] is None):
            last = most
        step = int(match["step"] or 1)
        if first is None or last is None or not (least <= first <= last <= most) or step < 1:
            return None
        if is_all and match["last"] is not None:
            return None
        found |= set(range(first, last + 1, step))
    return found


def _number(text: str, least: int, names: Collection[str]) -> int | None:
    known = {name: number for number, name in enumerate(names, start=least)}
    return int(text) if text.isdecimal() else known.get(text.lower())


def _schedule(value: Any) -> Any:
    accepted = fault(" ".join(value.split())) if isinstance(value, str) else EXAMPLE
    if accepted:
        raise invalid(accepted)
    return " ".join(value.split())


def _time_zone(value: str) -> str:
    known = available_timezones()
    # Without a database of time zones on this machine, the API server decides.
    if value.lower() == "local" or (known and value not in known):
        raise invalid("a time zone of the IANA database, for example Europe/Berlin or Etc/UTC")
    return value


Schedule = Annotated[str, BeforeValidator(_schedule)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
