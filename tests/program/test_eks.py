"""A stack on EKS: network, cluster, domain, exposure, tags, and the order of its deletion."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi import RunError

from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight.aws import public_ip
from tests.program.conftest import MACHINE, stack_config
from tests.program.recorder import ROOT, Recorded, Registered, deploy

Settings = dict[str, Any]
GOLDEN = Path(__file__).parents[1] / "golden"
BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"
DRAINED = {"transport": {"lifeCycle": {"requestAcceptGraceTimeout": 10}}}
"""Seconds in which a terminating pod still accepts requests."""


def deployed(folder: Path, *, stack: str = "eks", apps: Settings | None = None, **cluster: Any) -> Recorded:
    """Run the program for the stack `eks` with changed settings of the cluster or applications. None removes a key."""
    config: Settings = stack_config(ROOT / "Pulumi.eks.yaml")
    config["cluster"] = {key: value for key, value in {**config["cluster"], **cluster}.items() if value is not None}
    if apps is not None:
        config["apps"] = apps
    return deploy(config, folder, stack=stack)


def on_aws(stack: Recorded) -> list[Registered]:
    return [resource for resource in stack.resources if resource.type.startswith("aws:")]


@pytest.mark.parametrize("name", ["dev", "eks"])
def test_types_of_resources_are_as_recorded(request: pytest.FixtureRequest, name: str) -> None:
    """The two lists differ only in what the type of cluster needs."""
    stack: Recorded = request.getfixturevalue(name)
    counted: dict[str, int] = {}
    for resource in stack.resources:
        counted[resource.type] = counted.get(resource.type, 0) + 1
    text = "".join(f"{number:3} {kind}\n" for kind, number in sorted(counted.items()))
    file = GOLDEN / f"resource-types-{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201 -- for pytest -s

    assert text == file.read_text(encoding="utf-8"), "run with UPDATE_GOLDEN=1 and review the difference"


def test_stacks_differ_only_in_cluster_and_gateway(dev: Recorded, tmp_path: Path) -> None:
    eks = deploy({**stack_config(ROOT / "Pulumi.eks.yaml"), "backups": {"store": "s3"}}, tmp_path, stack="eks")

    def parts(stack: Recorded) -> set[str]:
        return {f"{it.type} {it.name}" for it in stack.resources if "pocdeploy:cluster:" not in it.urn}

    # The program only reads the gateway's Service.
    assert len(parts(eks)) > 30
    assert parts(dev) - parts(eks) == {
        "kubernetes:networking.k8s.io/v1:Ingress monitoring-grafana-ingress",
        "kubernetes:core/v1:Secret polls-db-store",  # the databases have a role there
    }
    # The gateway redirects to https there, so the check of a release does not use it.
    assert parts(eks) - parts(dev) == {
        "kubernetes:networking.k8s.io/v1:NetworkPolicy polls-smoke-guest",
        # Others can use the same bucket, so it is checked first.
        "kubernetes:batch/v1:Job polls-db-check-job",
        "kubernetes:core/v1:ServiceAccount polls-db-check",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy polls-backup-check",
    }


def test_other_stacks_do_not_import_aws() -> None:
    program = """
import sys, tempfile, pathlib
from tests.program.recorder import deploy
deploy({}, pathlib.Path(tempfile.mkdtemp()))
print(sorted(name for name in sys.modules if name.split(".")[0] in ("pulumi_aws", "boto3") or ".eks." in name))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_all_resources_on_aws_have_tags(eks: Recorded) -> None:
    provider = eks.one("aws")
    tags = {"project": "pocdeploy", "stack": "eks", "owner": "pocdeploy"}

    assert json.loads(provider.inputs["defaultTags"])["tags"] == tags
    assert on_aws(eks)
    assert [it.urn for it in on_aws(eks) if it.provider.rpartition("::")[0] != provider.urn] == []
    # Resources that EKS creates: security group, instances with their disks, volumes, load balancer.
    assert {it.inputs["key"]: it.inputs["value"] for it in eks.all("Tag")} == tags
    assert {it.inputs["resourceId"] for it in eks.all("Tag")} == {"sg-pocdeploy"}
    assert eks.one("NodeClass").inputs["spec"]["tags"] == tags
    volumes = eks.one("StorageClass").inputs["parameters"]
    assert {f"{key}={value}" for key, value in tags.items()} < set(volumes.values())
    balancer = eks.one("Release", "traefik").inputs["values"]["service"]["annotations"]
    assert balancer[f"{BALANCER}additional-resource-tags"] == "project=pocdeploy,stack=eks,owner=pocdeploy"


