"""What a situation of an alert consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HOURS = "x360"
"""Thirty hours of a value, with a sample every five minutes."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One situation."""

    alert: str
    when: str
    """The situation in words."""
    series: Mapping[str, str]
    at: str = "20m"
    """When it is looked at."""
    step: str = "30s"
    """Time from one sample to the next, and from one evaluation to the next."""
    fires: str = ""
    """Summary of the alert that fires; empty if it is silent."""
    labels: Mapping[str, str] = field(default_factory=lambda: {"namespace": "shop"})
    """Labels of the alert that fires, without its name and severity."""


def fires(alert: str, when: str, summary: str, series: Mapping[str, str], **more: object) -> Case:
    return Case(alert=alert, when=when, fires=summary, series=series, **more)  # type: ignore[arg-type]


def silent(alert: str, when: str, series: Mapping[str, str], **more: object) -> Case:
    return Case(alert=alert, when=when, series=series, **more)  # type: ignore[arg-type]
