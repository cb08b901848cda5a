"""The client of the stack's cluster."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components.shared.cluster_client import ClusterClient


def test_unknown_cluster_is_an_error() -> None:
    client = ClusterClient(SimpleNamespace(apply=lambda keep: None))  # type: ignore[arg-type]

    with pytest.raises(LookupError, match="not known yet"):
        client.api()
