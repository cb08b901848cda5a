"""The dashboards: Python to Grafana's JSON, by the Grafana Foundation SDK.

Import this only where dashboards are made: the SDK is needed for nothing else.
"""

from __future__ import annotations

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from pocdeploy.monitoring.dashboards import application, cluster, overview, postgresql
from pocdeploy.monitoring.scope import Watched

HOME = "overview"
"""The dashboard that Grafana opens with."""


def render(watched: Watched) -> dict[str, str]:
    """Return the dashboards of a stack: name (also the uid) -> JSON, the same for the same stack.

    The one of PostgreSQL is left out where no application has a database.
    """
    built = {
        "overview": overview.build(watched),
        "application": application.build(watched),
        **({"postgresql": postgresql.build(watched)} if watched.databases else {}),
        "cluster": cluster.build(),
    }
    return {name: json.dumps(board.build(), cls=JSONEncoder, sort_keys=True, indent=1) for name, board in built.items()}
