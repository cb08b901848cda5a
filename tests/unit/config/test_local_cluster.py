"""The containers of a cluster on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import local_cluster


@pytest.mark.parametrize(("workers", "nodes"), [(0, 1), (3, 4)])
def test_names_and_nodes_of_a_kind_cluster(workers: int, nodes: int) -> None:
    local = local_cluster(Settings.model_validate({"cluster": {"type": "kind", "name": "shop", "workers": workers}}))

    assert local is not None
    assert (local.control_plane, local.registry, local.nodes) == ("shop-control-plane", "shop-registry", nodes)
    assert local.folder == Path(".pocdeploy/clusters/shop")


def test_a_cluster_elsewhere_has_no_containers() -> None:
    cluster = {"type": "existing", "context": "theirs", "registry": {"push": "localhost:5055/team"}}

    assert local_cluster(Settings.model_validate({"cluster": cluster})) is None
