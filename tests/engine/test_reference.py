"""A stack in the cluster of another one, which it finds by that one's output."""

from __future__ import annotations

import json

import pytest

from pocdeploy.config import stack_file
from tests import fakecluster
from tests.engine.bench import Bench
from tests.engine.world import KUBECONFIG_MARK

pytestmark = pytest.mark.usefixtures("quick")


def test_a_cluster_of_another_stack_is_reached_by_its_output(mine: Bench) -> None:
    config = {
        "pocdeploy:cluster": {
            "type": "existing",
            "stackReference": {"stack": "organization/pocdeploy/dev"},
            "registry": {"push": "localhost:5001"},
            "databaseOperator": {"install": False, "namespace": "cnpg-system"},
            "gateway": {"install": False, "namespace": "gateway", "ingressClass": "traefik"},
        },
        "pocdeploy:apps": {"second": {"path": "app/polls", "patches": "patches/polls"}},
        "pocdeploy:monitoring": {"profile": "off"},
    }
    second = mine.beside("second")
    stack_file.write(second.stack_file, stack_file.document(second.stack_file).set(("config",), config).text)
    init = second.pulumi("stack", "init", "second")
    (cluster,) = mine.world.clusters.values()
    before = cluster.names()
    cluster.given.extend([fakecluster.node(), fakecluster.storage_class("standard", default=True)])
    runs = [second.up(), second.up("--expect-no-changes")]
    there = cluster.names()
    destroy = second.destroy()
    outputs = mine.pulumi("stack", "output", "--stack", "dev", "--json")

    assert init.code == 0, init.output
    assert [run.code for run in (*runs, destroy)] == [0, 0, 0], [run.output for run in (*runs, destroy)]
    assert "Deployment/second/second" in there
    assert cluster.names() == before
    assert "kubeconfig" in json.loads(outputs.output)
    for text in (outputs.output, second.state_file.read_text("utf-8"), *(run.output for run in runs)):
        assert KUBECONFIG_MARK not in text
