"""A stack on AWS: what is made there, who may reach it, what it is called, and in which order it goes again."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight.aws import public_ip
from tests.program.conftest import MACHINE, stack_config
from tests.program.recorder import ROOT, Recorded, Registered, deploy, is_secret

Settings = dict[str, Any]
GOLDEN = Path(__file__).parents[1] / "golden"
BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"
DRAINED = {"transport": {"lifeCycle": {"requestAcceptGraceTimeout": 10}}}
"""A pod that ends goes on taking requests for so many seconds."""


def deployed(folder: Path, *, stack: str = "eks", apps: Settings | None = None, **cluster: Any) -> Recorded:
    """Run the program for the stack `eks` with another cluster or other applications; None takes a key out."""
    config: Settings = stack_config(ROOT / "Pulumi.eks.yaml")
    config["cluster"] = {key: value for key, value in {**config["cluster"], **cluster}.items() if value is not None}
    if apps is not None:
        config["apps"] = apps
    return deploy(config, folder, stack=stack)


def on_aws(stack: Recorded) -> list[Registered]:
    return [resource for resource in stack.resources if resource.type.startswith("aws:")]


def documents(stack: Recorded) -> list[dict[str, Any]]:
    """Return every statement of an IAM document that is ours."""
    texts = [resource.inputs["policy"] for resource in stack.all("RolePolicy")]
    texts += [resource.inputs["assumeRolePolicy"] for resource in stack.all("Role") if resource.custom]
    return [statement for text in texts for statement in json.loads(text)["Statement"]]


@pytest.mark.parametrize("name", ["dev", "eks"])
def test_the_types_of_resources_are_these(request: pytest.FixtureRequest, name: str) -> None:
    """Beside what the target implies, the two lists are the same."""
    stack: Recorded = request.getfixturevalue(name)
    counted: dict[str, int] = {}
    for resource in stack.resources:
        counted[resource.type] = counted.get(resource.type, 0) + 1
    text = "".join(f"{number:3} {kind}\n" for kind, number in sorted(counted.items()))
    file = GOLDEN / f"resource-types-{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201 -- to be read with pytest -s

    assert text == file.read_text(encoding="utf-8"), "run UPDATE_GOLDEN=1 and look at the difference"


def test_outside_of_the_cluster_the_two_stacks_differ_by_the_way_in_alone(dev: Recorded, eks: Recorded) -> None:
    def parts(stack: Recorded) -> set[str]:
        return {f"{it.type} {it.name}" for it in stack.resources if "pocdeploy:cluster:" not in it.urn}

    # The gateway's Service is only read, so it is no resource of the program's.
    assert len(parts(eks)) > 30
    assert parts(dev) - parts(eks) == {"kubernetes:networking.k8s.io/v1:Ingress monitoring-grafana-ingress"}
    # The gateway leads to https only there, so the check of a release goes past it.
    assert parts(eks) - parts(dev) == {"kubernetes:networking.k8s.io/v1:NetworkPolicy polls-smoke-guest"}


def test_nothing_of_aws_is_imported_for_another_stack() -> None:
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


def test_everything_on_aws_is_tagged(eks: Recorded) -> None:
    provider = eks.one("aws")
    tags = {"project": "pocdeploy", "stack": "eks", "owner": "pocdeploy"}

    assert json.loads(provider.inputs["defaultTags"])["tags"] == tags
    assert on_aws(eks)
    assert [it.urn for it in on_aws(eks) if it.provider.rpartition("::")[0] != provider.urn] == []
    # What EKS makes by itself: its security group, instances with their disks, volumes, the load balancer.
    assert {it.inputs["key"]: it.inputs["value"] for it in eks.all("Tag")} == tags
    assert {it.inputs["resourceId"] for it in eks.all("Tag")} == {"sg-pocdeploy"}
    assert eks.one("NodeClass").inputs["spec"]["tags"] == tags
    volumes = eks.one("StorageClass").inputs["parameters"]
    assert {f"{key}={value}" for key, value in tags.items()} < set(volumes.values())
    balancer = eks.one("Release", "traefik").inputs["values"]["service"]["annotations"]
    assert balancer[f"{BALANCER}additional-resource-tags"] == "project=pocdeploy,stack=eks,owner=pocdeploy"


def test_the_network_has_three_zones_and_one_way_out(eks: Recorded) -> None:
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
    ways = {it.name: it.inputs for it in eks.all("Route")}
    assert "gatewayId" in ways["pocdeploy-network-public"]
    assert [name for name in ways if "natGatewayId" in ways[name]] == [name for name in ways if "private" in name]


def test_a_nat_gateway_in_each_zone_if_asked_for(tmp_path: Path) -> None:
    stack = deployed(tmp_path, natGateways="perZone")

    assert len(stack.all("NatGateway")) == 3
    ways = [it.inputs["natGatewayId"] for it in stack.all("Route") if "private" in it.name]
    assert len(set(ways)) == 3


def test_the_control_plane_is_auto_mode_with_a_closed_api(eks: Recorded) -> None:
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


def test_logs_and_the_key_for_secrets_are_the_configurations_choice(tmp_path: Path) -> None:
    stack = deployed(tmp_path, controlPlaneLogs=[], encryptSecrets=True)
    inputs = stack.by_urn(cluster_urn(stack)).inputs

    assert stack.all("LogGroup") == []
    assert inputs["encryptionConfig"]["resources"] == ["secrets"]
    assert (
        inputs["encryptionConfig"]["provider"]["keyArn"]
        == "arn:aws:kms:eu-central-1:111122223333:key/pocdeploy-cluster-secrets"
    )
    assert stack.one("Key").inputs["enableKeyRotation"] is True


def test_access_is_what_the_configuration_lists(tmp_path: Path) -> None:
    role, user = "arn:aws:iam::111122223333:role/operators", "arn:aws:iam::111122223333:user/reader"
    stack = deployed(
        tmp_path,
        access=[
            {"principal": role, "policy": "AmazonEKSClusterAdminPolicy"},
            {"principal": user, "policy": "AmazonEKSViewPolicy", "namespaces": ["polls"]},
        ],
    )
    given = {
        it.inputs["principalArn"]: (it.inputs["policyArn"].rpartition("/")[2], it.inputs["accessScope"])
        for it in stack.all("AccessPolicyAssociation")
    }

    assert given == {
        role: ("AmazonEKSClusterAdminPolicy", {"type": "cluster"}),
        user: ("AmazonEKSViewPolicy", {"type": "namespace", "namespaces": ["polls"]}),
        "arn:aws:iam::111122223333:role/pocdeploy-node": ("AmazonEKSAutoNodePolicy", {"type": "cluster"}),
    }
    assert {it.inputs["type"] for it in stack.all("AccessEntry")} == {"STANDARD", "EC2"}


def test_our_policies_have_no_wildcard_actions(eks: Recorded) -> None:
    statements = documents(eks)
    actions = [action for statement in statements for action in statement["Action"]]

    assert len(actions) > 10
    assert [action for action in actions if "*" in action] == []
    # Whatever has no resource of its own yet is bound to requests for this cluster.
    open_ones = [it for it in statements if it.get("Resource") == "*"]
    assert all("aws:RequestTag/eks:eks-cluster-name" in it["Condition"]["StringEquals"] for it in open_ones)
    attached = sorted(it.inputs["policyArn"].rpartition("/")[2] for it in eks.all("RolePolicyAttachment"))
    assert not [name for name in attached if "Administrator" in name or "FullAccess" in name]
    assert len(attached) == 7


def test_images_are_in_a_scanned_repository_of_each_application(tmp_path: Path) -> None:
    site = {"path": "app/polls", "patches": "patches/polls", "database": False}
    stack = deployed(tmp_path, apps={"polls": {}, "site": site}, registryForceDelete=None)
    repositories = {it.inputs["name"]: it.inputs for it in stack.all("Repository")}

    assert set(repositories) == {"pocdeploy/polls", "pocdeploy/site"}
    for inputs in repositories.values():
        assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert inputs["forceDelete"] is False
    rules = [json.loads(it.inputs["policy"])["rules"] for it in stack.all("LifecyclePolicy")]
    assert [rule[0]["action"] for rule in rules] == [{"type": "expire"}] * 2
    assert sorted(it.inputs["imageName"] for it in stack.all("Image")) == [
        f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/pocdeploy/{app}:eks" for app in ("polls", "site")
    ]


def test_images_are_pushed_with_a_token_that_stays_secret(eks: Recorded) -> None:
    image = eks.one("Image")

    assert image.inputs["registry"]["server"] == "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
    assert image.inputs["registry"]["username"] == "AWS"
    marked = image.marked["registry"]
    assert is_secret(marked) or is_secret(marked["password"])
    holders = [it.kind for it in eks.resources if "canary-ecr-token" in json.dumps(it.inputs)]
    assert holders == ["Image"]
    assert "canary-ecr-token" not in json.dumps(eks.stack_outputs)


@pytest.mark.parametrize(("architecture", "types"), [("amd64", ["m6i.large"]), ("arm64", ["m6g.large"])])
def test_images_are_for_the_nodes_whatever_machine_builds_them(
    tmp_path: Path, architecture: str, types: list[str]
) -> None:
    stack = deployed(tmp_path, architecture=architecture)
    wanted = {
        it["key"]: it["values"] for it in stack.one("NodePool").inputs["spec"]["template"]["spec"]["requirements"]
    }

    assert stack.one("Image").inputs["build"]["platform"] == f"linux/{architecture}"
    assert wanted["kubernetes.io/arch"] == [architecture]
    assert wanted["node.kubernetes.io/instance-type"] == types


def test_only_the_applications_are_public_and_by_https(eks: Recorded) -> None:
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
    # No rule of ours opens anything, and the group that every VPC has lets nobody talk.
    assert eks.all("SecurityGroup") == eks.all("SecurityGroupRule") == []
    closed = eks.one("DefaultSecurityGroup").inputs
    assert (closed["ingress"], closed["egress"]) == ([], [])
    assert eks.stack_outputs["url"] == "https://polls.example.com/"


def test_what_is_not_public_has_a_command(eks: Recorded) -> None:
    tools = eks.stack_outputs["tools"]

    assert set(tools) == {"prometheus", "polls-database"}
    assert "port-forward service/grafana" in eks.stack_outputs["grafanaCommand"]
    assert all(" port-forward service/" in command for command in tools.values())
    assert "grafanaUrl" not in eks.stack_outputs
    locals_ = [command.rpartition(" ")[2].partition(":")[0] for command in tools.values()]
    assert len(set(locals_)) == 2


def test_the_certificate_is_proved_and_the_names_lead_to_the_load_balancer(tmp_path: Path) -> None:
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


def test_without_a_domain_there_is_plain_http_or_nothing(tmp_path: Path) -> None:
    from pulumi import RunError  # noqa: PLC0415

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


def test_databases_are_spread_over_the_zones_on_encrypted_volumes(eks: Recorded) -> None:
    spec = next(it for it in eks.all("Cluster") if it.type.startswith("kubernetes:")).inputs["spec"]
    storage = eks.one("StorageClass").inputs

    assert spec["affinity"]["topologyKey"] == "topology.kubernetes.io/zone"
    assert spec["affinity"]["podAntiAffinityType"] == "required"
    assert spec["storage"] == {"size": "1Gi", "storageClass": "gp3"}
    assert storage["provisioner"] == "ebs.csi.eks.amazonaws.com"
    assert storage["parameters"].items() >= {"type": "gp3", "encrypted": "true"}.items()
    assert storage["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert storage["reclaimPolicy"] == "Delete"


def test_more_instances_than_zones_are_spread_as_well_as_can_be(tmp_path: Path) -> None:
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
    assert [it.urn for it in recorded.resources if it.protect and it.kind != "Cluster"] == []


def test_the_way_back_leaves_nothing_that_costs_money(eks: Recorded) -> None:
    """What is deleted waits for what was made after it: dependencies give the order of `destroy`, too."""
    drained, pool = eks.one("Command", "pocdeploy-drained"), eks.one("NodePool")
    last, first = eks.one("kubernetes", "pocdeploy-provider"), eks.one("kubernetes", "pocdeploy-nodes-provider")

    assert drained.inputs["delete"] == "sh components/cluster/eks/scripts/drain.sh"
    assert drained.inputs["environment"]["VPC"] == "pocdeploy-network-id"
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


def test_the_costs_are_said(eks: Recorded) -> None:
    cost = eks.stack_outputs["cost"]

    assert "USD an hour" in cost
    assert "USD a month in eu-central-1" in cost
    assert "Not included: data through NAT gateway" in cost


def test_the_address_of_this_machine_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_ip, "own_network", lambda: "198.51.100.9/32")
    stack = deployed(tmp_path, publicAccessCidrs=None)

    assert stack.by_urn(cluster_urn(stack)).inputs["vpcConfig"]["publicAccessCidrs"] == ["198.51.100.9/32"]


def test_an_unknown_address_registers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pulumi import RunError  # noqa: PLC0415

    def unknown() -> str:
        raise PreflightError([Finding(where=public_ip.KEY, what="this machine's address is not known")])

    monkeypatch.setattr(public_ip, "own_network", unknown)

    with pytest.raises(RunError, match="publicAccessCidrs"):
        deployed(tmp_path, publicAccessCidrs=None)