def test_network_has_three_zones_and_one_nat_gateway(eks: Recorded) -> None:
    subnets = {it.name.removeprefix("pocdeploy-network-"): it.inputs for it in eks.all("Subnet")}
    networks = [ipaddress.ip_network(it["cidrBlock"]) for it in subnets.values()]
    vpc = ipaddress.ip_network(eks.one("Vpc").inputs["cidrBlock"])

    assert set(subnets) == {f"{side}-eu-central-1{zone}" for side in ("private", "public") for zone in "abc"}
    assert all(network.subnet_of(vpc) for network in networks)
    assert not [(a, b) for a in networks for b in networks if a is not b and a.overlaps(b)]
    assert not [it for it in subnets.values() if it["mapPublicIpOnLaunch"]]
    roles = {side: f"kubernetes.io/role/{role}" for side, role in (("public", "elb"), ("private", "internal-elb"))}
    for name, inputs in subnets.items():
        assert inputs["tags"][roles[name.partition("-")[0]]] == "1"
    assert len(eks.all("NatGateway")) == len(eks.all("Eip")) == 1
    routes = {it.name: it.inputs for it in eks.all("Route")}
    assert "gatewayId" in routes["pocdeploy-network-public"]
    assert [name for name in routes if "natGatewayId" in routes[name]] == [name for name in routes if "private" in name]


def test_each_zone_can_have_a_nat_gateway(tmp_path: Path) -> None:
    stack = deployed(tmp_path, natGateways="perZone")

    assert len(stack.all("NatGateway")) == 3
    used = [it.inputs["natGatewayId"] for it in stack.all("Route") if "private" in it.name]
    assert len(set(used)) == 3


