"""When each alert fires and when it is silent: series in promtool's notation."""

from __future__ import annotations

from tests.monitoring.cases.application import APPLICATION
from tests.monitoring.cases.case import Case
from tests.monitoring.cases.cluster import CLUSTER
from tests.monitoring.cases.database import DATABASE
from tests.monitoring.cases.processes import PROCESSES

__all__ = ["CASES", "Case"]

CASES = [*APPLICATION, *PROCESSES, *DATABASE, *CLUSTER]
