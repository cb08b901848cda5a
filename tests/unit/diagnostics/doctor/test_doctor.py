"""Doctor: all checks together, and those before ``up``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import fail, ok, warn
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight import checks
from pocdeploy.process import Result
from tests.unit.diagnostics.doctor.objects import DOCKER, severities
from tests.unit.fakes import FakeDocker


def project(folder: Path) -> Path:
    (folder / "app/polls").mkdir(parents=True)
    (folder / "app/polls/Dockerfile").write_text("FROM x\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {}}))
    return folder


def test_all_checks_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*_: object) -> None:
        raise PreflightError(
            [Finding(where="pocdeploy:cluster.httpPort", what="port 80 of 127.0.0.1 is in use", actual="80", fix="set")]
        )

    denied = Result(code=1, stderr="permission denied while trying to connect")
    monkeypatch.setattr(process, "run", lambda *_, **__: denied)
    monkeypatch.setattr(checks, "check", check)
    found = doctor.examine(project(tmp_path), "org/dev")
    assert severities(found) == [("pulumi", "warn"), ("kind", "warn"), ("docker", "fail"), ("port", "fail")]
    assert "usermod" in str(found[2].fix)
    assert found[3].fix == "set"


def test_before_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = FakeDocker(info=DOCKER)
    commands = []

    def run(command: Any, **options: Any) -> Result:
        commands.append(command[1])
        return docker.run(command, **options)

    monkeypatch.setattr(process, "run", run)
    found = doctor.before_up(project(tmp_path), "org/dev")
    assert sorted(commands) == ["info", "ps"]
    assert {"docker", "memory"} <= {result.check for result in found}
    assert not {"pulumi", "kind", "port", "needs"} & {result.check for result in found}
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {'pocdeploy:cluster': {type: moon}}")
    assert doctor.before_up(tmp_path, "dev") == []  # preflight reports it


def test_failed() -> None:
    results = [ok("a", "x"), warn("b", "x"), fail("c", "x")]
    assert [result.check for result in doctor.failed(results)] == ["c"]
