"""The operator of PostgreSQL."""

from __future__ import annotations

from tests.program.recorder import Recorded


def test_operator_has_two_pods_and_the_dashboard(dev: Recorded, two: Recorded) -> None:
    values = dev.one("Release", "cnpg").inputs["values"]

    assert values["replicaCount"] == 2
    assert values["monitoring"]["grafanaDashboard"]["create"] is True
    assert two.one("Release", "cnpg").inputs["values"]["monitoring"]["grafanaDashboard"]["create"] is False
