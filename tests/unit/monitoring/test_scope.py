"""The applications of a stack that alerts and dashboards are about."""

from __future__ import annotations

from pocdeploy.monitoring.scope import Watched, WatchedApp


def test_databases_are_those_of_applications_with_instances() -> None:
    polls, site = (WatchedApp(name=name, replicas=2, instances=count) for name, count in (("polls", 3), ("site", 0)))

    assert Watched(apps=[site, polls], targets=[]).databases == [polls]
