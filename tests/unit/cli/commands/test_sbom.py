"""`sbom` writes the packages of an application."""

from __future__ import annotations

from typing import Any

from tests.unit.cli.fakepulumi import Project


def test_sbom_is_a_file_for_each_application(project: Project, tools: Any) -> None:
    assert project.run("sbom", env={"APP": "shop"}).exit_code == 0
    ((name, _, arguments),) = tools()
    assert name == "cyclonedx-py"
    assert arguments[:2] == ["requirements", "app/shop/requirements.txt"]
    assert arguments[-1] == ".pocdeploy/sbom-shop.json"
