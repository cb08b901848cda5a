"""The policy pack in the real engine: it passes the program, and refuses what somebody adds to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.bench import Bench
from tests.engine.conftest import Deployed
from tests.engine.policies import pack
from tests.engine.previews import EXPOSED, program


@pytest.fixture
def policies(tmp_path: Path) -> Iterator[Path]:
    with pack(tmp_path) as (folder, _):
        yield folder


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
