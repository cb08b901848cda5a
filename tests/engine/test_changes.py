"""What a change comes to: exactly the expected resources, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from tests.engine.bench import ROOT, Bench
from tests.engine.conftest import Deployed


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


def test_a_second_up_changes_nothing(deployed: Deployed) -> None:
    bench = deployed.bench
    run = bench.up("--expect-no-changes")

    assert run.code == 0, run.output
    assert run.steps() == {}
    assert bench.calls.effects() == []


def test_a_changed_file_of_the_application_builds_migrates_and_rolls_out(deployed: Deployed) -> None:
    template = next((deployed.bench.project / "app" / "polls").rglob("*.html"))
    before = template.read_text("utf-8")
    template.write_text(f"{before}\n<!-- changed -->\n", "utf-8")
    run = deployed.bench.preview()
    template.write_text(before, "utf-8")

    assert run.steps() == {
        "update": ["Deployment polls-deployment", "Image polls-image"],
        **replaced("Job polls-migrate", "Job polls-smoke"),
    }


def test_a_file_that_is_no_part_of_the_application_changes_nothing(deployed: Deployed) -> None:
    cache = deployed.bench.project / "app" / "polls" / "__pycache__"
    cache.mkdir()
    (cache / "views.pyc").write_bytes(b"\0")
    run = deployed.bench.preview()

    assert run.code == 0, run.output
    assert run.steps() == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"apps": {"polls": {"replicas": {"max": 7}}}},
            {"update": ["HorizontalPodAutoscaler polls-autoscaler"]},
        ),
        (
            {"apps": {"polls": {"env": {"LOG_LEVEL": "DEBUG"}}}},
            {
                "update": ["Deployment polls-deployment"],
                **replaced("Job polls-admin", "Job polls-migrate", "Job polls-smoke"),
            },
        ),
        (
            {"apps": {"polls": {"database": {"storage": "2Gi"}}}},
            {"update": ["Cluster polls-db"], **replaced("ConfigMap polls-db-verified")},
        ),
        (
            {"monitoring": {"retention": "4d"}},
            {"update": ["Release monitoring"]},
        ),
    ],
    ids=["replicas", "environment", "storage", "retention"],
)
def test_a_changed_setting_changes_what_it_is_about(
    deployed: Deployed, change: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    with changed_config(deployed.bench, **change):
        run = deployed.bench.preview()

    assert run.code == 0, run.output
    assert run.steps() == expected


def test_a_changed_secret_is_a_new_secret_and_rolls_out_what_reads_it(deployed: Deployed) -> None:
    bench = deployed.bench
    with changed_config(bench):
        bench.set_secret("polls", "SECRET_KEY", "canary-secret-key-other")
        run = bench.preview("--diff")

    assert run.steps() == {
        "update": ["Deployment polls-deployment"],
        **replaced("Job polls-admin", "Job polls-migrate", "Job polls-smoke", "Secret polls-credentials-environment"),
    }
    assert "canary" not in run.output


def attendance(**database: Any) -> dict[str, Any]:
    """Return the settings of `Pulumi.both.yaml`: its name comes before that of the first application."""
    config = yaml.safe_load((ROOT / "Pulumi.both.yaml").read_text("utf-8"))["config"]
    return {"attendance": {**config["pocdeploy:apps"]["attendance"], "database": database}}


@pytest.mark.parametrize(
    "added",
    [
        {"site": {"path": "app/polls", "patches": "patches/polls", "host": "site.localhost"}},
        attendance(instances=1),
        attendance(shared="polls"),
    ],
    ids=["site", "attendance", "attendance in the database of polls"],
)
def test_a_second_application_is_added_without_touching_the_first(deployed: Deployed, added: dict[str, Any]) -> None:
    (name,) = added
    with changed_config(deployed.bench, apps=added):
        run = deployed.bench.preview()

    assert run.code == 0, run.output
    others = {label for op, labels in run.steps().items() if op != "create" for label in labels}
    # Rules and dashboards are about all applications.
    pages = {f"ConfigMap dashboard-{page}" for page in ("overview", "application", "postgresql")}
    assert others - pages == {"PrometheusRule rules"}
    assert len(run.steps()["create"]) > 20
    assert [label for label in run.steps()["create"] if f" {name}" not in label] == []
