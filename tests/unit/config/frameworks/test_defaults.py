"""Defaults of a framework are below what is set; what can be deployed today stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import load
from pocdeploy.config.frameworks import own_files, with_defaults
from tests.paths import ROOT
from tests.unit.source.trees import diff, write

FLASK = {"requirements.txt": "flask\n", "Dockerfile": "FROM a\n"}


@pytest.mark.parametrize("stack", ["dev", "both", "eks"])
def test_stack_files_of_django_are_not_changed(stack: str) -> None:
    import yaml  # noqa: PLC0415

    apps = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text("utf-8"))["config"].get(
        "pocdeploy:apps", {"polls": {}}
    )

    assert {name: with_defaults(name, app, ROOT) for name, app in apps.items()} == apps


def test_a_framework_that_is_set_gives_its_defaults(tmp_path: Path) -> None:
    write(tmp_path / "app/shop", FLASK)
    found = with_defaults("shop", {"framework": "flask", "port": 9000, "commands": {"admin": ["./admin"]}}, tmp_path)

    assert (found["port"], found["livePath"], found["metricsPort"]) == (9000, None, None)
    assert found["commands"] == {"migrate": None, "checkMigrations": None, "admin": ["./admin"], "smoke": None}


def test_without_manage_py_the_framework_is_recognised(tmp_path: Path) -> None:
    write(tmp_path / "app/shop", FLASK)

    assert with_defaults("shop", None, tmp_path)["framework"] == "flask"
    assert with_defaults("shop", {}, tmp_path)["commands"]["migrate"] is None


@pytest.mark.parametrize("given", [{}, {"commands": {"seed": ["x"]}}])
def test_what_is_not_recognised_gets_no_command_of_django(given: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path / "app/shop", {"index.php": "", "Dockerfile": "FROM a\n"})
    settings = load({"pocdeploy:apps": json.dumps({"shop": given})}, root=tmp_path).apps["shop"]

    assert (settings.framework, settings.commands.migrate, settings.commands.admin, settings.commands.smoke) == (
        "none",
        None,
        None,
        None,
    )


def test_an_application_with_its_own_migration_keeps_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "app/shop", FLASK)
    settings = load({"pocdeploy:apps": '{"shop": {"commands": {"migrate": ["./migrate"]}}}'}, root=tmp_path).apps[
        "shop"
    ]

    assert (settings.framework, settings.live_path, settings.metrics_port) == (None, "/healthz", 8001)
    assert (settings.commands.migrate, settings.commands.admin) == (("./migrate",), None)


def test_the_patched_source_counts(tmp_path: Path) -> None:
    source = {**FLASK, "old.py": "x\n"}
    write(tmp_path / "app/shop", source)
    write(tmp_path / "patches/shop", {"1.patch": diff(tmp_path, source, {**source, "manage.py": "x\n"})})

    assert with_defaults("shop", {}, tmp_path) == {}


def test_a_folder_of_the_source_counts(tmp_path: Path) -> None:
    write(tmp_path / "app/shop", {"manage.py": "", "api/requirements.txt": "fastapi\n"})

    assert with_defaults("shop", {"context": "api"}, tmp_path)["framework"] == "fastapi"


@pytest.mark.parametrize(
    "given", [None, {"path": "app/nothing"}, "text", {"framework": "djagno"}, {"framework": "django"}]
)
def test_nothing_is_added_to_other_values(given: Any, tmp_path: Path) -> None:
    assert with_defaults("shop", given, tmp_path) == given


@pytest.mark.parametrize(
    ("framework", "has_manage", "has_files"),
    [("flask", False, True), ("django", False, True), (None, True, True), (None, False, False), ("none", True, False)],
)
def test_own_files_are_those_of_the_framework(
    framework: str | None, has_manage: bool, has_files: bool, tmp_path: Path
) -> None:
    write(tmp_path, {"manage.py": ""} if has_manage else {"x.py": ""})

    assert set(own_files(framework, tmp_path)) == ({"Dockerfile", ".dockerignore"} if has_files else set())


@pytest.mark.parametrize("files", [{"Procfile": "web: x\nrelease: ./own\n"}, {}])
def test_a_line_release_replaces_the_migration(files: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "app/shop", {**FLASK, "alembic.ini": "", "requirements.txt": "flask\nalembic\n", **files})
    given = {"framework": "flask", **({} if files else {"processes": {"release": "./own"}})}

    assert "migrate" not in with_defaults("shop", given, tmp_path)["commands"]
