"""The stack that a Helm release belongs to."""

from __future__ import annotations

from pocdeploy.kube import release_owner


def test_stack_is_found_in_the_labels_that_charts_set() -> None:
    labels = {"app.kubernetes.io/instance": "metrics-server", **release_owner.common_labels("dev")}

    assert release_owner.owner(labels) == "dev"
    assert release_owner.owner({"app.kubernetes.io/instance": "dev"}) is None
    # Charts set it to the name of the release, and a YAML map must not have a key twice.
    assert "app.kubernetes.io/instance" not in release_owner.common_labels("dev")
