"""Every stack file of the repository, from nothing to nothing; and two stacks side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pocdeploy import process
from pocdeploy.config import stack_file
from pocdeploy.docker import ports
from pocdeploy.stacks import create
from tests import fakecluster
from tests.engine import values
from tests.engine.bench import ROOT, Bench, ordered
from tests.engine.conftest import STACK_FILES

ELSEWHERE = {"Pulumi.dev.yaml": "deployed", "Pulumi.eks.yaml": "test_aws.py", "pr.yaml": "test_existing.py"}
"""Where the other stacks are taken up and down, with more to look at."""
OTHERS = [file for file in STACK_FILES if file.name not in ELSEWHERE]
Make = Callable[[Path, str], Bench]


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: file.stem)
def test_a_stack_file_goes_up_stays_as_it_is_and_goes_down(benches: Make, file: Path) -> None:
    bench = benches(file, file.stem.split(".")[-1])
    preview = bench.preview()
    previewed = bench.calls.labels()
    up = bench.up()
    created = bench.calls.effects()
    shown = [preview.output, up.output, *users_credentials_may_be_in(bench)]
    again = bench.up("--expect-no-changes")
    changed = bench.calls.effects()[len(created) :]
    destroy = bench.destroy()

    assert preview.code == 0, preview.output
    assert previewed == []
    assert up.code == 0, up.output
    assert up.steps() == preview.steps()
    assert [text for text in shown if fakecluster.USER_MARK in text] == []
    for app in applications(file):
        before = [call for call in created if call.label in (f"Create Job {app}-migrate", f"Create Job {app}-admin")]
        (deployment,) = (call for call in created if call.label == f"Create Deployment {app}-deployment")
        assert [call.label for call in before if not ordered(call, deployment)] == []
    assert again.code == 0, again.output
    assert changed == []
    assert destroy.code == 0, destroy.output
    assert bench.state().get("resources", []) == []
    assert (bench.world.clusters, bench.world.registries) == ({}, {})
    # What was there before is there, and nothing else.
    assert [cluster.names() for cluster in bench.world.existing.values()] in ([], [[]])


def users_credentials_may_be_in(bench: Bench) -> list[str]:
    """Return everything visible of a stack in an existing cluster: the state with decrypted secrets, and all inputs."""
    if not bench.world.existing:
        return []
    exported = bench.pulumi("stack", "export", "--stack", bench.stack, "--show-secrets")
    assert exported.code == 0, exported.output
    return [exported.output, json.dumps([values.reveal(call.inputs) for call in bench.calls.log])]


def applications(file: Path) -> list[str]:
    return sorted(stack_file.document(file).data["config"].get("pocdeploy:apps", {"polls": {}}))


def test_stacks_of_two_developers_go_up_at_once(benches: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    # Containers and ports of this machine must not decide which ports the stacks get.
    monkeypatch.setattr(process, "run", no_docker)
    monkeypatch.setattr(ports, "is_taken", lambda port: False)
    template = benches(ROOT / "Pulumi.dev.yaml", "dev")
    own = {}
    for name in ("alice", "bob"):
        create.create_stack_file(template.project, name, template="dev", log=lambda _: None)
        own[name] = template.beside(name)
    inits = [bench.pulumi("stack", "init", name) for name, bench in own.items()]
    with ThreadPoolExecutor(2) as both:
        runs = list(both.map(Bench.up, own.values()))
    made = (sorted(template.world.clusters), len(template.world.registries))
    down = own["alice"].destroy()
    again = own["bob"].up("--expect-no-changes")

    assert [run.code for run in (*inits, *runs, down, again)] == [0] * 6, [run.output for run in (*runs, down, again)]
    assert made == (["alice", "bob"], 2)
    assert list(template.world.clusters) == ["bob"]
    assert len(template.world.registries) == 1
    assert own["alice"].state().get("resources", []) == []


def no_docker(*_: object, **__: object) -> process.Result:
    return process.Result(code=127)
