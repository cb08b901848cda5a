"""Recording rules."""

from __future__ import annotations

from pocdeploy.monitoring import Target, Watched, WatchedApp
from pocdeploy.monitoring.recording_rules import recording_rules

SHOP = Watched(
    apps=[WatchedApp(name="shop", replicas=2, instances=3), WatchedApp(name="blog", replicas=1, instances=0)],
    targets=[Target(job="shop/shop", namespace="shop", role="application")],
)


def test_expected_values_are_series() -> None:
    expected = [rule for rule in recording_rules(SHOP) if rule["record"].endswith(":expected")]

    assert [(rule["record"].split(":")[1], rule["expr"], rule["labels"]) for rule in expected] == [
        ("target", "vector(1)", {"job": "shop/shop", "namespace": "shop", "role": "application"}),
        ("web_replicas", "vector(2)", {"namespace": "shop", "deployment": "shop"}),
        ("web_replicas", "vector(1)", {"namespace": "blog", "deployment": "blog"}),
        ("database_instances", "vector(3)", {"namespace": "shop"}),
    ]


def test_the_gateway_is_recorded_for_each_application() -> None:
    gateway = [rule for rule in recording_rules(SHOP) if rule["record"].startswith("pocdeploy:gateway_")]

    assert {(rule["record"], rule["labels"]["namespace"]) for rule in gateway} == {
        (f"pocdeploy:gateway_{name}", app)
        for name in ("requests:rate5m", "errors:rate5m", *(f"latency_seconds:{p}" for p in ("p50", "p95", "p99")))
        for app in ("shop", "blog")
    }
    assert all(f'service="{rule["labels"]["namespace"]}-' in rule["expr"] for rule in gateway)
