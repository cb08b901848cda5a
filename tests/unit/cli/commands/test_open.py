"""`open` prints an address and gives it to the browser."""

from __future__ import annotations

import json
import webbrowser

import pytest

from tests.unit.cli.fakepulumi import Project

APPS = {"polls": {"url": "http://localhost", "adminUrl": "http://localhost/admin/"}, "shop": {"url": "http://shop"}}


@pytest.fixture
def opened(project: Project, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    outputs = {"apps": APPS, "grafanaUrl": "http://grafana.localhost"}
    project.answer("stack output", stdout=json.dumps(outputs))
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(addresses.append(url)))
    return addresses


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ([], "http://localhost"),
        (["--admin"], "http://localhost/admin/"),
        (["--app", "shop"], "http://shop"),
        (["--grafana"], "http://grafana.localhost"),
    ],
)
def test_an_address_is_opened_and_printed(
    project: Project, opened: list[str], options: list[str], address: str
) -> None:
    result = project.run("open", *options)
    assert (result.exit_code, result.stdout, opened) == (0, f"{address}\n", [address])
    assert "no browser" in result.stderr


@pytest.mark.parametrize("options", [["--app", "moon"], ["--app", "shop", "--admin"]])
def test_what_the_stack_has_not_is_refused(project: Project, opened: list[str], options: list[str]) -> None:
    assert project.run("open", *options).exit_code == 2
    assert opened == []
