"""What Prometheus is to scrape, as the parts of the program say it; the monitoring makes PodMonitors of it."""

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
    """What they are; a label of every series, so that queries need no names."""
    namespace: str
    """Namespace of the pods."""
    match_labels: Mapping[str, str]
    """Labels of the pods."""
    port: str
    """Name of the container port."""
