"""metrics-server, which the autoscalers of the applications need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.shared.base import Component
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart


def install(
    parent: Component, chart: Chart, client: ClusterClient, *, arguments: Sequence[str] = (), **options: Any
) -> None:
    """Install metrics-server. ``arguments`` are those of its container, ``options`` those of the release."""
    install_chart(
        parent,
        "metrics-server",
        chart=chart,
        client=client,
        chart_name="metrics-server",
        namespace="kube-system",
        values={
            **({"args": list(arguments)} if arguments else {}),
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        },
        **options,
    )
