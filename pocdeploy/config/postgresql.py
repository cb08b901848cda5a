"""Check parameters as PostgreSQL and CloudNativePG do, so that a database never fails because of them.

PostgreSQL ignores an unknown name or an invalid value while it runs, and does not start again with it.
"""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

NOT_IN_MINIMAL_IMAGES = ("pgaudit.", "pg_failover_slots.")
"""Prefixes of parameters whose libraries the default images lack; with one of them PostgreSQL would not start."""

_BOOLEANS = frozenset(["on", "off", "true", "false", "yes", "no", "1", "0", "t", "f", "y", "n"])
_POWERS = {"B": 0, "kB": 10, "8kB": 13, "MB": 20, "GB": 30, "TB": 40}
_MILLISECONDS = {"us": "0.001", "ms": "1", "s": "1000", "min": "60000", "h": "3600000", "d": "86400000"}
_MEMORY = {unit: Decimal(2) ** power for unit, power in _POWERS.items()}
_TIME = {unit: Decimal(value) for unit, value in _MILLISECONDS.items()}
_NUMBER = re.compile(r"(?P<number>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)\s*(?P<unit>[A-Za-z]*)")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter, as the view `pg_settings` of PostgreSQL describes it."""

    kind: str
    """bool, integer, real, enum or string; fixed for what only CloudNativePG may set."""
    unit: str
    """Unit of numbers without one; empty for none."""
    least: Decimal | None
    most: Decimal | None
    values: frozenset[str]
    """Accepted values of an enum, in lower case."""
    since: int
    until: int
    """First and last major version that has it."""


@cache
def parameters() -> dict[str, Parameter]:
    """Return name -> parameter.

    They are from the views `pg_settings` of PostgreSQL 15 to 18, without those that cannot be set, and from the list of
    CloudNativePG's webhook (https://cloudnative-pg.io/docs/current/postgresql_conf#fixed-parameters).
    """
    table = (Path(__file__).parent / "postgresql_parameters.csv").read_text(encoding="utf-8")
    return {
        row["name"]: Parameter(
            kind=row["type"],
            unit=row["unit"],
            least=Decimal(row["min"]) if row["min"] else None,
            most=Decimal(row["max"]) if row["max"] else None,
            values=frozenset(row["values"].lower().split(",")),
            since=int(row["since"] or 0),
            until=int(row["until"] or 99),
        )
        for row in csv.DictReader(table.splitlines(), delimiter="|")
    }


def accepted(name: str, value: str, *, version: int) -> str | None:
    """Return what would be accepted instead of a parameter; None if it is valid. Extensions' values are not checked."""
    parameter = parameters().get(name)
    if parameter and parameter.kind == "fixed":
        return f"no {name}: CloudNativePG sets it"
    if "." in name:
        return None
    if parameter is None or not parameter.since <= version <= parameter.until:
        close = difflib.get_close_matches(name, parameters(), n=1)
        hint = f": did you mean {close[0]}?" if close and close[0] != name else ""
        return f"a parameter of PostgreSQL {version}, which has no {name}{hint}"
    wanted = _wanted(parameter, value.strip())
    return f"for {name} {wanted}" if wanted else None


def size(value: str, *, unit: str = "MB") -> Decimal | None:
    """Return a size in bytes as PostgreSQL reads it, ``unit`` being that of a bare number; None if it is not a size."""
    match = _NUMBER.fullmatch(value.strip())
    factor = _MEMORY.get(match["unit"] or unit) if match else None
    return Decimal(match["number"]) * factor if match and factor else None


def is_true(value: str) -> bool:
    """Return whether PostgreSQL reads a value as true."""
    return value.strip().lower() in ("on", "true", "yes", "1", "t", "y")


def _wanted(parameter: Parameter, value: str) -> str | None:
    """Return the values that a parameter accepts; None if it accepts this one."""
    words = _BOOLEANS if parameter.kind == "bool" or {"on", "off"} <= parameter.values else frozenset[str]()
    if parameter.kind in ("bool", "enum"):
        known = parameter.values - {""}
        return None if value.lower() in words | known else " or ".join(sorted(known) or ("on", "off"))
    if parameter.kind == "string":
        return None
    units = _MEMORY if parameter.unit in _MEMORY else _TIME if parameter.unit else dict[str, Decimal]()
    number = _number(value, parameter.unit, units)
    shown = f"a number with {', '.join(it for it in units if it != '8kB')} or no unit" if units else "a number"
    if number is None:
        return shown
    number = Decimal(round(number)) if parameter.kind == "integer" else number
    least, most = parameter.least, parameter.most
    if (least is not None and number < least) or (most is not None and number > most):
        return f"{shown}, between {least} and {most} {parameter.unit}".rstrip()
    return None


def _number(value: str, unit: str, units: dict[str, Decimal]) -> Decimal | None:
    """Return a value in the unit of its parameter."""
    match = _NUMBER.fullmatch(value)
    if match is None or (match["unit"] and (match["unit"] not in units or match["unit"] == "8kB")):
        return None
    factor = units[match["unit"]] / units[unit] if match["unit"] else Decimal(1)
    return Decimal(match["number"]) * factor
