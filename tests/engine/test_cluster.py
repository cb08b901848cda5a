"""Another cluster or registry is an empty one: what was in it has to be made again."""

from __future__ import annotations

import re

import pytest

from pocdeploy.stacks import data_loss
from tests.engine.bench import Bench
from tests.engine.conftest import Deployed
from tests.engine.test_changes import changed_config

pytestmark = pytest.mark.usefixtures("quick")
SUFFIX = re.compile(r"-[0-9a-f]{8}$")


def inventory(bench: Bench) -> list[str]:
    """Return what is in the cluster, without the random ends of names."""
    (cluster,) = bench.world.clusters.values()
    return sorted(SUFFIX.sub("", name) for name in cluster.names())


def test_other_kind_configuration_recreates_cluster_and_contents(deployed: Deployed, mine: Bench) -> None:
    cluster = "urn:pulumi:dev::pocdeploy::pocdeploy:cluster:KindCluster$command:local:Command::test-kind"
    mine.variables[data_loss.ALLOWED] = f"{data_loss.IN_PREVIEW} {cluster}"
    with changed_config(mine, cluster={"workers": 2}):
        preview = mine.preview()
        up = mine.up()
        again = mine.up("--expect-no-changes")

    assert up.code == 0, up.output
    assert "Command test-kind" in preview.steps()["replace"]
    assert inventory(mine) == inventory(deployed.bench)
    assert "Create Command test-connect" in mine.calls.labels("Create")
    assert "Command test-registry" not in up.steps()["replace"]
    assert "Image polls-image" not in up.steps()["replace"]
    assert again.code == 0, again.output


def test_other_registry_gets_the_images_again(mine: Bench) -> None:
    with changed_config(mine, cluster={"registryImage": "registry:3.0.0"}):
        up = mine.up()
        again = mine.up("--expect-no-changes")

    assert up.code == 0, up.output
    assert [len(digests) for digests in mine.world.images.values()] == [1]
    assert "Create Command test-connect" in mine.calls.labels("Create")
    assert "Command test-kind" not in up.steps()["replace"]
    assert again.code == 0, again.output
