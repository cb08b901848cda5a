"""Every stack file of the repository, from nothing to nothing; and two stacks side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from pocdeploy import commands, ownstack
from tests.engine.bench import ROOT, Bench, ordered
from tests.engine.conftest import STACK_FILES

OTHERS = [file for file in STACK_FILES if file.name != "Pulumi.dev.yaml"]
Make = Callable[[Path, str], Bench]


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: file.stem)
def test_a_stack_file_goes_up_stays_as_it_is_and_goes_down(benches: Make, file: Path) -> None:
    bench = benches(file, file.stem.split(".")[-1])
    preview = bench.preview()
    previewed = bench.calls.labels()
    up = bench.up()
    created = bench.calls.effects()
    again = bench.up("--expect-no-changes")
    changed = bench.calls.effects()[len(created) :]
    destroy = bench.destroy()

    assert preview.code == 0, preview.output
    assert previewed == []
    assert up.code == 0, up.output
    assert up.steps() == preview.steps()
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


def applications(file: Path) -> list[str]:
    return sorted(yaml.safe_load(file.read_text("utf-8"))["config"].get("pocdeploy:apps", {"polls": {}}))


def test_two_stacks_go_up_at_once_and_do_not_touch_each_other(benches: Make) -> None:
    data = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text("utf-8"))
    first = benches(ROOT / "Pulumi.dev.yaml", "dev")
    second = Bench(first.folder, stack="second", world=first.world, calls=first.calls, providers=first.providers)
    data["config"]["pocdeploy:cluster"] |= {"name": "second", "httpPort": 8080, "httpsPort": 8443, "registryPort": 5002}
    second.stack_file.write_text(yaml.safe_dump(data), "utf-8")
    init = second.pulumi("stack", "init", "second")

    with ThreadPoolExecutor(2) as both:
        runs = list(both.map(Bench.up, (first, second)))
    down = first.destroy()
    again = second.up("--expect-no-changes")

    assert init.code == 0, init.output
    assert [run.code for run in (*runs, down, again)] == [0, 0, 0, 0], [run.output for run in (*runs, down, again)]
    assert list(first.world.clusters) == ["second"]
    assert list(first.world.registries) == ["localhost:5002"]
    assert first.state().get("resources", []) == []


def test_stacks_of_two_developers_are_written_down_and_go_up_side_by_side(benches: Make) -> None:
    alice = benches(ROOT / "Pulumi.dev.yaml", "dev")
    own = {}
    for name in ("alice", "bob"):
        ownstack.ensure(alice.project, name, log=lambda _: None, run=no_docker, is_busy=lambda _: False)
        own[name] = Bench(alice.folder, stack=name, world=alice.world, calls=alice.calls, providers=alice.providers)
    inits = [bench.pulumi("stack", "init", name) for name, bench in own.items()]
    with ThreadPoolExecutor(2) as both:
        runs = list(both.map(Bench.up, own.values()))
    again = own["bob"].up("--expect-no-changes")
    down = own["alice"].destroy()
    left = own["bob"].preview("--expect-no-changes")

    assert [run.code for run in (*inits, *runs, again, down, left)] == [0] * 7, [run.output for run in (*runs, down)]
    assert list(alice.world.clusters) == ["bob"]
    assert len(alice.world.registries) == 1


def no_docker(*_: object, **__: object) -> commands.Result:
    return commands.Result(code=127)
