"""Findings and errors as text and as JSON."""

from __future__ import annotations

import pytest

from pocdeploy.errors import Finding, PreflightError

DOCKER = Finding(where="docker", what="is not installed", fix="apt-get install docker.io")
PORT = Finding(where="port 80", what="is in use", actual="nginx", expected="a free port")


def test_a_finding_has_a_line_for_each_detail() -> None:
    assert str(DOCKER).splitlines() == ["docker: is not installed", "    fix:      apt-get install docker.io"]
    assert str(PORT).splitlines()[1:] == ["    actual:   nginx", "    expected: a free port"]


@pytest.mark.parametrize("field", ["what", "actual"])
def test_a_finding_masks_secrets(field: str) -> None:
    finding = Finding(**{"where": "x", "what": "x", field: "got postgres://polls:canary@db/polls"})

    assert "canary" not in str(finding)
    assert "got postgres://" in str(finding)


@pytest.mark.parametrize(("findings", "count"), [([DOCKER], "(1 problem)"), ([DOCKER, PORT], "(2 problems)")])
def test_an_error_has_all_findings(findings: list[Finding], count: str) -> None:
    error = PreflightError(findings)

    assert str(error).splitlines()[0] == f"This machine is not ready; nothing was changed {count}:"
    assert [line for line in str(error).splitlines() if line.startswith("  ") and line[2] != " "] == [
        f"  {finding.where}: {finding.what}" for finding in findings
    ]
    assert [each["where"] for each in error.plain()["findings"]] == [finding.where for finding in findings]
