"""Groups of rules."""

from __future__ import annotations

from pocdeploy.monitoring import Target, Watched, WatchedApp, groups
from pocdeploy.monitoring.alerts import ALERTS

SHOP = Watched(
    apps=[WatchedApp(name="shop", replicas=2, instances=0)],
    targets=[Target(job="shop/shop", namespace="shop", role="application")],
)


def test_groups_have_all_alerts_once() -> None:
    names = [rule["alert"] for group in groups(SHOP, runbooks="x") for rule in group["rules"] if "alert" in rule]

    assert names == [alert.name for alert in ALERTS]
    assert [group["name"] for group in groups(SHOP, runbooks="x")] == [
        f"pocdeploy.{part}" for part in ("recording", "application", "processes", "database", "cluster")
    ]


def test_the_base_url_of_runbooks_can_be_set() -> None:
    rules = groups(SHOP, runbooks="https://wiki.example/runbooks/")
    found = {rule["annotations"]["runbook_url"] for group in rules for rule in group["rules"] if "alert" in rule}

    assert found == {f"https://wiki.example/runbooks/{alert.page}" for alert in ALERTS}
