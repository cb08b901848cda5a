"""The planner of `tests/program` agrees with the engine on the steps from a deployed stack to other configurations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pocdeploy.config import stack_file
from pocdeploy.stacks import data_loss
from pocdeploy.stacks.data_loss import losses
from pocdeploy.stacks.deployed import PROVIDER
from pocdeploy.stacks.effective import effective
from tests import configurations, fakecluster
from tests.configurations import Config
from tests.engine import bench, states
from tests.engine.bench import Bench
from tests.program.planner import Planner, stored

PAIRS = {"dev": ("kind", 4), "gke": ("existing", 4), "eks": ("eks", 3)}
"""Stack of the last release -> type of its cluster, number of other configurations."""
SECRETS = {"polls": {"SECRET_KEY": "a-secret-set-by-the-owner"}}
"""What ``states.py`` sets."""


@pytest.fixture(scope="module", params=PAIRS)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made, _ = states.load(request.param, tmp_path_factory.mktemp(request.param) / "bench")
    with bench.attached(made), patch.dict(fakecluster.UIDS):
        yield made


def configuration(stack: Bench) -> Config:
    config = stack_file.document(stack.stack_file).data["config"]
    return {key.removeprefix("pocdeploy:"): it for key, it in config.items() if key != "pocdeploy:secrets"}


def deployed(stack: Bench, folder: Path) -> Planner:
    """Return a planner with the state of the stack."""
    exported = stack.pulumi("stack", "export", "--show-secrets", "--stack", stack.stack)
    resources = json.loads(exported.output)["deployment"]["resources"]
    planner = Planner(folder, stack=stack.stack, state=stored(resources), secrets=SECRETS)
    providers = planner.deployed.of_type(PROVIDER)
    fakecluster.UIDS["kube-system"] = next(str(it.outputs["clusterIdentifier"]) for it in providers)
    return planner


def engine_steps(stack: Bench, config: Config, allowed: str) -> list[str] | None:
    """Return the steps of the engine; None if the program refuses the configuration."""
    before = stack.stack_file.read_text("utf-8")
    stack.configure(lambda found: found.update({f"pocdeploy:{key}": value for key, value in config.items()}))
    stack.variables[data_loss.ALLOWED] = allowed
    run = stack.preview()
    stack.stack_file.write_text(before, "utf-8")
    parts = ("create-replacement", "delete-replaced")
    steps = [f"{op} {label}" for op, labels in run.steps().items() if op not in parts for label in labels]
    assert (run.code == 0) or not steps, run.output
    return sorted(steps) if run.code == 0 else None


def with_app(config: Config) -> Config | None:
    """Return a configuration that has the application with the secret, or None."""
    return config if "polls" in config["apps"] and configurations.is_valid(config) else None


def test_planner_and_engine_plan_the_same(stack: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    kind, count = PAIRS[stack.stack]
    planner, compared = deployed(stack, tmp_path_factory.mktemp("planner")), 0
    other = configurations.edited(configuration(stack), kind, least=2).filter(with_app)

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(other)
    def compare(config: Config) -> None:
        nonlocal compared
        named = losses(effective(configurations.checked(config), planner.deployed), planner.deployed)
        allowed = " ".join(loss.urn for loss in named)
        plan = planner.plan(config, allowed=allowed)
        expected = None if plan.refused else sorted(step.label for step in plan.steps)
        assert engine_steps(stack, config, allowed) == expected, json.dumps(config)
        compared += bool(expected)

    compare()
    assert compared >= count - 2
