"""The explanation of failed operations."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.shared import failures


@pytest.mark.parametrize(
    ("inputs", "selector"),
    [
        ({"kind": "Job", "metadata": {"name": "polls-migrate-1"}}, "batch.kubernetes.io/job-name=polls-migrate-1"),
        ({"kind": "Cluster", "metadata": {"name": "polls-db"}}, "given"),
        (None, "given"),
    ],
)
def test_job_is_explained_by_its_own_pods(inputs: Any, selector: str) -> None:
    args: Any = SimpleNamespace(new_inputs=inputs)

    assert failures.pod_selector(args, "given") == selector


def test_unreachable_cluster_is_reported_with_the_summary() -> None:
    def unknown() -> Any:
        raise LookupError("the kubeconfig is not known yet")

    client: Any = SimpleNamespace(api=unknown)

    assert failures.explanation(client, "polls", "", "The rollout failed.") == (
        "The rollout failed. The cause is unknown: the kubeconfig is not known yet"
    )
