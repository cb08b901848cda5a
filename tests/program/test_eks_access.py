"""Access on EKS: IAM roles and policies, the key for secrets, access entries, and the repositories of images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.program.recorder import Recorded, is_secret
from tests.program.test_eks import cluster_urn, deployed


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return deployed(tmp_path_factory.mktemp("encrypted"), controlPlaneLogs=[], encryptSecrets=True)


def documents(stack: Recorded) -> list[dict[str, Any]]:
    """Return all statements of the stack's own IAM documents."""
    texts = [resource.inputs["policy"] for resource in stack.all("RolePolicy")]
    texts += [resource.inputs["assumeRolePolicy"] for resource in stack.all("Role") if resource.custom]
    return [statement for text in texts for statement in json.loads(text)["Statement"]]


def test_roles_are_assumed_only_by_their_service(eks: Recorded) -> None:
    roles = {it.name: json.loads(it.inputs["assumeRolePolicy"])["Statement"] for it in eks.all("Role") if it.custom}

    assert roles == {
        "pocdeploy-cluster": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            }
        ],
        "pocdeploy-node": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": ["sts:AssumeRole"]}
        ],
    }


def test_secrets_can_be_encrypted_with_the_clusters_own_key(encrypted: Recorded) -> None:
    stack = encrypted
    inputs = stack.by_urn(cluster_urn(stack)).inputs
    policies = {it.name: json.loads(it.inputs["policy"])["Statement"] for it in stack.all("RolePolicy")}
    key = "arn:aws:kms:eu-central-1:111122223333:key/pocdeploy-cluster-secrets"

    assert policies["pocdeploy-cluster-secrets"] == [
        {
            "Effect": "Allow",
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
            "Resource": key,
        }
    ]
    assert inputs["enabledClusterLogTypes"] == []
    # Without logs the group stays: with it, those of earlier would be deleted.
    assert len(stack.all("LogGroup")) == 1
    assert inputs["encryptionConfig"]["resources"] == ["secrets"]
    assert inputs["encryptionConfig"]["provider"]["keyArn"] == key
    assert stack.one("Key").inputs["enableKeyRotation"] is True


def test_access_entries_are_those_of_the_settings(tmp_path: Path) -> None:
    role, user = "arn:aws:iam::111122223333:role/operators", "arn:aws:iam::111122223333:user/reader"
    stack = deployed(
        tmp_path,
        access=[
            {"principal": role, "policy": "AmazonEKSClusterAdminPolicy"},
            {"principal": user, "policy": "AmazonEKSViewPolicy", "namespaces": ["polls"]},
        ],
    )
    entries = {
        it.inputs["principalArn"]: (it.inputs["policyArn"].rpartition("/")[2], it.inputs["accessScope"])
        for it in stack.all("AccessPolicyAssociation")
    }

    assert entries == {
        role: ("AmazonEKSClusterAdminPolicy", {"type": "cluster"}),
        user: ("AmazonEKSViewPolicy", {"type": "namespace", "namespaces": ["polls"]}),
        "arn:aws:iam::111122223333:role/pocdeploy-node": ("AmazonEKSAutoNodePolicy", {"type": "cluster"}),
    }
    assert {it.inputs["type"] for it in stack.all("AccessEntry")} == {"STANDARD", "EC2"}


def test_own_policies_have_no_wildcard_actions(eks: Recorded) -> None:
    statements = documents(eks)
    actions = [action for statement in statements for action in statement["Action"]]

    assert len(actions) > 10
    assert [action for action in actions if "*" in action] == []
    # Actions on resources that do not exist yet are limited to requests for this cluster.
    unnamed = [it for it in statements if it.get("Resource") == "*"]
    assert all("aws:RequestTag/eks:eks-cluster-name" in it["Condition"]["StringEquals"] for it in unnamed)
    attached = sorted(it.inputs["policyArn"].rpartition("/")[2] for it in eks.all("RolePolicyAttachment"))
    assert not [name for name in attached if "Administrator" in name or "FullAccess" in name]
    assert len(attached) == 7


def test_each_application_has_a_scanned_repository(tmp_path: Path) -> None:
    site = {"path": "app/polls", "patches": "patches/polls", "database": False}
    stack = deployed(tmp_path, apps={"polls": {}, "site": site}, registryForceDelete=None)
    repositories = {it.inputs["name"]: it.inputs for it in stack.all("Repository")}

    assert set(repositories) == {"pocdeploy/polls", "pocdeploy/site"}
    for inputs in repositories.values():
        assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert inputs["forceDelete"] is False
        # The tag is the stack's name, and moves to each new image.
        assert inputs["imageTagMutability"] == "MUTABLE"
    rules = [json.loads(it.inputs["policy"])["rules"] for it in stack.all("LifecyclePolicy")]
    assert [rule[0]["action"] for rule in rules] == [{"type": "expire"}] * 2
    assert sorted(it.inputs["imageName"] for it in stack.all("Image")) == [
        f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/pocdeploy/{app}:eks" for app in ("polls", "site")
    ]


def test_token_for_pushes_stays_secret(eks: Recorded) -> None:
    image = eks.one("Image")

    assert image.inputs["registry"]["server"] == "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
    assert image.inputs["registry"]["username"] == "AWS"
    marked = image.marked["registry"]
    assert is_secret(marked) or is_secret(marked["password"])
    holders = [it.kind for it in eks.resources if "canary-ecr-token" in json.dumps(it.inputs)]
    assert holders == ["Image"]
    assert "canary-ecr-token" not in json.dumps(eks.stack_outputs)
