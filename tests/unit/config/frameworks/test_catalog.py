"""The files of the frameworks are complete, and their settings are valid."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pocdeploy.config import AppSettings, frameworks
from pocdeploy.config.frameworks import catalog
from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.base_images import base_images
from tests.paths import ROOT

NAMES = frameworks.names()
COMMANDS = ("migrate", "checkMigrations", "admin", "smoke", "seed")


def test_there_are_the_usual_frameworks() -> None:
    assert set(NAMES) >= {"django", "flask", "fastapi", "rails", "node", "spring", "go"}
    assert len({frameworks.get(name).rank for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_settings_and_those_of_variants_are_valid(name: str) -> None:
    framework = frameworks.get(name)
    settings = framework.settings
    for variant in framework.variants:
        settings = catalog.merged(settings, variant.settings)
        AppSettings.model_validate(catalog.merged(framework.settings, variant.settings))

    AppSettings.model_validate(settings)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "django"])
def test_no_command_of_django_is_left(name: str) -> None:
    app = AppSettings.model_validate(frameworks.get(name).settings)

    assert "manage.py" not in str(app.commands)
    assert {app.commands.admin, app.commands.smoke, app.commands.check_migrations} & {"django"} == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_command_has_a_reason(name: str) -> None:
    framework = frameworks.get(name)
    settings = framework.settings
    for variant in framework.variants:
        settings = catalog.merged(settings, variant.settings)
    given = settings.get("commands", {}) if name != "django" else {"migrate": 1, "admin": "django"}

    for command in ("migrate", "admin", "seed"):
        assert given.get(command) or framework.without.get(command), f"{name} has no word about {command}"  # type: ignore[call-overload]


@pytest.mark.parametrize("name", NAMES)
def test_the_dockerfile_is_small_safe_and_has_an_own_base(name: str) -> None:
    text = frameworks.get(name).files["Dockerfile"]
    stages = [line for line in text.splitlines() if line.startswith("FROM ")]

    assert len(stages) == 2
    assert all("${" in line for line in stages), "each base image is a build argument"
    assert "USER 10001:10001\n" in text
    assert text.count("\nCMD ") == 1
    assert len(base_images(text, {})) in {1, 2}
    assert ".git\n" in frameworks.get(name).files[".dockerignore"]


def test_an_unknown_framework_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValidationError, match=r"one of django, .*, none"):
        AppSettings.model_validate({"framework": "djagno"})


def test_variants_need_all_that_they_name() -> None:
    flask = frameworks.get("flask")
    with_folder = SourceFiles(ROOT, ("migrations/env.py",))

    assert flask.defaults(with_folder, frozenset({"flask-migrate"}))["commands"]["migrate"] == [
        "flask",
        "db",
        "upgrade",
    ]
    assert flask.defaults(SourceFiles(ROOT, ()), frozenset({"flask-migrate"}))["commands"]["migrate"] is None


def test_maps_are_merged_and_lists_replaced() -> None:
    below, above = {"a": {"b": 1, "c": [1]}, "d": 1}, {"a": {"c": [2]}, "d": None}

    assert catalog.merged(below, above) == {"a": {"b": 1, "c": [2]}, "d": None}
