"""What a change leads to: exactly the expected steps, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pocdeploy.config import stack_file
from tests.engine.bench import ROOT, Bench, Run, label
from tests.engine.conftest import Deployed
from tests.engine.preloaded import FRESH


@contextmanager
def changed_config(bench: Bench, **change: Any) -> Iterator[None]:
    """Change the stack's configuration for a while: section -> keys and values, merged into it."""
    before = bench.stack_file.read_text("utf-8")
    bench.configure(lambda config: merge(config, {f"pocdeploy:{key}": value for key, value in change.items()}))
    yield
    bench.stack_file.write_text(before, "utf-8")


def merge(into: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def replaced(*labels: str) -> dict[str, list[str]]:
    """Return the steps by which the engine shows replacements."""
    return {op: sorted(labels) for op in ("create-replacement", "delete-replaced", "replace")}


def test_second_up_changes_nothing(deployed: Deployed) -> None:
    """A file that is not part of the application is no change either. This run has a Python of its own."""
    bench = deployed.bench
    cache = bench.project / "app" / "polls" / "__pycache__"
    cache.mkdir()
    (cache / "views.pyc").write_bytes(b"\0")
    bench.variables |= FRESH
    run = bench.up("--expect-no-changes")
    bench.variables.clear()

    assert run.code == 0, run.output
    assert run.steps() == {}
    assert bench.calls.effects() == []


SETTINGS = {
    "replicas": {"apps": {"polls": {"replicas": {"max": 7}}}},
    "environment": {"apps": {"polls": {"env": {"LOG_LEVEL": "DEBUG"}}}},
    "parameters": {"apps": {"polls": {"database": {"parameters": {"work_mem": "8MB"}}}}},
    "retention": {"monitoring": {"retention": "4d"}},
    "administrator": {"apps": {"polls": {"admin": {"username": "boss"}}}},
}
RELEASE = 'spec.template.metadata.annotations["pocdeploy.dev/release"]'
APP, CHECK = "spec.template.spec.containers[0]", "spec.template.spec.initContainers[1]"
EXPECTED = {
    "replicas": {"update HorizontalPodAutoscaler polls-autoscaler": {"spec.maxReplicas"}},
    "environment": {
        "replace Job polls-migrate": {f"{APP}.env", f"{CHECK}.env"},
        "replace Job polls-admin": {f"{APP}.env"},
        "update Deployment polls-deployment": {f"{APP}.env", RELEASE},
        "replace Job polls-smoke": {f"{APP}.env", RELEASE},
    },
    "parameters": {
        "update Cluster polls-db": {"spec.postgresql.parameters.work_mem"},
        "replace ConfigMap polls-db-verified": {"data.specification"},
    },
    "retention": {"update Release monitoring": {"values.prometheus.prometheusSpec.retention"}},
    "administrator": {
        "replace Secret polls-credentials-admin": {"stringData.ADMIN_USERNAME"},
        "replace Job polls-admin": {f"{APP}.envFrom[1].secretRef.name"},
    },
    "secret": {
        "replace Secret polls-credentials-environment": {"stringData.SECRET_KEY"},
        "replace Job polls-migrate": {f"{part}.envFrom[0].secretRef.name" for part in (APP, CHECK)},
        "replace Job polls-admin": {f"{APP}.envFrom[0].secretRef.name"},
        "update Deployment polls-deployment": {f"{APP}.envFrom[0].secretRef.name", RELEASE},
        "replace Job polls-smoke": {f"{APP}.envFrom[0].secretRef.name", RELEASE},
    },
    "file": {
        "update Image polls-image": {"build.contextDigest"},
        "replace Job polls-migrate": {f"{APP}.image", f"{CHECK}.image"},
        "update Deployment polls-deployment": {f"{APP}.image", RELEASE},
        "replace Job polls-smoke": {f"{APP}.image", RELEASE},
    },
}
"""Change -> step -> the properties that differ. No property belongs to two changes, so one preview shows them all."""


@pytest.fixture(scope="module")
def changed(deployed: Deployed) -> Run:
    """Preview all changes at once: of each setting, of a secret, and of a file of the application."""
    bench = deployed.bench
    template = next((bench.project / "app" / "polls").rglob("*.html"))
    before = template.read_text("utf-8")
    template.write_text(f"{before}\n<!-- changed -->\n", "utf-8")
    together: dict[str, Any] = {}
    for change in SETTINGS.values():
        merge(together, change)
    with changed_config(bench, **together):
        bench.set_secret("polls", "SECRET_KEY", "canary-secret-key-other")
        run = bench.preview("--diff")
    template.write_text(before, "utf-8")
    assert run.code == 0, run.output
    return run


def properties(run: Run) -> dict[str, set[str]]:
    """Return step -> the properties that differ; a replacement is one step."""
    steps = [event["resourcePreEvent"]["metadata"] for event in run.events if "resourcePreEvent" in event]
    return {
        f"{step['op']} {label(step)}": set(step["detailedDiff"])
        for step in steps
        if step.get("detailedDiff") and step["op"] != "create-replacement"
    }


@pytest.mark.parametrize("change", EXPECTED)
def test_change_has_its_own_steps(changed: Run, change: str) -> None:
    found = properties(changed)

    assert {step: found.get(step, set()) & paths for step, paths in EXPECTED[change].items()} == EXPECTED[change]


def test_changes_have_no_further_steps(changed: Run) -> None:
    expected: dict[str, set[str]] = {}
    for steps in EXPECTED.values():
        for step, paths in steps.items():
            expected[step] = expected.get(step, set()) | paths
    updated, recreated = (
        [step.partition(" ")[2] for step in expected if step.startswith(op)] for op in ("update", "replace")
    )

    assert properties(changed) == expected
    assert changed.steps() == {"update": sorted(updated), **replaced(*recreated)}


def test_administrator_who_stays_is_named(changed: Run) -> None:
    assert "polls: boss becomes an administrator, and admin stays one; to disable that user: " in changed.output


def test_changed_secret_is_not_shown(changed: Run) -> None:
    assert "canary" not in changed.output


@pytest.fixture(scope="module")
def added(deployed: Deployed) -> Run:
    """Preview three further applications: one comes before the first in the alphabet, one shares its database."""
    config = stack_file.config(ROOT, "both") or {}
    attendance = config["pocdeploy:apps"]["attendance"]
    shared = {"path": "app/attendance", "patches": "patches/attendance", "host": "shared.localhost"}
    site = {"path": "app/polls", "patches": "patches/polls", "host": "site.localhost"}
    apps = {
        "attendance": {**attendance, "database": {"instances": 1}},
        "shared": {**attendance, **shared, "database": {"shared": "polls"}},
        "site": site,
    }
    with changed_config(deployed.bench, apps=apps):
        run = deployed.bench.preview()
    assert run.code == 0, run.output
    return run


@pytest.mark.parametrize("name", ["attendance", "shared", "site"])
def test_added_application_gets_resources_of_its_own(added: Run, name: str) -> None:
    assert len([label for label in added.steps()["create"] if f" {name}" in label]) > 20


def test_added_applications_do_not_touch_the_first(added: Run) -> None:
    others = {label for op, labels in added.steps().items() if op != "create" for label in labels}
    # Rules and dashboards are about all applications.
    pages = {f"ConfigMap dashboard-{page}" for page in ("overview", "application", "postgresql")}
    created = added.steps()["create"]

    assert others - pages == {"PrometheusRule rules"}
    assert [it for it in created if not it.split(" ")[1].startswith(("attendance", "shared", "site"))] == []
