"""Doctor: all checks together, which are also those before ``up``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.doctor import facts
from pocdeploy.diagnostics.result import fail, ok, warn
from pocdeploy.docker import engine
from pocdeploy.errors import Finding
from pocdeploy.preflight import checks
from pocdeploy.process import Result
from tests.unit.diagnostics.doctor.objects import DOCKER, GIB, severities
from tests.unit.fakes import FakeDocker


def project(folder: Path) -> Path:
    (folder / "app/polls").mkdir(parents=True)
    (folder / "app/polls/Dockerfile").write_text("FROM x\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {}}))
    return folder


NOTHING: dict[str, list[Finding]] = {"configuration": [], "cluster": [], "port": [], "download": []}


def test_what_is_fatal_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Docker, memory and cgroup are those of this machine, and nothing waits for an answer of Docker."""
    asked: list[dict[str, Any]] = []

    def problems(*_: object, **options: object) -> dict[str, list[Finding]]:
        asked.append(options)
        found = {subject: [Finding(where=f"the {subject}", what="is wrong")] for subject in NOTHING}
        return {**found, "download": [Finding(where="kind", what="cannot be downloaded")]}

    missing = Result(code=127, stderr="docker: No such file or directory")
    monkeypatch.setattr(process, "run", lambda *_, **__: missing)
    monkeypatch.setattr(checks, "problems", problems)
    monkeypatch.setattr(facts, "_memory", lambda _: 2 * GIB)
    monkeypatch.setattr(facts, "_cgroup", lambda: "1")
    monkeypatch.setenv("PATH", "")
    found = doctor.examine(project(tmp_path), "org/dev")
    assert severities(found) == [
        ("docker", "fail"),
        ("configuration", "fail"),
        ("memory", "fail"),
        ("cgroup", "fail"),
        ("cluster", "fail"),
        ("port", "fail"),
        ("pulumi", "warn"),
        ("download", "fail"),
    ]
    assert "this machine has 2.0 GiB" in found[2].what
    assert asked == [{"preview": False, "missing_tools": ["pulumi", "kind"], "asks_docker": True}]


def test_a_docker_that_does_not_answer_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    commands: list[str] = []

    def run(command: Any, **_: object) -> Result:
        commands.append(command[0])
        return Result(code=1, stderr="permission denied while trying to connect")

    (tmp_path / "docker").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(checks, "problems", lambda *_, **options: asked.append(options["asks_docker"]) or NOTHING)
    found = doctor.examine(project(tmp_path), "dev", tools=())
    assert commands == ["docker"]
    assert asked == [False]
    assert "usermod" in str(found[0].fix)


def test_a_preview_without_docker_asks_for_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> Result:
        raise AssertionError("nothing runs")

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(checks, "problems", lambda *_, **__: NOTHING)
    found = doctor.examine(project(tmp_path), "dev", tools=(), docker=False, preview=True)
    assert severities(found) == [("needs", "ok")]


def test_a_good_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = FakeDocker(info=DOCKER)
    monkeypatch.setattr(engine, "problem", lambda: None)
    monkeypatch.setattr(process, "run", docker.run)
    monkeypatch.setattr(checks, "problems", lambda *_, **__: NOTHING)
    found = doctor.examine(project(tmp_path), "org/dev", tools=())
    assert doctor.failed(found) == []
    assert {"docker", "memory", "cgroup", "needs"} <= {result.check for result in found}


def test_failed() -> None:
    results = [ok("a", "x"), warn("b", "x"), fail("c", "x")]
    assert [result.check for result in doctor.failed(results)] == ["c"]
