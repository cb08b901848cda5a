"""Backups on EKS: a private bucket that outlives the stack, and a role with which databases reach only their folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import stack_config
from tests.program.recorder import ROOT, Recorded, deploy

BUCKET = "pocdeploy-backups-1a2b3c"
KEYS = {"backups": {"ACCESS_KEY_ID": "canary-id", "SECRET_ACCESS_KEY": "canary-secret"}}


def backed_up(folder: Path, *, secrets: dict[str, Any] | None = None, **backups: str) -> Recorded:
    config = stack_config(ROOT / "Pulumi.eks.yaml")
    return deploy({**config, "backups": {"store": "s3", **backups}}, folder, stack="eks", secrets=secrets)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return backed_up(tmp_path_factory.mktemp("backups"))


def statements(stack: Recorded, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stack.one("RolePolicy", name).inputs["policy"])["Statement"]
    return found


def test_the_bucket_is_private_encrypted_and_versioned(stack: Recorded) -> None:
    block = stack.one("BucketPublicAccessBlock").inputs
    (encryption,) = stack.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    (rule,) = stack.one("BucketLifecycleConfiguration").inputs["rules"]
    (refused,) = json.loads(stack.one("BucketPolicy").inputs["policy"])["Statement"]

    assert {key for key, value in block.items() if value is True} == {
        *("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
    }
    assert encryption["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert stack.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert "expiration" not in rule
    assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_destroy_keeps_the_bucket_with_its_contents(stack: Recorded) -> None:
    of_bucket = [it for it in stack.resources if it.type.startswith("aws:s3/")]

    assert len(of_bucket) == 6
    assert all(it.retain_on_delete for it in of_bucket)
    assert stack.one("Bucket").inputs["forceDestroy"] is False


def test_databases_reach_only_their_folder_by_their_role(stack: Recorded) -> None:
    listing, objects = statements(stack, "pocdeploy-backups-backups")
    accounts = {(it.inputs["namespace"], it.inputs["serviceAccount"]) for it in stack.all("PodIdentityAssociation")}
    configuration = stack.one("ObjectStore").inputs["spec"]["configuration"]

    assert listing["Resource"] == f"arn:aws:s3:::{BUCKET}"
    assert objects["Resource"] == f"arn:aws:s3:::{BUCKET}/eks/*"
    assert not [action for action in objects["Action"] if "*" in action]
    assert accounts == {("polls", f"polls-db{part}") for part in ("", "-check", "-drill-copy", "-restore")}
    assert configuration["destinationPath"] == f"s3://{BUCKET}/eks/"
    assert configuration["s3Credentials"] == {"inheritFromIAMRole": True}


def test_the_database_waits_for_the_check_of_its_store(stack: Recorded) -> None:
    check = stack.one("Job", "polls-db-check-job")
    env = {it["name"]: it.get("value") for it in check.pod["containers"][0]["env"]}

    assert check.urn in stack.one("Cluster", "polls-db").depends_on
    assert check.pod["serviceAccountName"] == "polls-db-check"
    assert (env["BUCKET"], env["PREFIX"], env["STACK"]) == (BUCKET, "eks", "eks")
    assert str(env["OWNER"]).startswith("organization/pocdeploy/eks of ")
    assert "AWS_ACCESS_KEY_ID" not in env


def test_a_bucket_that_exists_only_gets_a_role(tmp_path: Path) -> None:
    stack = backed_up(tmp_path, bucket="acme", prefix="shop")
    _, objects = statements(stack, "pocdeploy-backups-backups")

    assert [it for it in stack.resources if it.type.startswith("aws:s3/")] == []
    assert objects["Resource"] == "arn:aws:s3:::acme/shop/*"


def test_credentials_of_the_user_need_no_role(tmp_path: Path) -> None:
    stack = backed_up(tmp_path, secrets=KEYS, bucket="acme")
    check = stack.one("Job", "polls-db-check-job")

    assert stack.all("PodIdentityAssociation") == []
    assert "canary" not in json.dumps(check.inputs)
    assert "serviceAccountName" not in check.pod
