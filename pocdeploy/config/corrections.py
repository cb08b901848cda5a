"""Guess what a person meant by an invalid value. Guesses are only offered after they were checked."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from pocdeploy.config.types import Matches

_TRUE = {"true", "on", "yes", "y", "1", "enabled"}
_FALSE = {"false", "off", "no", "n", "0", "disabled", "none"}
_UNITS = {"": "Mi", "k": "Ki", "m": "Mi", "g": "Gi", "t": "Ti"}


def guesses(value: Any, typed: str | None) -> Iterator[Any]:
    """Yield values that are written otherwise and mean the same, the most likely first.

    Args:
        value: the invalid value.
        typed: a scalar as it was typed, for example ``1.10``, which is the number 1.1.
    """
    if isinstance(value, str):
        yield from _of_text(value.strip())
    elif isinstance(value, bool | int | float):
        text = typed or str(value).lower()
        yield text
        if not isinstance(value, bool):
            yield round(value)
            yield from _of_text(text)
    elif isinstance(value, list):
        yield from _of_list(value)
    if isinstance(value, int) and not isinstance(value, bool):
        yield {"min": value, "max": value}
    if isinstance(value, str | dict):
        yield [value]
    yield {}


def closest(value: Any, accepted: Sequence[Any]) -> Iterator[Any]:
    """Yield the one of some accepted texts that is most like a value, regardless of case."""
    by_name = {str(each).lower(): each for each in accepted}
    yield from (by_name[name] for name in difflib.get_close_matches(str(value).lower(), by_name, n=1, cutoff=0.5))


def examples(accepted: str) -> Iterator[str]:
    """Yield the examples in the description of a value."""
    _, _, text = accepted.partition("for example ")
    yield from (each.strip().strip('"') for each in re.split(r" or |, |;", text) if each.strip())


def of_field(field: FieldInfo | None) -> Iterator[Any]:
    """Yield valid values of a setting: its default, then the examples in the descriptions of its types."""
    if field is None:
        return
    if field.default is not None and isinstance(field.default, str | int | float | bool):
        yield field.default
    for note in _notes(field):
        if isinstance(note, AfterValidator) and isinstance(note.func, Matches):
            yield from examples(note.func.accepted)
        elif (least := getattr(note, "ge", None)) is not None:
            yield least


def _notes(field: FieldInfo) -> Iterator[Any]:
    yield from field.metadata
    waiting = [field.annotation]
    while waiting:
        annotation = waiting.pop()
        yield from getattr(annotation, "__metadata__", ())
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            waiting += get_args(annotation)


def _of_text(text: str) -> Iterator[Any]:
    lower = text.lower()
    if re.fullmatch(r"[+-]?\d+", text):
        yield int(text)
    if lower in _TRUE | _FALSE:
        yield lower in _TRUE
    if match := re.fullmatch(r"v?(\d+(?:\.\d+){0,2})", text):
        yield ".".join([*match[1].split("."), "0", "0"][:3])
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?(?:ytes?)?", lower):
        yield f"{match[1]}{_UNITS[match[2]]}"
    if match := re.fullmatch(r"(\d+)\s*(hours?|days?|weeks?|)", lower):
        yield f"{match[1]}{(match[2] or 'h')[0]}"
    if "://" in text and (host := urlsplit(text).hostname):
        yield host
    yield from (f"/{text.lstrip('/')}", f"https://{text}", f"http://{text}", re.sub(r":\d+$|/.*", "", lower))
    name = re.sub(r"[^a-z0-9]+", "-", lower).strip("-")
    yield from (lower, name, name[:30].rstrip("-"), f"app-{name}", re.sub(r"\W+", "_", text).strip("_"), text)
    yield from _as_lists(text)


def _as_lists(text: str) -> Iterator[list[str]]:
    if "," in text:
        yield [part.strip() for part in text.split(",") if part.strip()]
    try:
        yield shlex.split(text)
    except ValueError:
        yield text.split()


def _of_list(items: list[Any]) -> Iterator[Any]:
    """Yield a map for ``[A=b]`` and for Kubernetes' ``[{name: A, value: b}]``, and the only item of a list."""
    if items and all(isinstance(item, str) and "=" in item for item in items):
        yield dict(item.split("=", 1) for item in items)
    if items and all(isinstance(item, dict) and item.keys() == {"name", "value"} for item in items):
        yield {item["name"]: str(item["value"]) for item in items}
    if items and all(isinstance(item, dict) and len(item) == 1 for item in items):
        yield {key: value for item in items for key, value in item.items()}
    if len(items) == 1:
        yield items[0]
    if items and all(isinstance(item, str | int | float) for item in items):
        yield [str(item) for item in items]
        yield {str(item): {} for item in items}
