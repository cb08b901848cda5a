"""metrics-server, which the autoscalers of the applications need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from components.shared.base import Component
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart
from pocdeploy.kube.release_owner import common_labels


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
            # It is in a namespace of the cluster, so the release itself must name its owner.
            "commonLabels": common_labels(pulumi.get_stack()),
        },
        **options,
    )
