"""What a change costs, where the stack says so: the output `estimatedCost`, in US dollars a month."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

OUTPUT = "estimatedCost"


def monthly(outputs: Mapping[str, Any]) -> float | None:
    """Return the cost of a month from a stack's outputs; None if they do not say.

    Taken are a number, a text that begins with one (``$123.45 a month``), and a map with ``monthly`` or ``total``.
    """
    value = outputs.get(OUTPUT)
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("monthly", "perMonth", "total") if key in value), None)
    if isinstance(value, str):
        match = re.match(r"\s*(?:about |~)?\$?\s*(\d[\d,]*(?:\.\d+)?)", value)
        value = float(match[1].replace(",", "")) if match else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def sentence(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Return what the change costs, in one sentence; None if the stack does not say what it costs afterwards."""
    old, new = monthly(before), monthly(after)
    if new is None:
        return None
    if old is None:
        return f"Estimated cost: ${new:,.2f} a month."
    if old == new:
        return f"Estimated cost: ${new:,.2f} a month, as before."
    sign = "+" if new > old else "-"
    return f"Estimated cost: ${old:,.2f} → ${new:,.2f} a month ({sign}${abs(new - old):,.2f})."
