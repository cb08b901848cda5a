"""The chart values of the database operator: a pure function."""

from __future__ import annotations

from typing import Any

from components.shared.manifests import spread_constraints

PODS = {"app.kubernetes.io/name": "cloudnative-pg"}


def values(*, dashboard: bool, topology_key: str) -> dict[str, Any]:
    """Return the chart's values.

    There are two pods: one leads, and the other takes over within 15 s. With a single pod there would be no failover
    when a node fails that runs both the operator and a primary.

    Args:
        dashboard: whether the chart creates CloudNativePG's dashboard as a ConfigMap that Grafana finds.
        topology_key: node label over which the two pods are spread.
    """
    return {
        "replicaCount": 2,
        "topologySpreadConstraints": spread_constraints(PODS, topology_key),
        # Otherwise another version of the operator restarts every instance of every database.
        "config": {"data": {"ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES": "true"}},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        # `monitoring` is the name of a subchart here.
        "monitoring": {"grafanaDashboard": {"create": dashboard}},
    }
