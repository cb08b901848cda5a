"""Scrape targets: the monitoring creates a PodMonitor for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ScrapeTarget:
    """Pods with metrics."""

    name: str
    """Unique in the stack."""
    role: Literal["application", "database", "operator", "gateway"]
    """Label of every series of these pods, so that queries do not need names."""
    namespace: str
    """Namespace of the pods."""
    match_labels: Mapping[str, str]
    """Labels of the pods."""
    port: str
    """Name of the container port."""
