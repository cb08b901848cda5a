"""Results of checks: exit code, table, lines and JSON."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from pocdeploy.diagnostics import result as diagnostics_result
from pocdeploy.diagnostics.result import Severity, exit_code, fail, from_finding, ok, to_finding, warn
from pocdeploy.errors import Finding


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=100, color_system=None), text


RESULTS = [ok("a", "fine"), warn("b", "so so", why="w"), fail("c", "bad [x]", fix="repair", repair=lambda: "did")]


@pytest.mark.parametrize(("count", "strict", "code"), [(1, False, 0), (2, False, 0), (2, True, 1), (3, False, 1)])
def test_exit_codes_of_checks(count: int, code: int, *, strict: bool) -> None:
    assert exit_code(RESULTS[:count], strict=strict) == code
    assert exit_code([]) == 0


def test_table_lines_and_json() -> None:
    to, text = console(terminal=True)
    diagnostics_result.show(RESULTS, to)
    assert "→ repair" in text.getvalue()
    to, text = console(terminal=False)
    diagnostics_result.show(RESULTS, to, all_of_them=False)
    assert text.getvalue().splitlines() == [
        "warn  b: so so",
        "       why: w",
        "fail  c: bad [x]",
        "       fix: repair",
        "1 ok, 1 warn, 1 fail",
    ]
    document = json.loads(diagnostics_result.as_json(RESULTS, stack="dev"))
    assert (document["result"], document["stack"]) == ("fail", "dev")
    assert document["checks"][2] == {
        "check": "c",
        "severity": "fail",
        "what": "bad [x]",
        "why": None,
        "fix": "repair",
        "repairable": True,
    }
    assert diagnostics_result.worst([]) is Severity.OK


def test_a_finding_keeps_all_its_parts() -> None:
    finding = Finding(
        where="pocdeploy:cluster.httpPort", what="is in use", actual="80", expected="a free port", fix="set"
    )
    result = from_finding("port", finding)
    assert result.what == "pocdeploy:cluster.httpPort: is in use (80)"
    assert to_finding(result) == finding
    assert from_finding("docker", Finding(where="docker", what="is not installed")).what == "is not installed"