def test_control_plane_is_auto_mode_with_a_restricted_api(eks: Recorded) -> None:
    inputs = eks.by_urn(next(it.urn for it in on_aws(eks) if it.type == "aws:eks/cluster:Cluster")).inputs

    assert inputs["accessConfig"]["authenticationMode"] == "API"
    assert inputs["computeConfig"] == {"enabled": True, "nodePools": []}
    assert inputs["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert inputs["kubernetesNetworkConfig"]["elasticLoadBalancing"] == {"enabled": True}
    assert inputs["bootstrapSelfManagedAddons"] is False
    assert inputs["upgradePolicy"] == {"supportType": "STANDARD"}
    assert inputs["version"] == "1.36"
    assert inputs["vpcConfig"]["endpointPrivateAccess"] is True
    assert inputs["vpcConfig"]["publicAccessCidrs"] == [MACHINE]
    assert sorted(inputs["vpcConfig"]["subnetIds"]) == sorted(
        f"pocdeploy-network-private-eu-central-1{zone}-id" for zone in "abc"
    )
    assert inputs["enabledClusterLogTypes"] == ["audit", "authenticator"]
    assert "encryptionConfig" not in inputs
    assert eks.one("LogGroup").inputs["retentionInDays"] == 14
    assert eks.one("LogGroup").urn in eks.by_urn(cluster_urn(eks)).depends_on


def cluster_urn(stack: Recorded) -> str:
    return next(it.urn for it in stack.resources if it.type == "aws:eks/cluster:Cluster")


@pytest.mark.parametrize(("architecture", "types"), [("amd64", ["m6i.large"]), ("arm64", ["m6g.large"])])
def test_images_are_built_for_the_nodes(tmp_path: Path, architecture: str, types: list[str]) -> None:
    stack = deployed(tmp_path, architecture=architecture)
    wanted = {
        it["key"]: it["values"] for it in stack.one("NodePool").inputs["spec"]["template"]["spec"]["requirements"]
    }

    assert stack.one("Image").inputs["build"]["platform"] == f"linux/{architecture}"
    assert wanted["kubernetes.io/arch"] == [architecture]
    assert wanted["node.kubernetes.io/instance-type"] == types


def test_only_applications_are_public_and_by_https(eks: Recorded) -> None:
    service = eks.one("Release", "traefik").inputs["values"]["service"]
    ports = eks.one("Release", "traefik").inputs["values"]["ports"]

    assert service["spec"] == {"type": "LoadBalancer", "loadBalancerClass": "eks.amazonaws.com/nlb"}
    assert service["annotations"][f"{BALANCER}scheme"] == "internet-facing"
    assert service["annotations"][f"{BALANCER}ssl-ports"] == "443"
    assert service["annotations"][f"{BALANCER}ssl-cert"] == "arn:aws:acm:eu-central-1:111122223333:certificate/valid"
    redirection = {"entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}}
    assert ports == {"web": {**DRAINED, "http": {"redirections": redirection}}, "websecure": DRAINED}
    assert [it.inputs["spec"]["rules"][0]["host"] for it in eks.all("Ingress")] == ["polls.example.com"]
    assert {it.inputs["spec"].get("type", "ClusterIP") for it in eks.all("Service")} == {"ClusterIP"}
    others = json.dumps([it.inputs["values"] for it in eks.all("Release") if it.name != "traefik"])
    assert "LoadBalancer" not in others
    assert "NodePort" not in others
    # There are no further rules, and the default group of the VPC allows nothing.
    assert eks.all("SecurityGroup") == eks.all("SecurityGroupRule") == []
    closed = eks.one("DefaultSecurityGroup").inputs
    assert (closed["ingress"], closed["egress"]) == ([], [])
    assert eks.stack_outputs["url"] == "https://polls.example.com/"


def test_services_that_are_not_public_have_a_command(eks: Recorded) -> None:
    tools = eks.stack_outputs["tools"]

    assert set(tools) == {"prometheus", "polls-database"}
    assert "port-forward service/grafana" in eks.stack_outputs["grafanaCommand"]
    assert all(" port-forward service/" in command for command in tools.values())
    assert "grafanaUrl" not in eks.stack_outputs
    ports = [command.rpartition(" ")[2].partition(":")[0] for command in tools.values()]
    assert len(set(ports)) == 2


def test_domain_has_certificate_and_records(tmp_path: Path) -> None:
    site = {"path": "app/polls", "patches": "patches/polls", "database": False}
    stack = deployed(tmp_path, apps={"polls": {}, "site": site}, domain="example.com")
    certificate = stack.one("Certificate").inputs
    records = {it.name.removeprefix("pocdeploy-domain-"): it for it in stack.all("Record")}

    assert (certificate["domainName"], certificate["subjectAlternativeNames"]) == ("example.com", ["site.example.com"])
    assert certificate["validationMethod"] == "DNS"
    assert set(records) == {"example.com", "site.example.com", "example.com-proof", "site.example.com-proof"}
    assert records["site.example.com-proof"].inputs["name"] == "_proof.site.example.com."
    alias = {"name": "traefik-service.elb.example.com", "zoneId": "Z3NLBEXAMPLE", "evaluateTargetHealth": True}
    assert records["site.example.com"].inputs["aliases"] == [alias]
    assert stack.one("Deployment", "polls-deployment").urn in records["example.com"].depends_on


def test_http_without_a_domain_must_be_allowed(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="insecureHttp: true"):
        deployed(tmp_path, domain=None)
    apps = {"polls": {"host": "polls.example.com"}}
    stack = deployed(tmp_path, domain=None, insecureHttp=True, apps=apps)
    values = stack.one("Release", "traefik").inputs["values"]

    assert values["ports"] == {"web": DRAINED, "websecure": {**DRAINED, "expose": {"default": False}}}
    assert not [key for key in values["service"]["annotations"] if "ssl" in key]
    assert stack.all("Certificate") == stack.all("Record") == []
    assert stack.stack_outputs["url"] == "http://polls.example.com/"
    assert stack.stack_outputs["gatewayAddress"] == "traefik-service.elb.example.com"


def test_databases_are_in_all_zones_on_encrypted_volumes(eks: Recorded) -> None:
    spec = next(it for it in eks.all("Cluster") if it.type.startswith("kubernetes:")).inputs["spec"]
    storage = eks.one("StorageClass").inputs

    assert spec["affinity"]["topologyKey"] == "topology.kubernetes.io/zone"
    assert spec["affinity"]["podAntiAffinityType"] == "required"
    assert spec["storage"] == {"size": "1Gi", "storageClass": "gp3"}
    assert storage["provisioner"] == "ebs.csi.eks.amazonaws.com"
    assert storage["parameters"].items() >= {"type": "gp3", "encrypted": "true"}.items()
    assert storage["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert storage["reclaimPolicy"] == "Delete"


def test_more_instances_than_zones_share_zones(tmp_path: Path) -> None:
    stack = deployed(tmp_path, apps={"polls": {"database": {"instances": 5}}})
    spec = next(it for it in stack.all("Cluster") if it.type.startswith("kubernetes:")).inputs["spec"]

    assert spec["affinity"]["podAntiAffinityType"] == "preferred"


@pytest.mark.parametrize(
    ("stack", "protect", "expected"),
    [
        ("eks", None, False),
        ("prod", None, True),
        ("production-eu", None, True),
        ("prod", False, False),
        ("a", True, True),
    ],
)
def test_cluster_and_databases_are_protected_in_production(
    tmp_path: Path, stack: str, protect: bool | None, expected: bool
) -> None:
    recorded = deployed(tmp_path, stack=stack, protect=protect)

    # Both are of the kind Cluster: EKS's, and CloudNativePG's.
    assert [it.protect for it in recorded.all("Cluster")] == [expected, expected]
    assert recorded.by_urn(cluster_urn(recorded)).inputs["deletionProtection"] is expected
    others = [it.name for it in recorded.resources if it.protect and it.kind != "Cluster"]
    assert others == (["polls-namespace"] if expected else [])


def test_destroy_leaves_nothing_that_costs_money(eks: Recorded) -> None:
    """`destroy` deletes in the reverse order of the dependencies."""
    drained, pool = eks.one("Command", "pocdeploy-drained"), eks.one("NodePool")
    last, first = eks.one("kubernetes", "pocdeploy-provider"), eks.one("kubernetes", "pocdeploy-nodes-provider")

    assert drained.inputs["delete"] == "sh components/cluster/eks/scripts/drain.sh"
    waits = drained.inputs["environment"]
    assert waits["VPC"] == "pocdeploy-network-id"
    assert waits["REGION"] == "eu-central-1"
    # By this tag it finds the volumes of claims, so the storage class must set the very same one.
    tag = f"{waits['VOLUMES_OF']}={waits['CLUSTER']}"
    assert tag == "pocdeploy-volumes-of=pocdeploy"
    assert tag in eks.one("StorageClass").inputs["parameters"].values()
    minutes = int(drained.timeouts["delete"].removesuffix("m"))
    assert 60 * minutes > int(waits["PATIENCE"])
    assert pool.timeouts["delete"] == "30m"
    assert drained.urn in last.depends_on
    assert {pool.urn, eks.one("StorageClass").urn} <= set(drained.depends_on)
    assert eks.one("NodeClass").urn in pool.depends_on
    assert pool.inputs["metadata"]["annotations"]["pulumi.com/deletionPropagationPolicy"] == "foreground"
    node_access = next(it for it in eks.all("AccessPolicyAssociation") if it.name == "pocdeploy-node")
    assert node_access.urn in first.depends_on
    assert cluster_urn(eks) in node_access.depends_on
    before = set(eks.by_urn(cluster_urn(eks)).depends_on)
    assert {it.urn for it in eks.all("Route")} <= before
    assert {it.urn for it in eks.all("RolePolicyAttachment") if "-cluster-" in it.name} <= before
    for provider in (first, last):
        assert provider.inputs["deleteUnreachable"] in (False, "false")


def test_costs_are_an_output(eks: Recorded) -> None:
    cost = eks.stack_outputs["cost"]

    assert "USD an hour" in cost
    assert "USD a month in eu-central-1" in cost
    assert "Not included: data through NAT gateway" in cost


def test_address_of_this_machine_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_ip, "own_network", lambda: "198.51.100.9/32")
    stack = deployed(tmp_path, publicAccessCidrs=None)

    assert stack.by_urn(cluster_urn(stack)).inputs["vpcConfig"]["publicAccessCidrs"] == ["198.51.100.9/32"]


def test_unknown_address_registers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise PreflightError([Finding(where=public_ip.KEY, what="this machine's address is not known")])

    monkeypatch.setattr(public_ip, "own_network", unknown)

    with pytest.raises(RunError, match="publicAccessCidrs"):
        deployed(tmp_path, publicAccessCidrs=None)
