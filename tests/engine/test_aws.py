"""A stack on AWS from nothing to nothing, by the real engine: what waits for what, both ways, and what stays secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.engine import bench
from tests.engine.aws import TOKEN
from tests.engine.bench import ROOT, Bench, Run, ordered
from tests.engine.calls import Calls
from tests.engine.conftest import new_bench
from tests.engine.test_failures import refuse


@dataclass(frozen=True, kw_only=True)
class There:
    """The stack of `Pulumi.eks.yaml`, in production: from a preview to a destroy, the third that is tried."""

    bench: Bench
    preview: Run
    up: Run
    upped: Calls
    state: str
    refused: Run
    """A destroy while the stack was protected."""
    refused_calls: Calls
    unprotected: Run
    stuck: Run
    """A destroy in which AWS did not delete the load balancer in time."""
    stuck_calls: Calls
    destroy: Run
    destroyed: Calls


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    """Take the stack up and down once, for all tests that look at it."""
    eks = new_bench(tmp_path_factory.mktemp("eks") / "bench", ROOT / "Pulumi.eks.yaml", "prod")
    eks.saves_each_step = False
    with bench.attached(eks):
        preview = eks.preview("--diff")
        assert eks.calls.effects() == []
        up = eks.up()
        upped = taken(eks)
        state = eks.state_file.read_text("utf-8")
        eks.calls.clear()
        # As `make down` does it: with the preview, which refuses before anything is deleted.
        refused = eks.pulumi("destroy", "--stack", eks.stack, "--yes")
        refused_calls = taken(eks)
        unprotected = eks.pulumi("state", "unprotect", "--all", "--stack", eks.stack, "--yes")
        eks.calls.when("Delete Command pocdeploy-drained", before=refuse)
        stuck = eks.destroy()
        stuck_calls = taken(eks)
        destroy = eks.destroy()
        yield There(
            bench=eks,
            preview=preview,
            up=up,
            upped=upped,
            state=state,
            refused=refused,
            refused_calls=refused_calls,
            unprotected=unprotected,
            stuck=stuck,
            stuck_calls=stuck_calls,
            destroy=destroy,
            destroyed=taken(eks),
        )


def taken(eks: Bench) -> Calls:
    """Return the calls so far, and clear the log."""
    calls = Calls(log=list(eks.calls.log))
    eks.calls.clear()
    return calls


def test_stack_goes_up_and_down(there: There) -> None:
    for run in (there.preview, there.up, there.unprotected, there.destroy):
        assert run.code == 0, run.output
    assert there.up.steps() == there.preview.steps()
    assert there.bench.state().get("resources", []) == []
    assert (there.bench.world.clusters, there.bench.world.registries) == ({}, {})


def test_a_protected_stack_is_not_destroyed(there: There) -> None:
    assert there.refused.code != 0
    assert "protected" in there.refused.output
    assert there.refused_calls.effects() == []
    assert len(there.stuck_calls.effects()) > 10


@pytest.mark.parametrize(
    "chain",
    [
        ["Route pocdeploy-network-private-eu-central-1c", "Cluster pocdeploy", "NodeClass pocdeploy-nodes-class"],
        ["RolePolicyAttachment pocdeploy-cluster-AmazonEKSComputePolicy", "Cluster pocdeploy"],
        ["AccessPolicyAssociation pocdeploy-node", "NodeClass pocdeploy-nodes-class", "NodePool pocdeploy-nodes-pool"],
        ["NodePool pocdeploy-nodes-pool", "Command pocdeploy-drained", "Namespace polls-namespace"],
        ["StorageClass pocdeploy-nodes-gp3", "Command pocdeploy-drained", "Cluster polls-db"],
        ["Repository pocdeploy-images-polls", "Image polls-image", "Job polls-migrate"],
        ["CertificateValidation pocdeploy-domain", "Release traefik", "Record pocdeploy-domain-polls.example.com"],
        ["Deployment polls-deployment", "Record pocdeploy-domain-polls.example.com"],
    ],
    ids=" before ".join,
)
def test_each_step_ends_before_the_next_begins(there: There, chain: list[str]) -> None:
    assert ordered(*(there.upped.one(f"Create {label}") for label in chain))


@pytest.mark.parametrize(
    "chain",
    [
        # The name and the way in, what serves, the data; then the wait for what AWS deletes by itself.
        ["Record pocdeploy-domain-polls.example.com", "Deployment polls-deployment", "Cluster polls-db"],
        ["Record pocdeploy-domain-polls.example.com", "Release traefik", "Namespace gateway-namespace"],
        ["Cluster polls-db", "Release cnpg"],
        ["Cluster polls-db", "Namespace polls-namespace"],
    ],
    ids=" before ".join,
)
def test_what_serves_goes_before_what_it_needs(there: There, chain: list[str]) -> None:
    assert ordered(*(there.stuck_calls.one(f"Delete {label}") for label in chain))


def test_nothing_is_deleted_with_the_cluster_by_mere_belief(there: There) -> None:
    """Each object is deleted by itself, while there is a cluster that can do it."""
    made = {call.label.removeprefix("Create ") for call in there.upped.effects()}
    deleted = {
        call.label.removeprefix("Delete ") for call in [*there.stuck_calls.effects(), *there.destroyed.effects()]
    }

    # Kept for the revisions that read it, it goes with its namespace, which is deleted by itself.
    assert made - deleted == {"Secret polls-credentials-environment"}
    assert "Namespace polls-namespace" in deleted


def test_while_aws_has_something_left_cluster_and_network_stay(there: There) -> None:
    """The wait fails; the next `destroy` goes on from there."""
    deleted = {call.kind for call in there.stuck_calls.effects() if call.error is None}

    assert there.stuck.code != 0
    assert "Release" in deleted
    assert not deleted & {"NodePool", "Vpc", "Subnet", "NatGateway", "Route", "AccessEntry"}
    assert [call.name for call in there.stuck_calls.effects() if call.kind == "Cluster"] == ["polls-db"]


@pytest.mark.parametrize(
    "chain",
    [
        ["Command pocdeploy-drained", "NodePool pocdeploy-nodes-pool", "NodeClass pocdeploy-nodes-class"],
        ["NodeClass pocdeploy-nodes-class", "AccessPolicyAssociation pocdeploy-node", "Cluster pocdeploy"],
        ["Cluster pocdeploy", "RolePolicyAttachment pocdeploy-cluster-AmazonEKSLoadBalancingPolicy"],
        ["Cluster pocdeploy", "Route pocdeploy-network-private-eu-central-1a"],
        ["Cluster pocdeploy", "Subnet pocdeploy-network-private-eu-central-1a", "Vpc pocdeploy-network"],
        ["CertificateValidation pocdeploy-domain", "Certificate pocdeploy-domain"],
        ["NatGateway pocdeploy-network-eu-central-1a", "Eip pocdeploy-network-eu-central-1a"],
    ],
    ids=" before ".join,
)
def test_then_nodes_cluster_and_network_go(there: There, chain: list[str]) -> None:
    assert ordered(*(there.destroyed.one(f"Delete {label}") for label in chain))


def test_the_registrys_token_is_nowhere_in_clear(there: There) -> None:
    holders = {call.kind for call in there.upped.log if TOKEN in json.dumps(call.inputs)}

    assert holders == {"Image"}
    for shown in (there.state, there.preview.output, there.up.output, json.dumps(there.up.events)):
        assert TOKEN not in shown


def test_only_functions_that_a_preview_may_ask_are_called(there: There) -> None:
    """They are asked before anything is made, too; a Service that is not there yet is not looked for."""
    reads = [call.label for call in there.upped.log if call.method == "Read"]

    assert set(reads) == {"Read Service traefik-service"}
