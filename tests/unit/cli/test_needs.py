"""Each command installs and starts what it needs, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pocdeploy.cli import before_up, needs
from pocdeploy.cli.app import app
from pocdeploy.cli.context import CliContext
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.toolchain import install, virtualenv
from tests.unit.cli.fakepulumi import Project

EKS = {"type": "eks", "region": "eu-central-1", "domain": "example.com"}
EXISTING = {"type": "existing", "context": "c", "registry": {"push": "localhost:1"}}
IMAGE = {"image": f"example.com/polls@sha256:{'0' * 64}"}
PACKAGES = "requirements.txt"


@pytest.fixture
def touched(project: Project, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was installed or started; the virtualenv of the command line is the project's, and checks pass."""
    found: list[str] = []
    (project.root / "requirements-eks.txt").touch()
    (project.root / "app" / "polls").mkdir(parents=True)
    (project.root / "app" / "polls" / "Dockerfile").touch()
    monkeypatch.setattr(needs, "_is_own_virtualenv", lambda _: True)
    monkeypatch.setattr(before_up, "check_machine", lambda *_, **__: None)
    monkeypatch.setattr(engine, "check_docker", lambda **_: found.append("docker"))
    monkeypatch.setattr(install, "ensure", lambda _, *, wanted, log: found.extend(wanted))
    monkeypatch.setattr(virtualenv, "ensure", lambda _, __, lock, *, log: found.append(lock))
    return found


def configure(project: Project, cluster: dict[str, Any], app: dict[str, Any] | None = None) -> CliContext:
    config = {"pocdeploy:cluster": cluster, "pocdeploy:apps": {"polls": app or {}}}
    (project.root / "Pulumi.dev.yaml").write_text(json.dumps({"config": config}))
    return CliContext(folder=project.root, quiet=True, verbose=False)


@pytest.mark.parametrize(
    ("verb", "kind", "eks"),
    [
        ("up", ["docker", "pulumi", "kind", PACKAGES], ["docker", "pulumi", PACKAGES, "requirements-eks.txt"]),
        ("preview", ["docker", "pulumi", PACKAGES], ["pulumi", PACKAGES, "requirements-eks.txt"]),
        ("down", ["docker", "pulumi", "kind"], ["pulumi"]),
        ("outputs", ["pulumi"], ["pulumi"]),
        ("validate", ["pulumi", PACKAGES], ["pulumi", PACKAGES, "requirements-eks.txt"]),
        ("logs", ["pulumi", PACKAGES], ["pulumi", PACKAGES]),
        ("targets", ["pulumi", PACKAGES], ["pulumi", PACKAGES]),
        ("seed", ["pulumi", PACKAGES], ["pulumi", PACKAGES]),
        ("pause", ["pulumi", PACKAGES], ["pulumi", PACKAGES]),
        ("wake", ["pulumi", PACKAGES], ["pulumi", PACKAGES]),
        ("resume", ["docker", "pulumi", PACKAGES], ["pulumi", PACKAGES]),
        ("explain", [PACKAGES], [PACKAGES]),
        ("stacks", [], []),
        ("env", [], []),
    ],
)
def test_a_command_touches_only_what_it_needs(
    project: Project, touched: list[str], verb: str, kind: list[str], eks: list[str]
) -> None:
    # No command can go on after that: there is no stack, and no cluster.
    project.answer("stack select", code=1)
    project.answer("stack output", code=1)
    found = {}
    for name, cluster in {"kind": {"type": "kind"}, "eks": EKS}.items():
        configure(project, cluster)
        touched.clear()
        project.run(verb)
        found[name] = [*touched]
    assert found == {"kind": kind, "eks": eks}


@pytest.mark.usefixtures("touched")
@pytest.mark.parametrize(
    ("cluster", "app", "expected"),
    [(EXISTING, {}, True), (EXISTING, IMAGE, False), (EKS, IMAGE, False), ({"type": "kind"}, IMAGE, True)],
)
def test_docker_is_for_own_images_and_own_clusters(
    project: Project, cluster: dict[str, Any], app: dict[str, Any], *, expected: bool
) -> None:
    cli = configure(project, cluster, app)
    assert (needs.DOCKER in needs.of(cli, "up", "dev")) == expected
    assert (needs.KIND in needs.of(cli, "up", "dev")) == (cluster == {"type": "kind"})


def test_the_table_has_every_command() -> None:
    assert set(needs.NEEDS) == set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config: {pocdeploy:cluster: {type: eks}}", "eks"),
        ("config: {pocdeploy:cluster: {type: dev}}", None),
        ("config: {pocdeploy:cluster: 7}", None),
        ("[", None),
    ],
)
def test_the_type_of_an_unusable_file_is_unknown(project: Project, text: str, expected: str | None) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(text)
    cli = CliContext(folder=project.root, quiet=True, verbose=False)
    assert needs.cluster_type(cli, "dev") == expected


def failing(name: str) -> Callable[[], object]:
    def run() -> object:
        raise PreflightError([Finding(where=name, what="is missing")])

    return run


def test_all_that_cannot_be_had_is_one_error() -> None:
    with pytest.raises(PreflightError) as raised:
        needs.run_all([failing("docker"), lambda: None, failing("kind")])
    assert [finding.where for finding in raised.value.findings] == ["docker", "kind"]


def test_an_installed_command_has_its_packages(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = CliContext(folder=project.root, quiet=True, verbose=False)
    monkeypatch.setattr("sys.prefix", "/somewhere")
    assert not needs._is_own_virtualenv(cli)
    monkeypatch.setattr("sys.prefix", str(Path(project.root, ".venv")))
    assert needs._is_own_virtualenv(cli)
