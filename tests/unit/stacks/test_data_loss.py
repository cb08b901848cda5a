"""The steps of a plan that delete data, from settings and state alone."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks import data_loss
from pocdeploy.stacks.data_loss import DataLossError, Loss
from pocdeploy.stacks.deployed import Deployed, from_export
from tests.unit.stacks import test_kind_cluster

BASE = "urn:pulumi:dev::pocdeploy::pocdeploy:"
KIND = test_kind_cluster.URN
POLLS = f"{BASE}backend:Database$kubernetes:postgresql.cnpg.io/v1:Cluster::polls-db"
GUEST = f"{BASE}backend:SharedDatabase$kubernetes:postgresql.cnpg.io/v1:Database::guest-db"
EXISTING = f"{BASE}cluster:ExistingCluster$pulumi:providers:kubernetes::dev-provider"
EKS = f"{BASE}cluster:EksCluster$aws:eks/cluster:Cluster::pocdeploy"
IMAGES = f"{BASE}cluster:EksCluster$aws:ecr/repository:Repository::pocdeploy-images-shop"
MONITORING = f"{BASE}monitoring:MonitoringStack$kubernetes:helm.sh/v3:Release::monitoring"
DATABASES: dict[str, dict[str, Any]] = {
    POLLS: {"spec": {"instances": 3, "storage": {"size": "1Gi"}}},
    GUEST: {"spec": {"cluster": {"name": "polls-db"}}},
}
VOLUME = {"retention": "2d", "storageSpec": {"volumeClaimTemplate": {}}}
ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/pocdeploy"
GUEST_APP = {"path": "app/polls", "database": {"shared": "polls"}}
AWS = {"type": "eks", "region": "eu-central-1", "domain": "example.com"}
THEIRS = {"type": "existing", "context": "x", "registry": {"push": "r"}}


def state(outputs: dict[str, dict[str, Any]], *protected: str) -> Deployed:
    resources = [{"urn": urn, "outputs": it, "protect": urn in protected} for urn, it in outputs.items()]
    return from_export({"deployment": {"resources": resources}})


def kind(*protected: str) -> Deployed:
    return state({KIND: dict(test_kind_cluster.deployed().resources[KIND].outputs), **DATABASES}, *protected)


def eks(**more: Any) -> Deployed:
    return state({EKS: {"name": "pocdeploy", "arn": ARN, **more}, **DATABASES})


def settings(**more: Any) -> Settings:
    cluster = {"nodeImage": test_kind_cluster.OLD_IMAGE}
    apps = {"polls": {}, "guest": GUEST_APP}
    return Settings.model_validate({"cluster": cluster, "apps": apps, **more})


def lost(deployed: Deployed, **more: Any) -> dict[str, str]:
    return {loss.urn: loss.reason for loss in data_loss.losses(settings(**more), deployed)}


def test_losses_have_the_times_of_their_backups() -> None:
    backups = {"polls": "2026-01-02T03:00:00Z", "shop": "2026-01-01T03:00:00Z"}
    lines = [
        Loss(urn="urn:x::a::b::polls-db", what="the database polls-db", reason=""),
        Loss(urn="urn:x::a::b::new-db", what="the database new-db", reason=""),
        Loss(urn=KIND, what="the cluster test and everything in it", reason=""),
    ]
    found = [loss.last_backup for loss in data_loss.with_backups(lines, backups)]
    assert found == ["2026-01-02T03:00:00Z", None, "2026-01-01T03:00:00Z"]


@pytest.mark.parametrize("deployed", [Deployed(), kind()], ids=["new", "unchanged"])
def test_nothing_is_lost(deployed: Deployed) -> None:
    assert lost(deployed) == {}


@pytest.mark.parametrize(
    ("cluster", "reason"),
    [
        ({"workers": 2}, "cluster.workers: 3 -> 2"),
        ({"name": "other"}, "cluster.name: test -> other"),
        ({"httpPort": 8080}, "cluster.httpPort: 80 -> 8080"),
        (THEIRS, "cluster.type: kind -> existing"),
    ],
)
def test_another_kind_cluster_loses_everything_in_it(cluster: dict[str, Any], reason: str) -> None:
    own = {} if "type" in cluster else {"nodeImage": test_kind_cluster.OLD_IMAGE}
    (loss,) = data_loss.losses(settings(cluster={**own, **cluster}), kind())

    assert (loss.urn, loss.reason) == (KIND, reason)
    assert str(loss) == "the cluster test and everything in it (polls-db: 3 x 1Gi); no backup is known"


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        ({"polls": {}}, {GUEST: "pocdeploy:apps.guest is not in the settings"}),
        ({"polls": {}, "guest": {"database": False}}, {GUEST: "pocdeploy:apps.guest.database: false"}),
        ({"polls": {}, "guest": {}}, {GUEST: "pocdeploy:apps.guest.database.shared: polls -> none"}),
        ({"polls": {"database": False}, "guest": {}}, {POLLS: "database: false", GUEST: "polls -> none"}),
        ({"votes": {}, "guest": {}}, {POLLS: "renamedFrom: polls", GUEST: "polls -> none"}),
        (
            {"shop": {}, "polls": {"database": {"shared": "shop"}}, "guest": {"database": {"shared": "shop"}}},
            {POLLS: "none -> shop", GUEST: "polls -> shop"},
        ),
        ({"polls": {"database": {"storage": "2Gi", "instances": 1}}, "guest": GUEST_APP}, {}),
    ],
    ids=["removed", "none", "own", "no owner", "renamed", "shared", "changed in place"],
)
def test_databases_that_the_settings_do_not_have(apps: dict[str, Any], expected: dict[str, str]) -> None:
    found = lost(kind(), apps=apps)

    assert found.keys() == expected.keys()
    assert all(reason in found[urn] for urn, reason in expected.items())


@pytest.mark.parametrize(
    ("cluster", "deployed", "reason"),
    [
        (AWS, eks(), None),
        ({**AWS, "name": "other"}, eks(), "cluster.name: pocdeploy -> other"),
        ({**AWS, "region": "eu-west-1"}, eks(), "cluster.region: eu-central-1 -> eu-west-1"),
        ({**AWS, "encryptSecrets": True}, eks(), None),
        (AWS, eks(encryptionConfig={"resources": ["secrets"]}), "cluster.encryptSecrets: True -> False"),
        ({**AWS, "version": "1.35", "architecture": "arm64", "maxCpus": 4}, eks(), None),
        ({}, eks(), "cluster.type: eks -> kind"),
    ],
)
def test_another_cluster_on_aws(cluster: dict[str, Any], deployed: Deployed, reason: str | None) -> None:
    apps = {"polls": {"host": "a.example.com"}, "guest": {**GUEST_APP, "host": "b.example.com"}}

    assert lost(deployed, cluster=cluster, apps=apps) == ({EKS: reason} if reason else {})


def test_another_type_than_existing_loses_everything() -> None:
    release = {"values": {"prometheus": {"prometheusSpec": VOLUME}}}
    found = lost(state({EXISTING: {}, **DATABASES, MONITORING: release}))

    assert found == dict.fromkeys([POLLS, GUEST, MONITORING], "cluster.type: existing -> kind")


@pytest.mark.parametrize(("force", "expected"), [(True, [IMAGES]), (False, [])])
def test_images_of_a_removed_application(force: bool, expected: list[str]) -> None:
    deployed = state({IMAGES: {"name": "pocdeploy/shop", "forceDelete": force}})

    assert [*lost(deployed)] == expected
    assert lost(deployed, apps={"polls": {}, "shop": {}}) == {}


@pytest.mark.parametrize(
    ("spec", "monitoring", "cluster", "expected"),
    [
        (VOLUME, {"profile": "off"}, {}, [MONITORING]),
        (VOLUME, {}, {**THEIRS, "monitoring": {"install": False, "namespace": "m"}}, [MONITORING]),
        (VOLUME, {}, {}, []),
        ({"storageSpec": {"emptyDir": {}}}, {"profile": "off"}, {}, []),
    ],
    ids=["off", "not installed", "kept", "no volume"],
)
def test_samples_on_a_volume(
    spec: dict[str, Any], monitoring: dict[str, Any], cluster: dict[str, Any], expected: list[str]
) -> None:
    deployed = state({MONITORING: {"values": {"prometheus": {"prometheusSpec": spec}}}})

    assert [*lost(deployed, monitoring=monitoring, cluster=cluster)] == expected


A, B = (Loss(urn=urn, what=f"the database {urn}", reason="database: false", size="3 x 1Gi") for urn in "ab")
PROTECTED = Loss(urn="p", what="the database p", reason="x", protect=True)


@pytest.mark.parametrize(
    ("found", "allowed", "is_preview"),
    [([], [], False), ([A], ["a"], False), ([A, B], ["b", "a", "c"], False), ([A], ["preview"], True)],
)
def test_allowed_losses(found: list[Loss], allowed: list[str], is_preview: bool) -> None:
    data_loss.check(found, stack="dev", allowed=allowed, is_preview=is_preview)


@pytest.mark.parametrize(
    ("found", "allowed", "is_preview", "protect", "refused"),
    [
        ([A, B], ["a"], False, False, ["b"]),
        ([A], ["preview"], False, False, ["a"]),
        ([A], [], True, False, ["a"]),
        ([A, PROTECTED], ["a", "p"], False, False, ["p"]),
        ([A], ["a"], False, True, ["a"]),
    ],
    ids=["one of two", "preview is no up", "preview", "protected", "to be protected"],
)
def test_other_losses_stop(
    found: list[Loss], allowed: list[str], is_preview: bool, protect: bool, refused: list[str]
) -> None:
    with pytest.raises(DataLossError) as error:
        data_loss.check(found, stack="dev", allowed=allowed, is_preview=is_preview, protect=protect)
    assert [finding.where for finding in error.value.findings] == refused


def test_the_message_has_the_command_that_allows_all() -> None:
    first, last = data_loss.findings([A, B], "dev")

    assert first.what == "deletes the database a (3 x 1Gi); no backup is known"
    assert first.fix is None
    assert last.fix == "make up STACK=dev ARGS='--allow-data-loss a --allow-data-loss b'"


def test_a_protected_loss_is_unprotected_before() -> None:
    (finding,) = data_loss.findings([PROTECTED], "prod")

    assert finding.fix == ".venv/bin/python -m pocdeploy set cluster.protect false --stack prod"
    assert "in an `up` of its own" in str(finding.expected)


def test_a_cluster_is_protected_by_what_is_in_it() -> None:
    (loss,) = data_loss.losses(settings(cluster={"workers": 1}), kind(POLLS))

    assert loss.protect
