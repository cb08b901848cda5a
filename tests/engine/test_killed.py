"""`kill -9` of the CLI at any call: the next `up` goes on from there, with no manual step."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.engine.bench import ROOT, Bench, Run
from tests.engine.calls import Call
from tests.engine.conftest import HOLD, Deployed, without_backups
from tests.engine.test_cluster import inventory
from tests.engine.world import RefusedError

UP = [
    "Create Command test-registry",
    "Create Command test-kind",
    "Create Image polls-image",
    "Create Command test-connect",
    "Create ConfigMap local-registry-hosting",
    "Create Namespace polls-namespace",
    "Create Secret polls-credentials-environment",
    "Create Release traefik",
    "Create Release cnpg",
    "Create Cluster polls-db",
    "Create Job polls-migrate",
    "Create Release monitoring",
    "Create Job polls-admin",
    "Create Deployment polls-deployment",
]
"""Operations of the first `up`, in an order in which they may come."""
CHANGE = [
    "Update Image polls-image",
    "Create Job polls-migrate",
    "Update Deployment polls-deployment",
    "Delete Job polls-migrate",
]
DESTROY = ["Delete Command test-registry", "Delete Command test-kind"]


class Killer:
    """Ends the CLI by SIGKILL at a chosen operation, in turn when the effect is there and just before it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.killed: list[str] = []

    def run(self, verb: str, target: str, later: Sequence[str]) -> Run:
        """Run until ``target``; the operations ``later`` are not let through, so that their turn can come."""
        processes: list[subprocess.Popen[str]] = []
        dead = threading.Event()
        before = len(self.killed) % 2 == 1

        def kill(call: Call) -> None:
            processes[0].kill()
            processes[0].wait()
            self.killed.append(f"{'before' if before else 'after'} {call.label}")
            dead.set()
            if before:
                raise RefusedError("the engine was killed")

        def wait(call: Call) -> None:
            dead.wait(HOLD)
            raise RefusedError("the engine was killed")

        self.bench.calls.clear()
        for label in later:
            self.bench.calls.when(label, before=wait)
        self.bench.calls.when(target, **{"before" if before else "after": kill})
        run = self.bench.operate(verb, watch=processes.append)
        self.bench.calls.clear()
        return run

    def each(self, verb: str, targets: Sequence[str]) -> Run:
        """Kill a command at each operation in turn, recovering each time; then let it end."""
        for index, target in enumerate(targets):
            run = self.run(verb, target, targets[index + 1 :])
            assert run.code == -signal.SIGKILL, f"{target}: {run.output}"
            assert self.bench.recover() != [], target
        return self.bench.operate(verb)


def test_killed_creation_converges(deployed: Deployed, benches: Callable[[Path, str], Bench]) -> None:
    bench = benches(ROOT / "Pulumi.dev.yaml", "dev")
    bench.configure(without_backups)
    bench.saves_each_step = True
    killer = Killer(bench)

    up = killer.each("up", UP)
    unchanged = bench.up("--expect-no-changes")
    created = inventory(bench)

    assert [run.output for run in (up, unchanged) if run.code] == []
    assert len(set(killer.killed)) == len(UP) == 14
    assert set(created) == set(inventory(deployed.bench))
    # Names with a random end are others after the kill: the first object stays until its namespace goes.
    twice = {name.partition("/")[0] for name, count in Counter(created).items() if count > 1}
    assert twice <= {"Secret", "Job", "ConfigMap"}
    assert "pending operations" not in unchanged.output
    assert bench.state().get("pending_operations") is None


def test_killed_change_and_destroy_converge(mine: Bench) -> None:
    created = inventory(mine)
    touch(mine)
    killer = Killer(mine)

    changed = killer.each("up", CHANGE)
    rolled_out = inventory(mine)
    destroyed = killer.each("destroy", DESTROY)

    assert [run.output for run in (changed, destroyed) if run.code] == []
    assert len(set(killer.killed)) == len(CHANGE) + len(DESTROY) == 6
    assert set(rolled_out) == set(created)
    assert mine.state().get("pending_operations") is None
    assert mine.state().get("resources", []) == []
    assert (mine.world.clusters, mine.world.registries) == ({}, {})


def touch(bench: Bench) -> None:
    template = next((bench.project / "app" / "polls").rglob("*.html"))
    template.write_text(template.read_text("utf-8") + "\n<!-- changed -->\n", "utf-8")


def test_lock_of_killed_run_is_removed_of_running_one_is_kept(mine: Bench) -> None:
    touch(mine)
    processes: list[subprocess.Popen[str]] = []
    while_alive: list[list[str]] = []

    def recover_then_kill(call: Call) -> None:
        while_alive.append(mine.recover())
        processes[0].kill()
        processes[0].wait()

    mine.calls.when("Update Image polls-image", before=recover_then_kill)
    killed = mine.operate("up", watch=processes.append)
    mine.calls.clear()
    locked = mine.up()
    # The moment in which this happens by itself is too short to be met on purpose.
    mine.state_file.with_name(f"{mine.state_file.name}.attrs").write_bytes(b"")
    unreadable = mine.pulumi("stack", "export", "--stack", mine.stack)
    recovered = mine.recover()
    after = mine.up()

    assert killed.code == -signal.SIGKILL
    assert while_alive == [[]]
    assert "currently locked" in locked.output
    assert locked.code != 0
    assert "failed to load checkpoint" in unreadable.output
    assert recovered == [f"The last run of dev was killed (process {processes[0].pid}); its lock has been removed"]
    assert after.code == 0, after.output
