"""An application that uses the database cluster of another one, and releases with a version."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.monitoring.manifests import watched
from pocdeploy.config import AppSettings
from tests.program.recorder import Recorded, deploy, is_secret

ENV = {"DATABASE_HOST": "DATABASE_HOSTNAME"}
NO_BACKUPS = {"store": "none"}
"""The name of an archive has the time of the first `up`, so two stacks would differ."""
GUEST = {"path": "app/attendance", "databaseEnv": ENV, "database": {"shared": "polls"}, "version": "1.2.0"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Return a stack whose settings have the guest before the owner of the cluster."""
    apps = {"guest": GUEST, "polls": {"host": "polls.localhost"}}
    return deploy({"apps": apps, "backups": NO_BACKUPS}, tmp_path_factory.mktemp("shared"))


def test_guest_waits_for_the_cluster_and_its_database(shared: Recorded) -> None:
    cluster, role, database = shared.one("Cluster"), shared.one("DatabaseRole"), shared.one("Database", "guest-db")
    login, clients = shared.one("Secret", "guest-db-role"), shared.one("Secret", "guest-db-app")
    migrate = shared.one("Job", "guest-migrate")

    assert {cluster.urn, login.urn} <= set(role.depends_on)
    assert role.urn in database.depends_on
    assert {database.urn, clients.urn} <= set(migrate.depends_on)
    waits, *_ = migrate.pod["initContainers"]
    assert waits["image"] == cluster.inputs["spec"]["imageName"]


@pytest.mark.parametrize(("protect", "policy"), [(True, "retain"), (False, "delete")])
def test_databases_of_guests_are_protected(tmp_path: Path, protect: bool, policy: str) -> None:
    apps = {"guest": GUEST, "polls": {"host": "polls.localhost"}}
    stack = deploy({"apps": apps, "cluster": {"protect": protect}}, tmp_path)
    database, role = stack.one("Database", "guest-db"), stack.one("DatabaseRole")

    assert database.protect is protect
    assert database.inputs["spec"]["databaseReclaimPolicy"] == policy
    assert role.inputs["spec"]["databaseRoleReclaimPolicy"] == policy


def test_password_is_only_in_two_secrets(shared: Recorded) -> None:
    password = "generated-guest-db-password"
    holders = [resource for resource in shared.resources if password in str(resource.inputs)]

    assert {(holder.name, holder.inputs["metadata"]["namespace"]) for holder in holders} == {
        ("guest-db-role", "polls"),
        ("guest-db-app", "guest"),
    }
    assert all(is_secret(holder.marked["stringData"]) for holder in holders)
    assert {holder.inputs["type"] for holder in holders} == {"kubernetes.io/basic-auth"}


def test_guest_does_not_change_the_owner(shared: Recorded, tmp_path: Path) -> None:
    alone = deploy({"apps": {"polls": {"host": "polls.localhost"}}, "backups": NO_BACKUPS}, tmp_path)

    def of_polls(stack: Recorded) -> dict[str, object]:
        return {each.urn: each.inputs for each in stack.resources if each.custom and each.name.startswith("polls")}

    assert of_polls(shared) == of_polls(alone)
    assert len(of_polls(alone)) > 20


def test_outputs_have_the_order_of_the_settings(shared: Recorded) -> None:
    outputs = shared.stack_outputs

    assert outputs["url"] == "http://localhost/"
    assert outputs["psql"].endswith(
        "--namespace polls exec --stdin --tty service/polls-db-rw --container postgres -- psql guest"
    )
    assert outputs["databaseService"] == "polls-db-rw.polls.svc:5432"


def test_version_is_tag_and_label_but_pods_run_the_digest(shared: Recorded) -> None:
    deployment = shared.one("Deployment", "guest-deployment").inputs
    template = deployment["spec"]["template"]

    assert shared.one("Image", "guest-image").inputs["imageName"] == "localhost:5001/guest:1.2.0"
    assert shared.one("Image", "polls-image").inputs["imageName"] == "localhost:5001/polls:dev"
    assert deployment["metadata"]["labels"]["app.kubernetes.io/version"] == "1.2.0"
    assert "1.2.0" not in str(template)
    assert template["spec"]["containers"][0]["image"].startswith("localhost:5001/guest@sha256:")


def test_application_keeps_its_names_of_variables(shared: Recorded) -> None:
    environment = shared.one("Deployment", "guest-deployment").environment
    names = {name: source for name, source in environment.items() if "DATABASE" in name}

    assert set(names) == {
        *("DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_HOSTNAME", "DATABASE_PORT"),
        "DATABASE_URL",
    }
    assert names["DATABASE_HOSTNAME"] == {"secretKeyRef": {"name": "guest-db-app", "key": "host"}}


def test_database_alerts_are_for_the_owner_of_the_cluster() -> None:
    apps = {"polls": AppSettings(), "guest": AppSettings.model_validate({"database": {"shared": "polls"}})}

    assert [app.instances for app in watched(apps, []).apps] == [3, 0]
