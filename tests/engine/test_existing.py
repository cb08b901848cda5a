"""A cluster that is there already: what is left of it, what a killed run leaves in it, and two stacks in one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pocdeploy.stacks import create
from tests import fakecluster
from tests.engine.bench import ROOT, Bench

K3D = ROOT / "docs" / "stacks" / "k3d.yaml"
Make = Callable[[Path, str], Bench]


def cluster_of(bench: Bench) -> list[dict[str, object]]:
    (cluster,) = bench.world.existing.values()
    return cluster.given


def test_conflicting_objects_stop_preview_and_up_at_the_start(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    cluster_of(bench).append(fakecluster.namespace("polls", owner="somebody"))
    cluster_of(bench).append(fakecluster.operator("cloudnative-pg", "kube-system"))
    runs = [bench.preview(), bench.up()]

    for run in runs:
        assert run.code != 0
        assert "2 problems" in run.output
        assert "namespace polls: the namespace exists and does not belong to this stack" in run.output
        assert "databaseOperator.namespace kube-system" in run.output
    assert bench.calls.labels() == []
    assert bench.resources() == ["Stack pocdeploy-k3d"]


def test_existing_operator_is_used_and_kept(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    cluster_of(bench).extend([fakecluster.namespace("pg"), fakecluster.operator("cloudnative-pg", "pg")])
    used = {"install": False, "namespace": "pg"}
    bench.configure(lambda config: config["pocdeploy:cluster"].update(databaseOperator=used))
    preview = bench.preview()

    assert preview.code == 0, preview.output
    assert "Release cnpg" not in preview.steps()["create"]
    assert "Cluster polls-db" in preview.steps()["create"]


def test_metrics_server_of_others_is_left_alone(benches: Make) -> None:
    bench = benches(K3D, "k3d")
    (cluster,) = bench.world.existing.values()
    theirs = cluster.objects["Release", "kube-system", "metrics-server"] = {"values": {"replicas": 2}}
    bench.configure(lambda config: config["pocdeploy:cluster"].update(metricsServer=True))
    up = bench.up()
    cluster.given.append(fakecluster.metrics_api("kube-system/metrics-server"))  # as far as a real cluster shows it
    preview = bench.preview()

    assert up.code != 0
    assert "Helm release kube-system/metrics-server: a release of this name exists" in up.output
    assert cluster.objects["Release", "kube-system", "metrics-server"] is theirs
    assert preview.code != 0
    assert "pocdeploy set cluster.metricsServer false" in preview.output


def test_next_up_continues_a_killed_run(benches: Make) -> None:
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


def test_two_pull_requests_share_a_cluster_without_conflict(benches: Make) -> None:
    first = benches(ROOT / "docs" / "stacks" / "pr.yaml", "pr")
    own = {}
    for name in ("pr-5", "pr-6"):
        create.create_stack_file(first.project, name, template="pr", log=lambda _: None)
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
