"""A new operator has looked at a database if it has written its status since it began to work."""

from __future__ import annotations

from typing import Any

import pytest

from components.backend.operator import takeover
from tests.unit.fakes import FakeApi

PODS = "/api/v1/namespaces/cnpg-system/pods"
SINCE = "2026-11-28T10:36:16"


def seen(*written: str, holder: str = "cnpg-new-abc", **metadata: Any) -> bool:
    """Return the answer if the status was written at these times, and one pod has the lease."""
    api = FakeApi()
    collection, _, name = takeover.LEASE.format("cnpg-system").rpartition("/")
    api.add(collection, name, spec={"holderIdentity": f"{holder}_600bec3d", "acquireTime": f"{SINCE}.625442Z"})
    api.add(PODS, "cnpg-new-abc", metadata=metadata)
    fields = [{"manager": "pulumi", "operation": "Apply", "time": "2026-11-28T12:00:00Z"}]
    fields += [{"manager": "manager", "subresource": "status", "time": time} for time in written]
    return takeover.has_seen(api, "cnpg-system", {"metadata": {"managedFields": fields}})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ((), False),
        (("2026-11-28T10:36:15Z",), False),
        (("2026-11-28T10:36:16Z",), True),
        (("2026-11-28T10:36:17Z",), True),
        (("2026-11-28T10:36:15Z", "2026-11-29T00:00:00Z"), True),
    ],
)
def test_the_status_is_younger_than_the_lease(written: tuple[str, ...], expected: bool) -> None:
    assert seen(*written) is expected


def test_an_operator_that_ends_does_not_count() -> None:
    late = "2026-11-28T10:50:00Z"

    assert not seen(late, deletionTimestamp=late)
    assert not seen(late, holder="cnpg-old-xyz")


def test_an_operator_without_a_lease_is_not_waited_for() -> None:
    assert takeover.has_seen(FakeApi(), "cnpg-system", {"metadata": {}})
