"""What a change means: data loss, the application that it belongs to."""

from __future__ import annotations

import pytest

from pocdeploy.pull_requests.preview import Change, Op, Preview
from tests.unit.pull_requests.recorded import recorded

DATABASE = "kubernetes:postgresql.cnpg.io/v1:Cluster"


def change(type_: str, name: str = "polls-db", op: Op = "delete") -> Change:
    return Change(urn=f"urn:pulumi:dev::pocdeploy::{type_}::{name}", op=op, old={})


def test_a_replaced_cluster_loses_all_that_is_in_it() -> None:
    lost = {change.name for change in recorded("cluster-replaced").changes if change.loses_data}

    assert {"test-kind", "polls-db", "polls-namespace"} <= lost
    assert not {"test-connect", "test-registry"} & lost


@pytest.mark.parametrize("name", ["first-deploy", "image-only"])
def test_an_ordinary_change_loses_no_data(name: str) -> None:
    assert [change.name for change in recorded(name).changes if change.loses_data] == []


@pytest.mark.parametrize(
    ("type_", "op", "loses"),
    [
        (DATABASE, "delete", True),
        (DATABASE, "replace", True),
        (DATABASE, "update", False),
        ("kubernetes:core/v1:PersistentVolumeClaim", "delete", True),
        ("aws:s3/bucket:Bucket", "delete", True),
        ("kubernetes:core/v1:ConfigMap", "delete", False),
        ("random:index/randomPassword:RandomPassword", "delete", False),
    ],
)
def test_deleted_databases_and_volumes_lose_data(type_: str, op: Op, loses: bool) -> None:
    assert change(type_, op=op).loses_data == loses


@pytest.mark.parametrize(
    ("type_", "name", "part"),
    [
        (DATABASE, "polls-db", "polls"),
        (DATABASE, "polls-two-db", "polls-two"),
        (DATABASE, "pollster-db", None),
        ("kubernetes:core/v1:Namespace", "polls", "polls"),
        ("pocdeploy:monitoring:Monitoring$kubernetes:core/v1:ConfigMap", "polls-dashboard", None),
    ],
)
def test_a_change_belongs_to_an_application_or_the_platform(type_: str, name: str, part: str | None) -> None:
    preview = Preview(applications=("polls", "polls-two"))

    assert preview.part_of(change(type_, name)) == part


@pytest.mark.parametrize(("type_", "runs"), [("kubernetes:batch/v1:Job", True), (DATABASE, False)])
def test_only_a_replaced_job_runs_again(type_: str, runs: bool) -> None:
    assert change(type_, op="replace").runs_again == runs
