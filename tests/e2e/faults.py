"""Faults that must lose nothing: `make faults` makes a stack, breaks it in many ways, and counts votes all the while.

Runs from a clone of the repository, on real Docker and Kind, like tests/e2e/test_walk.py; POCDEPLOY_E2E_STACK as there.
After each fault: every acknowledged vote is in the database, and `python -m pocdeploy validate` is green without help.
The table goes to stdout. Options: names of faults to run (default: all), --list, --no-docker-restart, --docker-restart
with the command that restarts Docker on this machine, --keep to leave the stack, --on to go on with one that was left.
"""

# ruff: noqa: T201 -- a program for a person
from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e import page
from tests.e2e.browser import Browser
from tests.e2e.layout import STACK, make_clone
from tests.e2e.ledger import Ledger
from tests.e2e.test_walk import Walk, docker

RECOVERY = 300.0  # seconds until votes have to be taken again
VALIDATE_ATTEMPTS, VALIDATE_PAUSE = 30, 10.0  # a node needs minutes to be ready again
CHOICE = "Ledger"
NAMESPACE = "polls"


@dataclass
class Stage:
    """A deployed stack with somebody who votes."""

    walk: Walk
    ledger: Ledger
    docker_restart: str
    """Command of a shell that restarts Docker."""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def up(self, *, fails: bool = False) -> None:
        self.walk.make("up", name="up", fails=fails)

    def start_up(self) -> subprocess.Popen[bytes]:
        """Begin an `up` of a changed page, in a process group of its own."""
        page.change(self.walk.folder, f"<!-- {time.time()} -->")
        log = (self.walk.folder.parent / "interrupted.log").open("ab")
        command = ["make", "up", f"STACK={STACK}", "YES=1"]
        return subprocess.Popen(command, cwd=self.walk.folder, stdout=log, stderr=log, start_new_session=True)

    def counted(self) -> int:
        """Return the votes in the primary; waits for one to be there."""
        deadline = time.monotonic() + RECOVERY
        which = f"choice_text = '{CHOICE}' AND question_id = {self.ledger.question}"
        query = f"SELECT votes FROM polls_choice WHERE {which}"  # noqa: S608 -- a constant and a number
        while True:
            try:
                return int(self.walk.psql(self.walk.primary(), query))
            except (subprocess.CalledProcessError, ValueError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)


def edit(walk: Walk, file: str, old: str, new: str) -> Callable[[], None]:
    """Change a file of the clone; return what puts it back."""
    path = walk.folder / file
    before = path.read_text()
    assert old in before, f"{file} has no {old}"
    path.write_text(before.replace(old, new, 1))
    return lambda: path.write_text(before) and None


def kill_primary_pod(stage: Stage) -> None:
    """Kill the primary's pod by force."""
    pod = stage.walk.primary()
    stage.walk.kubectl("-n", NAMESPACE, "delete", "pod", pod, "--force", "--grace-period=0", "--wait=false")


def kill_primary_node(stage: Stage) -> None:
    """Kill the container of the primary's node, and start it again when votes are taken once more."""
    node = node_of(stage, stage.walk.primary())
    docker("kill", node)
    stage.ledger.wait_for_votes(5, RECOVERY)
    docker("start", node)


def drain_worker(stage: Stage) -> None:
    """Drain a node that has a replica, then let it take pods again."""
    replica = ("pod", "-l", "cnpg.io/instanceRole=replica", "-o", "jsonpath={.items[0].spec.nodeName}")
    _drain(stage, stage.walk.kubectl("-n", NAMESPACE, "get", *replica))


def drain_primary_node(stage: Stage) -> None:
    """Drain the primary's node: its operator has to move it first."""
    _drain(stage, node_of(stage, stage.walk.primary()))


def _drain(stage: Stage, node: str) -> None:
    try:
        stage.walk.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=240s")
    finally:
        stage.walk.kubectl("uncordon", node)


def restart_operator(stage: Stage) -> None:
    """Restart CloudNativePG's operator."""
    selector = ("-l", "app.kubernetes.io/name=cloudnative-pg")
    stage.walk.kubectl("-n", "cnpg-system", "delete", "pod", *selector, "--wait=true")


def restart_docker(stage: Stage) -> None:
    """Restart Docker, and bring the stack back as its user would: with `resume`."""
    subprocess.run(["bash", "-c", stage.docker_restart], check=True)
    assert pocdeploy(stage.walk, "resume") == 0, "resume failed"


def roll_application(stage: Stage) -> None:
    """Release a changed page."""
    page.change(stage.walk.folder, "<!-- rolled -->")
    stage.up()


