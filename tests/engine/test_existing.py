"""A cluster that is there already: what is left of it, what a killed run leaves in it, and one of another stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import yaml

from pocdeploy import ownstack
from tests import fakecluster
from tests.engine import values
from tests.engine.bench import ROOT, Bench
from tests.engine.world import KUBECONFIG_MARK

K3D = ROOT / "docs" / "stacks" / "k3d.yaml"
Make = Callable[[Path, str], Bench]


def cluster_of(bench: Bench) -> list[dict[str, object]]:
    (cluster,) = bench.world.existing.values()
    return cluster.given


def test_what_somebody_else_has_made_stops_preview_and_up_before_anything_is_done(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    cluster_of(bench).append(fakecluster.namespace("polls", owner="somebody"))
    cluster_of(bench).append(fakecluster.operator("cloudnative-pg", "kube-system"))
    runs = [bench.preview(), bench.up()]

    for run in runs:
        assert run.code != 0
        assert "2 problems" in run.output
        assert "namespace polls: it is in the cluster already" in run.output
        assert "databaseOperator.namespace' kube-system" in run.output
    assert bench.calls.labels() == []
    assert bench.resources() == ["Stack pocdeploy-k3d"]


def test_an_operator_that_is_there_is_used_and_stays(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    cluster_of(bench).extend([fakecluster.namespace("pg"), fakecluster.operator("cloudnative-pg", "pg")])
    used = {"install": False, "namespace": "pg"}
    bench.configure(lambda config: config["pocdeploy:cluster"].update(databaseOperator=used))
    preview = bench.preview()

    assert preview.code == 0, preview.output
    assert "Release cnpg" not in preview.steps()["create"]
    assert "Cluster polls-db" in preview.steps()["create"]


def test_a_killed_run_is_gone_on_with(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    bench.saves_each_step = True
    calls, killed = bench.calls, []
    process = {}

    def kill(_: object) -> None:
        killed.append(True)
        process["it"].kill()

    calls.when("Create Deployment polls-deployment", after=kill)
    bench.operate("up", watch=lambda it: process.update(it=it))
    calls.clear()
    bench.recover()
    run = bench.up()

    assert killed
    assert run.code == 0, run.output
    assert bench.up("--expect-no-changes").code == 0


def test_the_users_credentials_are_in_no_state_and_in_no_output(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    run = bench.up()
    exported = bench.pulumi("stack", "export", "--stack", "k3d", "--show-secrets")
    inputs = [values.reveal(call.inputs) for call in bench.calls.log]

    assert run.code == 0, run.output
    assert exported.code == 0
    assert fakecluster.USER_MARK not in run.output + exported.output + json.dumps(inputs)


def test_a_cluster_of_another_stack_is_reached_by_its_output(benches: Make) -> None:
    first = benches(ROOT / "Pulumi.dev.yaml", "dev")
    up = first.up()
    config = {
        "pocdeploy:cluster": {
            "type": "existing",
            "stackReference": {"stack": "organization/pocdeploy/dev"},
            "registry": {"push": "localhost:5001"},
            "databaseOperator": {"install": False, "namespace": "cnpg-system"},
            "gateway": {"install": False, "namespace": "gateway", "ingressClass": "traefik"},
        },
        "pocdeploy:apps": {"second": {"path": "app/polls", "patches": "patches/polls"}},
        "pocdeploy:monitoring": {"profile": "off"},
    }
    second = first.beside("second")
    second.stack_file.write_text(yaml.safe_dump({"config": config}), "utf-8")
    init = second.pulumi("stack", "init", "second")
    (cluster,) = first.world.clusters.values()
    before = cluster.names()
    cluster.given.extend([fakecluster.node(), fakecluster.storage_class("standard", default=True)])
    runs = [second.up(), second.up("--expect-no-changes")]
    there = cluster.names()
    destroy = second.destroy()
    outputs = first.pulumi("stack", "output", "--stack", "dev", "--json")

    assert (up.code, init.code) == (0, 0), up.output
    assert [run.code for run in (*runs, destroy)] == [0, 0, 0], [run.output for run in (*runs, destroy)]
    assert "Deployment/second/second" in there
    assert cluster.names() == before
    assert "kubeconfig" in json.loads(outputs.output)
    for text in (outputs.output, second.state_file.read_text("utf-8"), *(run.output for run in runs)):
        assert KUBECONFIG_MARK not in text


def test_environments_of_two_pull_requests_are_in_one_cluster_and_do_not_touch_each_other(benches: Make) -> None:
    first = benches(ROOT / "docs" / "stacks" / "pr.yaml", "pr")
    own = {}
    for name in ("pr-5", "pr-6"):
        ownstack.ensure(first.project, name, template="pr", log=lambda _: None)
        own[name] = first.beside(name)
    inits = [bench.pulumi("stack", "init", name) for name, bench in own.items()]
    (cluster,) = first.world.existing.values()
    before = cluster.names()
    ups = [bench.up() for bench in own.values()]
    urls = [
        json.loads(bench.pulumi("stack", "output", "--stack", name, "--json").output) for name, bench in own.items()
    ]
    # Another runner removes it, which has never seen the stack's file.
    own["pr-5"].stack_file.unlink()
    down = own["pr-5"].destroy()
    left = own["pr-6"].preview("--expect-no-changes")
    there = cluster.names()
    last = own["pr-6"].destroy()

    assert [run.code for run in (*inits, *ups, down, left, last)] == [0] * 7, [run.output for run in (*ups, down, left)]
    assert [found["url"] for found in urls] == [f"http://pr-{number}.polls.pr.example.com/" for number in (5, 6)]
    assert "Deployment/pr-6-polls/pr-6-polls" in there
    assert not [name for name in there if "pr-5" in name]
    assert cluster.names() == before
