"""One deployed stack, shared by the tests that look at it, and copies of it for those that change it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer

from pocdeploy.config import stack_file
from tests.engine import bench, preloaded, workers
from tests.engine.bench import ROOT, Bench, Run
from tests.engine.calls import Call, Calls

CANARIES = {"SECRET_KEY": "canary-secret-key-7c21", "ADMIN_PASSWORD": "canary-admin-password-9e44"}
"""Secrets that a person has set; none of them may be found in clear anywhere."""
HOLD = 60  # seconds; only waited for if the order is wrong
STANDINS = Path(__file__).parent / "standins"
STACK_FILES = sorted([*ROOT.glob("Pulumi.*.yaml"), *ROOT.glob("docs/stacks/*.yaml")])


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The stack `dev` with secrets of its own, from nothing to done."""

    bench: Bench
    preview: Run
    previewed: Calls
    up: Run
    upped: Calls
    held: dict[str, bool]
    """Call that was held back -> whether what does not wait for it went on meanwhile."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that they do not go on alone when all others are done."""
    items.sort(key=lambda item: workers.order(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> workers.Groups:
    """Give each group of tests to one worker, in the order above."""
    config.option.loadscopereorder = False
    return workers.Groups(config, log)


@pytest.fixture(scope="session", autouse=True)
def _cli() -> None:
    bench.cli()


@pytest.fixture(scope="session", autouse=True)
def _packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ask pip once which packages there are: see ``standins/pip``. Only here, as benchmarks are to pay for it."""
    command = [sys.executable, "-m", "pip", "list", "-v", "--format", "json"]
    answer = tmp_path_factory.mktemp("pip") / "packages.json"
    answer.write_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENGINE_TESTS_PIP", str(answer))
        patch.setenv("PYTHONPATH", str(STANDINS))
        with preloaded.serve():
            yield


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Deploy the stack `dev`, while four operations are held back until others have begun."""
    dev = new_bench(tmp_path_factory.mktemp("dev") / "bench", ROOT / "Pulumi.dev.yaml", "dev")
    dev.saves_each_step = False
    # Backups have tests of their own: test_backups.py, test_stacks.py, test_upgrade.py.
    dev.configure(without_backups)
    with bench.attached(dev):
        for name, value in CANARIES.items():
            dev.set_secret("polls", name, value)
        preview = dev.preview("--diff")
        previewed = Calls(log=list(dev.calls.log))
        dev.calls.clear()
        held = {
            "Create Command test-kind": hold(dev.calls, "Create Command test-kind", until="Create Image polls-image"),
            # Whatever goes into the namespace and does not wait for it has time enough to come too early.
            "Create Namespace polls-namespace": hold(
                dev.calls, "Create Namespace polls-namespace", until="Create Release monitoring"
            ),
            "Create Release monitoring": hold(dev.calls, "Create Release monitoring", until="Create Deployment *"),
            "Create ConfigMap polls-db-verified": hold(
                dev.calls, "Create ConfigMap polls-db-verified", until="Create Deployment *"
            ),
        }
        dev.world.database_phases += ["Setting up primary", "Creating a new replica"]
        up = dev.up()
        upped = Calls(log=list(dev.calls.log))
        dev.calls.clear()
        assert up.code == 0, up.output
        yield Deployed(
            bench=dev,
            preview=preview,
            previewed=previewed,
            up=up,
            upped=upped,
            held={label: happened == [True] for label, happened in held.items()},
        )


@pytest.fixture
def mine(deployed: Deployed, tmp_path: Path) -> Iterator[Bench]:
    """Return a copy of the deployed stack that a test may change."""
    with bench.attached(bench.copy_of(deployed.bench, tmp_path / "bench")) as own:
        yield own


@pytest.fixture
def quick(mine: Bench) -> None:
    """Let the state of ``mine`` be written when a run has ended: for tests in which each run does, and well."""
    mine.saves_each_step = False


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[Any]:
    """Return a function that makes a bench for a stack's file, with nothing deployed, and serves its providers.

    Its state is written when a run has ended, unless ``saves_each_step`` is set.
    """
    with ExitStack() as stack:

        def make(file: Path, name: str) -> Bench:
            made = new_bench(tmp_path / name, file, name)
            made.saves_each_step = False
            return stack.enter_context(bench.attached(made))

        yield make


def new_bench(folder: Path, file: Path, stack: str) -> Bench:
    """Lay out a project for a stack's file, with an empty stack."""
    bench.make_project(folder, file, stack)
    made = Bench(folder, stack=stack)
    made.configure(_without_network)
    bench.make_archives(made.project, stack_file.document(file).data["config"])
    made.begin()
    return made


def without_backups(config: dict[str, Any]) -> None:
    """Keep no backups, which would be the default on Kind."""
    config["pocdeploy:backups"] = {"store": "none"}


def _without_network(config: dict[str, Any]) -> None:
    """Say who reaches the API of a cluster on AWS, where this machine's address would be asked of the network."""
    cluster = config.get("pocdeploy:cluster", {})
    if cluster.get("type") == "eks":
        cluster.setdefault("publicAccessCidrs", ["192.0.2.7/32"])


def hold(calls: Calls, label: str, *, until: str) -> list[bool]:
    """Hold a call back until another one has begun; the list then tells whether that happened while it was held."""
    begun = threading.Event()
    happened: list[bool] = []

    def begin(call: Call) -> None:
        begun.set()

    def wait(call: Call) -> None:
        happened.append(begun.wait(HOLD))

    calls.when(until, before=begin)
    calls.when(label, after=wait)
    return happened