def bad_image(stage: Stage) -> None:
    """Release an image that crashes, then the fixed one."""
    undo = edit(stage.walk, "app/polls/mysite/wsgi.py", "import os", 'import os\n\nraise RuntimeError("bad")')
    try:
        stage.up(fails=True)
    finally:
        undo()
    stage.up()


def bad_migration(stage: Stage) -> None:
    """Release a migration that fails, then one that breaks the running release, then go back."""
    file = stage.walk.folder / "app/polls/polls/migrations/0002_bad.py"
    for operation in ('migrations.RunSQL("SELECT 1/0")', 'migrations.RenameField("choice", "votes", "ballots")'):
        file.write_text(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
            f'    dependencies = [("polls", "0001_initial")]\n    operations = [{operation}]\n'
        )
        try:
            stage.up(fails=True)
        finally:
            file.unlink()
    stage.up()


def fill_volume(stage: Stage) -> None:
    """Fill the primary's volume to 95 %, go on voting, then free it."""
    inside = ("-n", NAMESPACE, "exec", stage.walk.primary(), "-c", "postgres", "--", "bash", "-c")
    data, ballast = "/var/lib/postgresql/data", "/var/lib/postgresql/data/ballast"
    try:
        fill = f"read -r size used < <(df --output=size,used -B1 {data} | tail -1)"
        stage.walk.kubectl(*inside, f"{fill}; fallocate -l $((size * 95 / 100 - used)) {ballast}; df -h {data} >&2")
        assert stage.ledger.wait_for_votes(200, RECOVERY), "no votes on a volume that is nearly full"
    finally:
        stage.walk.kubectl(*inside, f"rm -f {ballast}")


@contextmanager
def small_volumes(stage: Stage) -> Iterator[None]:
    """Give each instance a file system of its own meanwhile, little larger than what is in it.

    With Kind's storage class a volume is a directory of the node, and the host's whole disk must not be filled.
    """
    found = json.loads(stage.walk.kubectl("get", "persistentvolume", "-o", "json"))["items"]
    volumes = [
        (
            volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"][0],
            (volume["spec"].get("hostPath") or volume["spec"]["local"])["path"],
        )
        for volume in found
        if volume["spec"]["claimRef"]["namespace"] == NAMESPACE
    ]
    _while_paused(
        stage,
        volumes,
        'size=$(($(du -sm "$0" | cut -f1) + 256)); mv "$0" "$0.full"; mkdir "$0"; '
        'mount -t tmpfs -o "size=${size}m" tmpfs "$0"; cp -a "$0.full/." "$0"',
    )
    try:
        yield
    finally:
        _while_paused(stage, volumes, 'cp -a "$0" "$0.new"; umount "$0"; rm -r "$0" "$0.full"; mv "$0.new" "$0"')


def _while_paused(stage: Stage, volumes: Sequence[tuple[str, str]], script: str) -> None:
    stage.walk.make("pause")
    for node, path in volumes:
        docker("exec", node, "bash", "-euc", script, path)
    stage.walk.make("wake")
    assert stage.ledger.wait_for_votes(20, RECOVERY), "votes fail after the pause"
    assert validated(stage.walk) is not None, "the stack is not well after the pause"


def interrupt_up(stage: Stage) -> None:
    """Press Ctrl-C during an `up`, then run it to its end."""
    _interrupted(stage, signal.SIGINT)


def kill_up(stage: Stage) -> None:
    """Kill an `up` with all its processes by force, then run it to its end."""
    _interrupted(stage, signal.SIGKILL)


def _interrupted(stage: Stage, how: signal.Signals) -> None:
    process = stage.start_up()
    log = stage.walk.folder.parent / "interrupted.log"
    seen, deadline = log.stat().st_size, time.monotonic() + 120
    # In the middle: when Pulumi has begun to change something.
    while b"updating" not in log.read_bytes()[seen:] and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, how)
    process.wait()
    stage.up()


FAULTS: dict[str, Callable[[Stage], None]] = {
    "kill the primary's pod": kill_primary_pod,
    "kill the primary's node": kill_primary_node,
    "drain a worker": drain_worker,
    "drain the primary's node": drain_primary_node,
    "restart the operator": restart_operator,
    "roll the application": roll_application,
    "bad image": bad_image,
    "bad migration": bad_migration,
    "fill the volume": fill_volume,
    "Ctrl-C during up": interrupt_up,
    "kill -9 during up": kill_up,
    "restart Docker": restart_docker,
}


AROUND: dict[str, Callable[[Stage], AbstractContextManager[None]]] = {"fill the volume": small_volumes}
"""What has to be there for a fault, and is no part of it."""


