"""Each setting of an application is shown with where its value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config.origins import resolved
from pocdeploy.errors import SettingsError
from tests.unit.source.trees import write

STACK = """\
config:
  pocdeploy:apps:
    shop:
      framework: flask
      database: {instances: 1}
      env: {GREETING: hello}
  pocdeploy:secrets:
    shop: {API_KEY: {secure: v1:abc}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"Pulumi.yaml": "name: pocdeploy\n", "Pulumi.x.yaml": STACK, "app/shop/Dockerfile": "FROM a\n"}
    return write(tmp_path, files)


def test_each_value_has_its_origin(root: Path) -> None:
    found = {each.key: (each.value, each.origin) for each in resolved(root, "x", "shop")}

    assert {key: found[key] for key in ("framework", "database.instances", "livePath", "port", "env.GREETING")} == {
        "framework": ("flask", "Pulumi.x.yaml"),
        "database.instances": (1, "Pulumi.x.yaml"),
        "livePath": (None, "framework flask"),
        "port": (8000, "default"),
        "env.GREETING": ("hello", "Pulumi.x.yaml"),
    }


def test_secrets_are_masked(root: Path) -> None:
    found = {each.key: each.value for each in resolved(root, "x", "shop")}

    assert found["secrets.API_KEY"] == "[secret]"
    assert "v1:abc" not in str(found)


def test_an_unknown_application_is_named_with_the_known_ones(root: Path) -> None:
    with pytest.raises(SettingsError) as error:
        resolved(root, "x", "shob")

    assert (error.value.findings[0].expected, error.value.findings[0].fix) == (
        "one of shop",
        "pocdeploy config shop --stack x",
    )


def test_what_completes_the_settings_is_named(root: Path) -> None:
    found = resolved(root, "x", "shop", lambda _, app: app.model_copy(update={"command": ("serve",), "port": 9000}))
    origins = {each.key: (each.value, each.origin) for each in found}

    assert origins["command"] == (["serve"], "Procfile")
    assert origins["port"] == (9000, "source")
    assert origins["framework"][1] == "Pulumi.x.yaml"
