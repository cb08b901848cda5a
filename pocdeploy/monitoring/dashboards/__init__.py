"""The dashboards, written with the Grafana Foundation SDK.

Import this only where dashboards are created: nothing else needs the SDK.
"""

from __future__ import annotations

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from pocdeploy.monitoring.dashboards import application, cluster, overview, postgresql
from pocdeploy.monitoring.scope import Watched

HOME = "overview"
"""The dashboard that Grafana shows first."""


def render(watched: Watched) -> dict[str, str]:
    """Return the dashboards of a stack: name, which is also the uid -> JSON, the same for the same stack.

    A stack without a database has no dashboard about PostgreSQL.
    """
    built = {
        "overview": overview.build(watched),
        "application": application.build(watched),
        **({"postgresql": postgresql.build(watched)} if watched.databases else {}),
        "cluster": cluster.build(),
    }
    return {name: json.dumps(board.build(), cls=JSONEncoder, sort_keys=True, indent=1) for name, board in built.items()}
