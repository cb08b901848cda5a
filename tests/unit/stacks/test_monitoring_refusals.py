"""The volume of Prometheus."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks import monitoring_refusals
from pocdeploy.stacks.deployed import RELEASE, Deployed, Resource
from pocdeploy.stacks.facts import Facts

URN = f"urn:pulumi:dev::pocdeploy::{RELEASE}::monitoring"


def deployed(size: str | None) -> Deployed:
    claim = {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": size}}}}} if size else {}
    values = {"prometheus": {"prometheusSpec": {"storageSpec": claim}}}
    return Deployed(resources={URN: Resource(urn=URN, outputs={"values": values})})


def findings(size: str | None, **monitoring: Any) -> list[str]:
    settings = Settings.model_validate({"monitoring": monitoring})
    found = monitoring_refusals.refusals(settings, deployed(size), Facts())
    return [f"{it.where}: {it.actual}; {it.fix}" for it in found]


@pytest.mark.parametrize("monitoring", [{"storage": "20Gi"}, {"profile": "full"}])
def test_another_size_of_the_volume_is_refused(monitoring: dict[str, Any]) -> None:
    assert findings("2Gi", **monitoring) == [
        "pocdeploy:monitoring.storage: 20Gi, deployed is 2Gi; .venv/bin/python -m pocdeploy set monitoring.storage 2Gi "
        "--stack dev"
    ]


@pytest.mark.parametrize(
    ("size", "monitoring"),
    [("2Gi", {"storage": "2048Mi"}), (None, {"storage": "20Gi"}), ("2Gi", {"profile": "off"}), ("2Gi", {})],
    ids=["the same size", "no volume", "no monitoring", "the default"],
)
def test_other_changes_are_possible(size: str | None, monitoring: dict[str, Any]) -> None:
    assert findings(size, **monitoring) == []
