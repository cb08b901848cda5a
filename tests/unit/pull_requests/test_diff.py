"""Lines of a diff between two resources' inputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.pull_requests import diff
from pocdeploy.pull_requests.preview import Change

PULUMI_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}


def change(kind: str = "ConfigMap", **more: Any) -> Change:
    urn = f"urn:pulumi:dev::pocdeploy::kubernetes:core/v1:{kind}::site"
    return Change(**{"urn": urn, "op": "update", "old": {"a": 1}, "new": {"a": 2}, **more})


def test_the_diff_shows_lines_and_why_something_is_replaced() -> None:
    lines = list(diff.lines(change(op="replace", because=("a",))))

    assert lines == ["@@ +- ConfigMap site @@", "# replaced because of a", " …", "-a: 1", "+a: 2"]


@pytest.mark.parametrize("side", [{"old": None}, {"new": None}])
def test_created_and_deleted_resources_have_only_a_headline(side: dict[str, None]) -> None:
    assert list(diff.lines(change(op="create", **side))) == ["@@ + ConfigMap site @@"]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("Secret", {"stringData": {"anything": "hunter2"}}),
        ("Secret", {"data": "hunter2"}),
        ("Release", {"values": {"grafana": {"adminPassword": "hunter2"}}}),
        ("Deployment", {"spec": {"env": [{"name": "API_TOKEN", "value": "hunter2"}]}}),
        ("Command", {"environment": {"AWS_SECRET_ACCESS_KEY": "hunter2"}}),
        ("Thing", {"x": PULUMI_SECRET}),
    ],
)
def test_inputs_that_are_not_marked_as_secret_are_masked(kind: str, properties: dict[str, Any]) -> None:
    shown = json.dumps(diff.masked_inputs(properties, kind=kind))

    assert "hunter2" not in shown
    assert "[secret]" in shown


def test_names_of_secrets_and_defaults() -> None:
    inputs = {"secretName": "polls-environment", "spec": {"a": 1, "__defaults": []}, "__defaults": []}

    assert diff.masked_inputs(inputs, kind="X") == {"secretName": "polls-environment", "spec": {"a": 1}}


def test_an_unknown_value_is_named() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    lines = list(diff.lines(change(new={"a": unknown, "b": [f"x-{unknown}"]})))

    assert lines[2:] == ["-a: 1", "+a: (known after the update)", "+b:", "+- x-(known after the update)"]


@pytest.mark.parametrize(
    ("paths", "last"),
    [(("stringData",), "# a secret or unknown value differs: stringData"), ((), "# no visible difference")],
)
def test_a_changed_secret_is_visible_but_not_shown(paths: tuple[str, ...], last: str) -> None:
    old, new = ({"stringData": {"KEY": value}} for value in ("hunter2", "hunter3"))
    lines = list(diff.lines(change("Secret", old=old, new=new, paths=paths)))

    assert lines == ["@@ ~ Secret site @@", last]
