"""The policy pack in the real engine: it accepts the program, and rejects an exposed Service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.bench import Bench
from tests.engine.conftest import Deployed
from tests.engine.policies import pack

EXPOSED = """
import pulumi_kubernetes as k8s
k8s.core.v1.Service("debug", metadata={"namespace": "polls", "labels": {}}, spec={"type": "LoadBalancer"})
"""


@pytest.fixture
def policies(tmp_path: Path) -> Iterator[Path]:
    with pack(tmp_path) as (folder, _):
        yield folder


@contextmanager
def program(bench: Bench, more: str) -> Iterator[None]:
    """Add lines to the program for one preview."""
    file = bench.project / "__main__.py"
    text = file.read_text("utf-8")
    file.unlink()
    file.write_text(text + more, "utf-8")
    yield
    file.write_text(text, "utf-8")


def violations(bench: Bench, policies: Path) -> tuple[int, set[tuple[str, str]]]:
    run = bench.preview("--policy-pack", str(policies))
    events = [event["policyEvent"] for event in run.events if "policyEvent" in event]
    return run.code, {(event["policyName"], event["resourceUrn"].rsplit("::", 1)[-1]) for event in events}


def test_the_program_passes_and_an_exposed_service_does_not(deployed: Deployed, policies: Path) -> None:
    bench = deployed.bench
    good = violations(bench, policies)
    with program(bench, EXPOSED):
        code, found = violations(bench, policies)

    assert good == (0, set())
    assert code != 0
    assert found == {("no-public-exposure", "debug"), ("standard-labels", "debug")}
    assert bench.calls.effects() == []