def node_of(stage: Stage, pod: str) -> str:
    """Return the node that a pod runs on."""
    return stage.walk.kubectl("-n", NAMESPACE, "get", "pod", pod, "-o", "jsonpath={.spec.nodeName}")


def pocdeploy(walk: Walk, *arguments: str) -> int:
    """Run a command of the clone; return its exit code."""
    command = [".venv/bin/python", "-m", "pocdeploy", *arguments, "--stack", STACK]
    return subprocess.run(command, cwd=walk.folder, capture_output=True, check=False).returncode


def validated(walk: Walk) -> float | None:
    """Return after how many seconds all was well again without help, or None."""
    started = time.monotonic()
    for _ in range(VALIDATE_ATTEMPTS):
        if pocdeploy(walk, "validate") == 0:
            return time.monotonic() - started
        time.sleep(VALIDATE_PAUSE)
    return None


def run(stage: Stage, name: str) -> bool:
    """Let one fault happen, note what came of it, and return whether nothing was lost and all is well."""
    with AROUND.get(name, lambda _: nullcontext())(stage):
        return _run(stage, name)


def _run(stage: Stage, name: str) -> bool:
    ledger, trouble = stage.ledger, ""
    assert ledger.wait_for_votes(20, RECOVERY), "votes fail"
    ledger.mark()
    started = time.monotonic()
    try:
        FAULTS[name](stage)
    except (AssertionError, OSError, subprocess.CalledProcessError) as error:
        trouble = " ".join(str(error).split())[-120:]
    took = time.monotonic() - started
    again = ledger.wait_for_votes(10, RECOVERY)
    outage, errors = ledger.measured()
    acknowledged, cast = ledger.pause()
    try:
        counted = stage.counted()
    finally:
        ledger.resume()
    green = validated(stage.walk)
    lost = max(0, acknowledged - counted)
    well = "no" if green is None else f"after {green:.0f} s"
    ok = again and lost == 0 and counted <= cast and green is not None and not trouble
    cells = (
        f"{took:.0f} s",
        str(acknowledged),
        str(lost),
        f"{outage:.1f} s",
        str(len(errors)),
        well,
        trouble or "none",
    )
    stage.rows.append((name, *cells))
    print(f"{name}: {'ok' if ok else 'NOT ok'}: {', '.join(cells)}", file=sys.stderr)
    return ok


def table(rows: list[tuple[str, ...]]) -> str:
    """Return the results as Markdown."""
    head = ("Fault", "Took", "Acknowledged so far", "Lost", "Write outage", "Failed votes", "validate green", "Trouble")
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


def main() -> int:
    """Run the faults; return 0 if none of them lost a vote or left anything broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="fault", help="default: all")
    parser.add_argument("--list", action="store_true", help="print the names of all faults")
    parser.add_argument("--no-docker-restart", action="store_true", help="leave out: restart Docker")
    parser.add_argument("--docker-restart", default="systemctl restart docker", metavar="COMMAND")
    parser.add_argument("--on", type=Path, metavar="CLONE", help="a clone whose stack is up, as --keep leaves it")
    parser.add_argument("--keep", action="store_true", help="leave the stack for a look")
    given = parser.parse_args()
    if given.list:
        print("\n".join(FAULTS))
        return 0
    if unknown := set(given.faults) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; --list names them")
    chosen = [name for name in given.faults or FAULTS if not (given.no_docker_restart and name == "restart Docker")]
    folder = given.on or Path(tempfile.mkdtemp(prefix="pocdeploy-faults-")) / "pocdeploy"
    walk = Walk(folder)
    try:
        if given.on is None:
            make_clone(folder)
            walk.make("up", name="up from nothing")
        outputs = walk.outputs()
        browser = Browser(outputs["url"])
        browser.sign_in(outputs["adminUsername"], outputs["adminPassword"])
        question = browser.create_question("Is every vote kept?", [CHOICE, "Another"])
        with Ledger(outputs["url"], question, CHOICE) as ledger:
            # The last replica joins after `up` has ended: the first fault must not find a database still growing.
            assert validated(walk) is not None, "the stack is not well before the first fault"
            stage = Stage(walk, ledger, given.docker_restart)
            results = [run(stage, name) for name in chosen]
        print(table(stage.rows))
        print(f"The stack is that of {folder}." if given.keep else "")
        return 0 if all(results) else 1
    finally:
        if not given.keep:
            walk.make("down", "YES_DESTROY=1")


if __name__ == "__main__":
    sys.exit(main())
