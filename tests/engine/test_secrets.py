"""Secrets with known values, looked for wherever they must not be."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.engine import values
from tests.engine.bench import Bench
from tests.engine.conftest import CANARIES, Deployed
from tests.engine.preloaded import FRESH
from tests.engine.test_failures import refuse
from tests.engine.world import KUBECONFIG_MARK

SECRETS = {**CANARIES, "kubeconfig": KUBECONFIG_MARK}
ENGINE_LOG = re.compile(r'^(\{"time":|[IWEF]\d{4} )')
"""The engine's own log at this level shows every property in clear; so Pulumi warns. It is the rest that is ours."""


def found_in(text: str) -> list[str]:
    """Return the names of the secrets that occur in a text, as they are or in base64 (at any offset)."""
    found = []
    for name, value in SECRETS.items():
        coded = [base64.b64encode(b"\0" * skip + value.encode())[4 if skip else 0 : -4].decode() for skip in range(3)]
        if value in text or any(part in text for part in coded):
            found.append(name)
    return found


def test_the_search_finds_a_secret_in_clear_and_in_base64() -> None:
    value = CANARIES["SECRET_KEY"]

    assert found_in(f"x{value}x") == ["SECRET_KEY"]
    for before in ("", "a", "ab", "abc"):
        assert found_in(base64.b64encode(f"{before}{value}{before}".encode()).decode()) == ["SECRET_KEY"]


def test_no_secret_is_in_the_state_nor_in_the_configuration(deployed: Deployed) -> None:
    files = [path for path in (deployed.bench.folder / "state").rglob("*") if path.is_file()]
    texts = {path.name: path.read_text("utf-8") for path in [*files, deployed.bench.stack_file]}

    assert "dev.json" in texts
    assert '"ciphertext"' in texts["dev.json"]
    assert {name: found_in(text) for name, text in texts.items() if found_in(text)} == {}


def test_no_secret_is_in_what_preview_and_up_show(deployed: Deployed) -> None:
    for run in (deployed.preview, deployed.up):
        assert found_in(run.output) == []
        assert found_in(json.dumps(run.events)) == []


def test_no_secret_is_in_json_preview_or_verbose_program_log(deployed: Deployed) -> None:
    bench = deployed.bench
    before = bench.stack_file.read_text("utf-8")
    bench.configure(lambda config: config["pocdeploy:apps"]["polls"].update(env={"LOG_LEVEL": "DEBUG"}))
    bench.variables |= {**FRESH, "ENGINE_TESTS_DEBUG": "1"}
    run = bench.preview("--json", "-v=9", "--logtostderr")
    bench.variables.clear()
    bench.stack_file.write_text(before, "utf-8")
    lines = [line for line in run.output.splitlines() if not ENGINE_LOG.match(line)]

    assert run.code == 0
    assert any('"steps"' in line for line in lines)
    assert "resource registration prepared" in run.output  # the SDK's messages are there, too
    assert found_in("\n".join(lines)) == []


def test_no_secret_is_in_the_outputs_unless_asked_for(deployed: Deployed) -> None:
    hidden = deployed.bench.pulumi("stack", "output", "--stack", "dev", "--json")
    shown = deployed.bench.pulumi("stack", "output", "--stack", "dev", "--json", "--show-secrets")

    assert found_in(hidden.output) == []
    assert "ADMIN_PASSWORD" in found_in(shown.output)


def test_secrets_reach_only_what_may_hold_them_and_are_marked(deployed: Deployed) -> None:
    """Jobs, ConfigMaps, Deployments and Helm values have none, not even marked: a cluster shows those to anyone."""
    holders = {call.kind for call in deployed.upped.log if found_in(text(values.reveal(call.inputs)))}
    unmarked = [call.label for call in deployed.upped.log if found_in(text(without_secrets(call.inputs)))]

    assert holders == {"Secret"}
    assert unmarked == []


@pytest.mark.parametrize("pattern", ["Create Secret polls-credentials-admin", "Create Job polls-admin"])
def test_a_failure_shows_no_secret(mine: Bench, pattern: str) -> None:
    mine.configure(lambda config: config["pocdeploy:apps"]["polls"]["admin"].update(email="other@example.com"))
    mine.calls.when(pattern, before=refuse)
    run = mine.up("--diff")

    assert run.code != 0
    assert found_in(run.output) == []
    assert found_in(mine.state_file.read_text("utf-8")) == []


def text(value: Any) -> str:
    return json.dumps(value)


def without_secrets(value: Any) -> Any:
    if values.is_secret(value):
        return None
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items()}
    return [without_secrets(inner) for inner in value] if isinstance(value, list) else value
