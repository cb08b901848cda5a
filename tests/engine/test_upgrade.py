"""Stacks of the last two releases under the current program: exactly the planned steps, none of which loses data.

See ``states.py``. It also shows that another token for the registry of AWS in each run is no change.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine import bench, states
from tests.engine.bench import Run


def outputs(run: Run) -> dict[str, Any]:
    """Return the stack's outputs before and after a run, without the values of secrets."""
    steps = [event["resOutputsEvent"]["metadata"] for event in run.events if "resOutputsEvent" in event]
    last = [step for step in steps if step["type"] == "pulumi:pulumi:Stack"][-1]
    return {side: last[side]["outputs"] for side in ("old", "new")}


def known(new: Any, old: Any, key: str = "") -> Any:
    """Return the new outputs; of an image that is built, whose digest a preview does not know, the old one."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {name: known(value, old.get(name), name) for name, value in new.items()}
    return old if key == "imageRef" and new == UNKNOWN else new


UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's word for a text that is not known yet."""
EVERYWHERE = frozenset(states.SOURCES)
KIND, EKS, EXISTING = frozenset({"dev", "both"}), frozenset({"eks"}), frozenset({"gke", "k3d"})
OWN_GATEWAY = frozenset({"gke"})
"""The existing cluster in which the stack installs the gateway."""
STORES = {"dev": "test-backups", "both": "both-backups"}
"""Stack on Kind -> the container with its backups."""
BACKUPS = [
    *("Release barman-cloud", "BackupPlugin barman-cloud", "NetworkPolicy barman-cloud-plugin"),
    *("RandomPassword barman-cloud-certificates", "Secret barman-cloud-client-tls", "Secret barman-cloud-server-tls"),
    *("ObjectStore {app}-db-backups", "ScheduledBackup {app}-db-schedule", "Secret {app}-db-store"),
    *("CronJob {app}-db-drill-job", "ServiceAccount {app}-db-drill", "Role {app}-db-drill-role"),
    *("ClusterRole barman-cloud-role", "ClusterRoleBinding barman-cloud-binding"),
    *("Role {app}-db-backup-plugin-role", "RoleBinding {app}-db-backup-plugin-binding"),
    *("RoleBinding {app}-db-drill-binding", "NetworkPolicy {app}-drill", "NetworkPolicy {app}-drill-copy"),
]
STORE = ["Command {}", "LocalStore {}", "RandomPassword {}-access-key", "RandomPassword {}-secret-key"]
KEPT = "on Kind there is a store of backups by default; instances restart one by one with the container that archives"
URL = "DATABASE_URL, and the database's variables before others, which can refer to them as $(NAME)"
PLANNED: dict[str, list[tuple[frozenset[str], str, str]]] = {
    "2026-11-21": [
        (EVERYWHERE, "update PrometheusRule rules", "the volume of the write-ahead log is watched, too"),
        (
            EVERYWHERE,
            "update Cluster {app}-db",
            "limits of the log (a reload), switchoverDelay; the image stays at first",
        ),
        (
            EVERYWHERE,
            "replace ConfigMap {app}-db-verified",
            "the record of the database has new keys, so the gate runs",
        ),
        (EVERYWHERE, "update Release cnpg", "another operator updates instances in place, without restarts"),
        (EVERYWHERE, "delete Job {app}-db-ready", "it asked PostgreSQL for its parameters (docs/adr/0004)"),
        (
            EVERYWHERE,
            "update Deployment {app}-deployment",
            "computed limits, a liveness probe that connects, nodeSelector",
        ),
        (EVERYWHERE, "replace Job {app}-smoke", "another pod template of the Deployment is another release"),
        (EVERYWHERE, "update PodDisruptionBudget {app}-disruption-budget", "pods that are not ready can be evicted"),
        (EVERYWHERE, "update Release monitoring", "its definitions are upgraded with it"),
        (KIND, "update Job {app}-migrate", "a migration may take 15 minutes"),
        (EKS | EXISTING, "replace Job {app}-migrate", "it runs on nodes that can run the image"),
        (EKS | EXISTING, "replace Job {app}-admin", "it runs on nodes that can run the image"),
        (KIND | EKS, "update Release metrics-server", "it names the stack that it belongs to"),
        (OWN_GATEWAY, "update Release traefik", "it does not serve Ingresses of others"),
    ],
    "2026-11-28": [
        (EVERYWHERE, "update PrometheusRule rules", "no alert while a new application is created"),
        (EVERYWHERE, "update Deployment {app}-deployment", URL),
        (EVERYWHERE, "update Deployment {app}-deployment", "POCDEPLOY_STACK and POCDEPLOY_COMMIT, for its pages"),
        (EVERYWHERE, "update Image {app}-image", "pages name stack, commit and pod; administrations have their names"),
        (EVERYWHERE, "replace Job {app}-migrate", URL),
        (EVERYWHERE, "replace Job {app}-admin", URL),
        (EVERYWHERE, "replace Job {app}-smoke", "another pod template of the Deployment is another release"),
        (EVERYWHERE, "replace ConfigMap {app}-db-queries", "what a drill of a restore has measured"),
        (EVERYWHERE, "replace ConfigMap dashboard-postgresql", "panels for the drill"),
        *((KIND, f"create {made}", KEPT) for made in BACKUPS),
        *((frozenset({it}), f"create {made.format(name)}", KEPT) for it, name in STORES.items() for made in STORE),
        (KIND, "update Cluster {app}-db", KEPT),
        (KIND, "update NetworkPolicy {app}-database", "the way to the store"),
        (KIND, "replace ConfigMap {app}-db-verified", "the gate waits until all instances archive"),
    ],
}
"""Release -> what was changed since then and before the next one: stacks, step of the first `up`, reason.

No step may lose data: see HOLDS_DATA.
"""
HOLDS_DATA = {"Cluster", "Database", "Command", "Namespace", "PersistentVolumeClaim", "Repository", "Bucket", "Release"}


