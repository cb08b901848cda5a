"""The estimate of costs."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config.types import quantity
from pocdeploy.preflight.aws import cost, prices
from tests.unit.preflight.aws.settings import eks

VOLUMES = [quantity("1Gi")] * 3


def test_costs_are_the_sum_of_the_table() -> None:
    region = prices.REGIONS["eu-central-1"]
    lines = cost.hourly(eks(), volumes=VOLUMES)

    assert lines is not None
    assert lines["control plane"] == 0.10
    assert lines["3 nodes"] == pytest.approx(3 * region.instances["m6i.large"] * 1.12)
    assert lines["1 NAT"] == pytest.approx(0.057)
    assert lines["disks"] == pytest.approx((3 + 3 * 44) * 0.0952 / 730)
    assert sum(lines.values()) == pytest.approx(0.603, abs=0.001)


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({"natGateways": "perZone"}, 2 * 0.057),
        ({"encryptSecrets": True}, 1 / 730),
        ({"architecture": "arm64"}, -3 * (0.115 - 0.092) * 1.12),
    ],
    ids=str,
)
def test_the_price_of_each_setting(changed: dict[str, Any], more: float) -> None:
    before, after = cost.hourly(eks(), volumes=VOLUMES), cost.hourly(eks(**changed), volumes=VOLUMES)

    assert before is not None
    assert after is not None
    assert sum(after.values()) - sum(before.values()) == pytest.approx(more)


def test_the_sentence_has_prices_date_and_omissions() -> None:
    text = cost.sentence(eks(), volumes=VOLUMES)

    assert text.startswith(
        "about 0.60 USD an hour, 440 USD a month in eu-central-1 (on demand, list prices of 2026-11;"
    )
    assert cost.NOT_INCLUDED in text


@pytest.mark.parametrize("changed", [{"region": "ap-south-1"}, {"instanceTypes": ["c7i.large"]}], ids=str)
def test_without_a_price_there_is_no_estimate(changed: dict[str, Any]) -> None:
    assert cost.sentence(eks(**changed), volumes=VOLUMES).startswith("no estimate:")
