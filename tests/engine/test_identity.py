"""An existing cluster is recognised by what is in it, not by how it is reached."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pocdeploy.kube import kubeconfig
from tests import fakecluster
from tests.engine import bench as engine
from tests.engine import states
from tests.engine.bench import ROOT, Bench

GKE = ROOT / "docs" / "stacks" / "gke.yaml"
Make = Callable[[Path, str], Bench]


@pytest.fixture
def earlier(tmp_path: Path) -> Iterator[Bench]:
    """Return a stack of an earlier version, whose cluster has the name of the context as its identifier."""
    stack, _ = states.load("gke", tmp_path / "bench", release=states.releases()[0])
    with engine.attached(stack):
        # The first changes what the program does otherwise by now; the second rolls the image of the database.
        assert [stack.up().code for _ in range(2)] == [0, 0]
        stack.calls.clear()
        yield stack


def kubeconfig_of(stack: Bench) -> Path:
    return kubeconfig.locate(".pocdeploy/gke.kubeconfig", stack.project)


def rename_context(stack: Bench, name: str) -> None:
    """Write the kubeconfig with another name of the context, which leads to the same cluster."""
    (cluster,) = stack.world.existing.values()
    fakecluster.write_kubeconfig(kubeconfig_of(stack), f"{stack.world.api}/{cluster.identity}", name)
    stack.configure(lambda config: config["pocdeploy:cluster"].update(context=name))


def recreate_cluster(stack: Bench, context: str = "gke_project_europe-west1_pocdeploy") -> None:
    """Let the same context lead to a new cluster."""
    (cluster,) = stack.world.existing.values()
    cluster.objects.clear()
    cluster.uids.clear()
    cluster.identity = "another-cluster"
    fakecluster.write_kubeconfig(kubeconfig_of(stack), f"{stack.world.api}/{cluster.identity}", context)


def test_a_renamed_context_changes_only_the_provider(earlier: Bench) -> None:
    rename_context(earlier, "renamed")
    up = earlier.up()
    again = earlier.up("--expect-no-changes")

    assert up.code == 0, up.output
    assert up.steps() == {"update": ["kubernetes gke-provider"]}
    assert earlier.calls.labels("Delete") == []
    assert again.code == 0, again.output


def test_another_file_for_the_same_cluster_changes_nothing_in_it(earlier: Bench) -> None:
    """The kubeconfig moves, and the application's namespace proves that the cluster is the same."""
    other = earlier.project / "other.kubeconfig"
    shutil.copy(kubeconfig_of(earlier), other)
    (cluster,) = earlier.world.existing.values()
    cluster.kubeconfig = other.name
    earlier.configure(lambda config: config["pocdeploy:cluster"].update(kubeconfig=other.name))
    run = earlier.up()

    assert run.code == 0, run.output
    assert run.steps() == {"update": ["kubernetes gke-provider"]}


def test_a_recreated_cluster_is_refused(earlier: Bench) -> None:
    """Pulumi would create each object in it and delete what it has just created."""
    recreate_cluster(earlier)
    runs = [earlier.preview(), earlier.up()]

    for run in runs:
        assert run.code != 0
        assert "this is another cluster" in run.output
        assert "pulumi refresh --stack gke" in run.output
    assert earlier.calls.effects() == []


def test_a_new_stack_has_the_identity_of_the_cluster(benches: Make) -> None:
    stack = benches(GKE, "gke")
    (cluster,) = stack.world.existing.values()
    up = stack.up()
    rename_context(stack, "renamed")
    renamed = stack.up()
    recreate_cluster(stack, "renamed")
    recreated = stack.up()

    (provider,) = [it for it in stack.state()["resources"] if it["type"] == "pulumi:providers:kubernetes"]
    assert up.code == 0, up.output
    assert provider["inputs"]["clusterIdentifier"] != "another-cluster"
    assert renamed.steps() == {"update": ["kubernetes gke-provider"]}
    assert recreated.code != 0
    assert "this is another cluster" in recreated.output
    assert cluster.names() == []
