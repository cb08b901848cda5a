"""Validate: what --fix does about a broken stack, and what the command says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.cli.commands import validate as command
from pocdeploy.diagnostics import validate
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.diagnostics.validate.http import Page
from pocdeploy.diagnostics.validate.workloads import fresh_job
from pocdeploy.toolchain import install
from tests.unit.fakes import FakeDocker, Time
from tests.unit.goodstack import IMAGE, JOBS, WEB, Site, api, bad, change, look, subject, waiting


def mended(given: ValidationContext) -> list[str]:
    return validate.repair(look(given), lambda names: look(given, *names), Time().progress())


def test_fix_restarts_a_pod_that_crash_loops() -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    assert mended(subject(api=made)) == ["deleted the pod polls/web, which is made anew"]
    assert [entry for entry in made.log if not entry.startswith("execute")] == ["delete web"]


def test_fix_runs_a_failed_job_again_as_it_was_asked_for() -> None:
    made = api()
    made.answers *= 9
    uid = {"batch.kubernetes.io/controller-uid": "1", "controller-uid": "1", "job-name": "migrate"}
    job = made.objects[f"{JOBS}/migrate"]
    job["metadata"] |= {"uid": "1", "resourceVersion": "9", "labels": {"a": "b", **uid}, "annotations": {"c": "d"}}
    job["status"] = {"conditions": [{"type": "Failed", "status": "True"}]}
    template = {"metadata": {"labels": {"a": "b", **uid}}, "spec": {"x": 1}}
    job["spec"] = {"backoffLimit": 3, "selector": {"matchLabels": uid}, "template": template}

    assert mended(subject(api=made)) == ["ran the Job polls/migrate again"]
    assert [entry for entry in made.log if not entry.startswith("execute")] == ["delete migrate", "create migrate"]
    fresh = made.objects[f"{JOBS}/migrate"]
    assert fresh["metadata"] == {
        "name": "migrate", "namespace": "polls", "labels": {"a": "b"}, "annotations": {"c": "d"}
    }  # fmt: skip
    assert fresh["spec"]["template"]["metadata"]["labels"] == {"a": "b"}
    assert "selector" not in fresh["spec"]
    assert fresh_job(fresh) == fresh


def test_a_job_of_the_operators_is_left_to_it() -> None:
    made = change(
        f"{JOBS}/migrate",
        metadata={"name": "initdb", "namespace": "polls", "ownerReferences": [{"kind": "Cluster"}]},
        status={"conditions": [{"type": "Failed", "status": "True"}]},
    )
    (found,) = bad(subject(api=made), "jobs")
    assert found.repair is None


def test_fix_pushes_a_lost_image_again_and_starts_a_stopped_registry() -> None:
    docker = FakeDocker()
    docker.node("shop", "control-plane")
    docker.registry("shop", "dev", state="exited")
    site = Site(**{IMAGE: Page(status=404)})
    (lost,) = bad(subject(fetch=site, run=docker.run), "images")
    assert lost.repair is not None
    assert lost.repair() == "pushed localhost:5001/polls:dev again"
    site.pages[IMAGE] = ConnectionRefusedError(111, "refused")
    (stopped,) = bad(subject(fetch=site, run=docker.run), "images")
    assert stopped.repair is not None
    assert stopped.repair() == "started shop-registry"
    assert docker.log == ["push localhost:5001/polls:dev", "start shop-registry"]


def test_an_image_with_a_version_is_pushed_under_its_version() -> None:
    docker = FakeDocker()
    given = subject(fetch=Site(**{IMAGE: Page(status=404)}), run=docker.run)
    polls = given.settings.apps["polls"].model_copy(update={"version": "1.2.0"})
    versioned = replace(given, settings=given.settings.model_copy(update={"apps": {"polls": polls}}))
    (lost,) = bad(versioned, "images")
    assert lost.repair is not None
    assert lost.repair() == "pushed localhost:5001/polls:1.2.0 again"
    assert (lost.fix, docker.log) == ("docker push localhost:5001/polls:1.2.0", ["push localhost:5001/polls:1.2.0"])


def test_fix_brings_stopped_nodes_back_first_and_then_looks_again() -> None:
    docker = FakeDocker()
    docker.node("shop", "control-plane", state="exited")
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    made.down = True

    def resume() -> list[str]:
        docker.containers["shop-control-plane"]["State"] = "running"
        made.down = False
        return ["started shop-control-plane"]

    given = subject(api=made, run=docker.run, resume=resume)
    assert mended(given) == ["started shop-control-plane", "deleted the pod polls/web, which is made anew"]


def test_what_does_not_get_well_is_said_to_be_so() -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    broken = dict(made.objects[WEB])
    made.after = lambda it: it.objects.update({WEB: broken})
    assert mended(subject(api=made))[-1] == "but it is not well yet"


def test_the_command_says_what_it_did_and_its_exit_code_is_for_a_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 20
    monkeypatch.setattr(command, "_subject", lambda *_: replace(subject(), api=made))
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app.app, ["--root", str(tmp_path), "validate", *arguments])

    first = run("--json")
    assert first.exit_code == 1
    assert json.loads(first.stdout)["done"] == []
    only = run("--only", "url")
    assert (only.exit_code, "2 ok, 0 warn, 0 fail" in only.stdout) == (0, True)
    fixed = run("--fix")
    assert fixed.exit_code == 0, fixed.output
    assert "fixed: deleted the pod polls/web" in fixed.stdout
    wrong = run("--only", "moon")
    assert wrong.exit_code == 2
    assert "there is no moon" in wrong.stderr