def planned(release: str, name: str) -> list[str]:
    """Return the steps for a stack, sorted. Two changes of a resource are one step."""
    apps = ("attendance", "polls") if name == "both" else ("polls",)
    rows = [row for since, changes in PLANNED.items() if since >= release for row in changes]
    found = {step.format(app=app) for stacks, step, _ in rows if name in stacks for app in apps}
    return sorted(it for it in found if it.replace("update ", "replace ", 1) not in found - {it})


def steps(run: Run) -> list[str]:
    """Return the steps of a run, sorted. A replacement is one step."""
    parts = ("create-replacement", "delete-replaced")
    return sorted(f"{op} {label}" for op, labels in run.steps().items() if op not in parts for label in labels)


def test_two_releases_have_their_states() -> None:
    assert states.releases() == sorted(PLANNED)
    assert len(PLANNED) == states.KEPT


@pytest.mark.parametrize("release", PLANNED)
@pytest.mark.parametrize("name", states.SOURCES)
def test_upgrade_of_earlier_state_has_the_planned_steps(name: str, release: str, tmp_path: Path) -> None:
    stack, commit = states.load(name, tmp_path / "bench", release=release)
    with bench.attached(stack):
        run = stack.preview("--diff")

    assert run.code == 0, f"deployed by {commit}:\n{run.output}"
    assert steps(run) == planned(release, name)
    found = outputs(run)
    assert known(found["new"], found["old"]) == found["old"] != {}
    assert stack.calls.effects() == []


def test_planned_steps_lose_no_data() -> None:
    rows = [row for changes in PLANNED.values() for row in changes]
    lossy = [step.split(" ")[1] for _, step, _ in rows if not step.startswith(("update ", "create "))]

    assert not HOLDS_DATA & set(lossy)
