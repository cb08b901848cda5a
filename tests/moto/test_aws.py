"""The checks by the real AWS CLI, and what the program asks of AWS, as far as moto knows it.

moto has no EKS Auto Mode, no access entries and no certificates that become valid: docs/eks.md says how to show those.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import EksSettings
from pocdeploy.preflight.aws import checks
from tests.moto.conftest import Aws
from tests.program.conftest import stack_config
from tests.program.recorder import ROOT, Recorded, deploy

SETTINGS = EksSettings.model_validate({"type": "eks", "region": "eu-central-1", "domain": "polls.example.com"})


@pytest.fixture(scope="session")
def eks(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return what the program registers for the stack `eks`."""
    return deploy(stack_config(ROOT / "Pulumi.eks.yaml"), tmp_path_factory.mktemp("eks"), stack="eks")


def test_no_one_is_logged_in(aws: Aws) -> None:
    aws.login.clear()
    (finding,) = checks.check(SETTINGS)

    assert finding.what == "there are no AWS credentials"


def test_a_profile_that_is_not_there(aws: Aws) -> None:
    aws.login = {"AWS_PROFILE": "nobody"}
    (finding,) = checks.check(SETTINGS)

    assert finding.what == "there are no AWS credentials"
    assert "nobody" in str(finding.actual)


def test_a_domain_without_a_hosted_zone_and_with_one(aws: Aws) -> None:
    (finding,) = checks.check(SETTINGS)
    aws("route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1")
    (closer,) = checks.check(SETTINGS)
    aws("route53", "create-hosted-zone", "--name", "polls.example.com", "--caller-reference", "2")

    assert finding.where == "pocdeploy:cluster.domain"
    assert closer.fix == ".venv/bin/python -m pocdeploy set cluster.hostedZone example.com --stack dev"
    assert checks.check(SETTINGS) == []


def test_a_region_without_three_such_zones(aws: Aws) -> None:
    elsewhere = SETTINGS.model_copy(update={"region": "us-west-1", "domain": None, "insecure_http": True})
    (finding,) = checks.check(elsewhere)

    assert finding.where == "pocdeploy:cluster.zones"
    assert "us-west-1" in str(finding.expected)


def test_network_and_subnets_are_taken(aws: Aws, eks: Recorded) -> None:
    vpc = aws("ec2", "create-vpc", "--cidr-block", eks.one("Vpc").inputs["cidrBlock"])["Vpc"]["VpcId"]
    for subnet in eks.all("Subnet"):
        inputs = subnet.inputs
        where = ("--cidr-block", inputs["cidrBlock"], "--availability-zone", inputs["availabilityZone"])
        aws("ec2", "create-subnet", "--vpc-id", vpc, *where)

    made = aws("ec2", "describe-subnets", "--filters", f"Name=vpc-id,Values={vpc}")["Subnets"]
    assert {it["AvailabilityZone"] for it in made} == {f"eu-central-1{zone}" for zone in "abc"}
    assert len(made) == 6


def test_roles_and_policies_are_well_formed(aws: Aws, eks: Recorded) -> None:
    for role in (it for it in eks.all("Role") if it.custom):
        document = role.inputs["assumeRolePolicy"]
        aws("iam", "create-role", "--role-name", role.name, "--assume-role-policy-document", document)
    for policy in eks.all("RolePolicy"):
        name = policy.inputs["role"].removesuffix("-id")
        document = policy.inputs["policy"]
        aws("iam", "put-role-policy", "--role-name", name, "--policy-name", policy.name, "--policy-document", document)

    kept = aws("iam", "list-role-policies", "--role-name", "pocdeploy-cluster")
    assert kept["PolicyNames"] == ["pocdeploy-cluster-tagging"]


def test_a_policy_with_a_mistake_is_refused(aws: Aws) -> None:
    """So the test before this one means something."""
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Actions": ["ec2:RunInstances"]}]}
    )
    command = ["aws", "iam", "create-policy", "--policy-name", "x", "--policy-document", document]
    refused = aws.run([*command, "--region", "eu-central-1"])

    assert "MalformedPolicyDocument" in refused.stderr


def test_repositories_and_their_lifecycle_are_taken(aws: Aws, eks: Recorded) -> None:
    inputs = eks.one("Repository").inputs
    scan = f"scanOnPush={str(inputs['imageScanningConfiguration']['scanOnPush']).lower()}"
    name = ("--repository-name", inputs["name"])
    made = aws("ecr", "create-repository", *name, "--image-scanning-configuration", scan)["repository"]
    policy = eks.one("LifecyclePolicy").inputs["policy"]
    aws("ecr", "put-lifecycle-policy", *name, "--lifecycle-policy-text", policy)

    assert made["imageScanningConfiguration"] == {"scanOnPush": True}
    assert made["repositoryUri"].endswith(".dkr.ecr.eu-central-1.amazonaws.com/pocdeploy/polls")
    assert json.loads(aws("ecr", "get-lifecycle-policy", *name)["lifecyclePolicyText"]) == json.loads(policy)


def test_records_are_taken(aws: Aws, eks: Recorded) -> None:
    zone = aws("route53", "create-hosted-zone", "--name", "polls.example.com", "--caller-reference", "1")
    identity = zone["HostedZone"]["Id"]
    for record in eks.all("Record"):
        batch = json.dumps({"Changes": [{"Action": "CREATE", "ResourceRecordSet": _record_set(record.inputs)}]})
        aws("route53", "change-resource-record-sets", "--hosted-zone-id", identity, "--change-batch", batch)

    kinds = [
        it["Type"]
        for it in aws("route53", "list-resource-record-sets", "--hosted-zone-id", identity)["ResourceRecordSets"]
    ]
    assert {"A", "CNAME"} < set(kinds)


def _record_set(inputs: dict[str, Any]) -> dict[str, Any]:
    plain = {"Name": inputs["name"], "Type": inputs["type"]}
    if "records" in inputs:
        return {**plain, "TTL": inputs["ttl"], "ResourceRecords": [{"Value": value} for value in inputs["records"]]}
    (alias,) = inputs["aliases"]
    target = {"HostedZoneId": alias["zoneId"], "DNSName": alias["name"], "EvaluateTargetHealth": True}
    return {**plain, "AliasTarget": target}


def test_the_wait_of_destroy_understands_the_cli(aws: Aws) -> None:
    """The script, the CLI and an API together: a volume of the cluster is waited for, others are not."""

    def drained() -> int:
        asked = "CLUSTER=c REGION=eu-central-1 VPC=vpc-1 VOLUMES_OF=volumes-of PATIENCE=0"
        script = ROOT / "components/cluster/eks/scripts/drain.sh"
        return aws.run(["sh", "-c", f"export {asked}; sh {script}"]).code

    other = ("ec2", "create-volume", "--size", "1", "--availability-zone", "eu-central-1a")
    aws(*other)
    before = drained()
    volume = aws(*other, "--tag-specifications", "ResourceType=volume,Tags=[{Key=volumes-of,Value=c}]")["VolumeId"]
    left = drained()
    aws("ec2", "delete-volume", "--volume-id", volume)

    assert (before, left, drained()) == (0, 1, 0)
