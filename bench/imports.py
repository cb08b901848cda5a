"""The times of ``python -X importtime``, by package."""

from __future__ import annotations

import re
from collections import Counter

_LINE = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", re.M)


def by_package(text: str) -> dict[str, float]:
    """Return top-level package -> seconds of its own modules, the longest first.

    Args:
        text: Python's output on stderr.
    """
    spent: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(text):
        spent[module.partition(".")[0]] += int(microseconds)
    return {package: total / 1e6 for package, total in spent.most_common()}
