"""`audit` checks the packages of pocdeploy and of the application."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.fakepulumi import Project


@pytest.mark.parametrize(("app", "code"), [("polls", 0), ("broken", 1)])
def test_audit_checks_own_packages_and_the_applications(project: Project, tools: Any, app: str, code: int) -> None:
    assert project.run("audit", "--app", app).exit_code == code
    assert [call[2][-1] for call in tools()] == ["requirements.txt", f"app/{app}/requirements.txt"]
    assert "--require-hashes" in tools()[0][2]
