"""The whole way, for real: `make up`, a vote in PostgreSQL, no change, a change under load, a bad image, `make down`.

Runs in a clone of the repository (see layout.py), against real Docker, Kind and plugins; `make e2e`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import page
from tests.e2e.browser import Browser, RequestLoop
from tests.e2e.layout import CONFIG, STACK, make_clone

OF_THE_OUTER_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "YES"}
QUESTION = "Does the whole way work?"


def missing() -> str | None:
    """Return why the walk cannot be done here, or None."""
    if not os.environ.get("POCDEPLOY_E2E"):
        return "POCDEPLOY_E2E is not set (`make e2e` sets it): the walk creates a cluster on this machine"
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        return "Docker does not answer"
    return None


pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


class Walk:
    """A clone of the repository with its own stack, and what the steps have to know of each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}
        self.question = 0
        self.cluster = CONFIG["config"]["pocdeploy:cluster"].get("name", "test")

    def make(self, *targets: str, name: str | None = None, fails: bool = False) -> str:
        """Run make as a user would; return its output."""
        started = time.monotonic()
        done = subprocess.run(
            ["make", *targets, f"STACK={STACK}", "YES=1"],
            cwd=self.folder,
            # As from a fresh shell: variables that this very test was called with are not the user's.
            env={name: value for name, value in os.environ.items() if name not in OF_THE_OUTER_MAKE},
            capture_output=True,
            text=True,
            check=False,
        )
        self.seconds[name or targets[0]] = time.monotonic() - started
        (self.folder.parent / f"{name or targets[0]}.log").write_text(done.stdout + done.stderr)
        if duration := re.search(r"Duration: (?:(\d+)m)?(\d+)s", done.stdout):
            self.seconds[f"{name or targets[0]} (Pulumi)"] = 60 * int(duration[1] or 0) + int(duration[2])
        assert (done.returncode != 0) is fails, done.stdout[-6000:] + done.stderr[-3000:]
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.make("outputs", "ARGS=--json --show-secrets"))

    def kubectl(self, *arguments: str) -> str:
        node = f"{self.cluster}-control-plane"
        command = ["docker", "exec", node, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        """Create or update objects in the cluster."""
        node = f"{self.cluster}-control-plane"
        command = ["docker", "exec", "-i", node, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"]
        objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        subprocess.run([*command, "apply", "-f", "-"], input=objects, capture_output=True, text=True, check=True)

    def primary(self) -> str:
        """Return the pod of the primary."""
        return self.kubectl("-n", "polls", "get", "cluster", "polls-db", "-o", "jsonpath={.status.currentPrimary}")

    def psql(self, pod: str, query: str) -> str:
        asked = ("-n", "polls", "exec", pod, "-c", "postgres", "--", "psql", "-tA", "polls", "-c", query)
        return self.kubectl(*asked).strip()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("walk") / "pocdeploy"
    make_clone(folder)
    walk = Walk(folder)
    yield walk
    print(json.dumps({step: round(seconds, 1) for step, seconds in walk.seconds.items()}))  # noqa: T201
    if f"{walk.cluster}-control-plane" in docker("ps", "-a", "--format", "{{.Names}}").split():
        walk.make("down", "YES_DESTROY=1")


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def test_up_gives_a_page(walk: Walk) -> None:
    walk.make("up", name="up from nothing")

    assert Browser(walk.outputs()["url"]).get("/")[0] == 200


def test_a_question_is_created_and_a_vote_found_on_a_replica(walk: Walk) -> None:
    outputs = walk.outputs()
    browser = Browser(outputs["url"])

    browser.sign_in(outputs["adminUsername"], outputs["adminPassword"])
    walk.question = browser.create_question(QUESTION, ["Yes", "No"])
    Browser(outputs["url"]).vote(walk.question, "Yes")

    replica = walk.kubectl(
        *("-n", "polls", "get", "pod", "-l", "cnpg.io/instanceRole=replica", "-o", "jsonpath={.items[0].metadata.name}")
    )
    assert walk.psql(replica, "SELECT pg_is_in_recovery()") == "t"
    query = "SELECT choice_text, votes FROM polls_choice ORDER BY id"
    assert walk.psql(replica, query).splitlines() == ["Yes|1", "No|0"]


def test_a_second_up_changes_nothing(walk: Walk) -> None:
    output = walk.make("up", name="up without a change")

    assert " unchanged" in output
    for word in ("updated", "replaced", "deleted", "created"):
        assert f" {word}\n" not in output


def test_the_state_is_what_the_cluster_says(walk: Walk) -> None:
    output = walk.make("preview", "ARGS=--refresh --expect-no-changes", name="preview with refresh")

    assert " unchanged" in output


def test_a_changed_line_is_rolled_out_without_a_failed_request(walk: Walk) -> None:
    page.change(walk.folder, "<!-- changed line -->")
    url = walk.outputs()["url"]

    with RequestLoop(url, until="changed line") as loop:
        walk.make("up", name="up with one changed line")
        assert loop.seen.wait(30), "the change is not served"
        walk.seconds["changed line served"] = loop.seconds

    assert loop.failed == []
    assert loop.answered > 100
    assert f"{QUESTION}" in Browser(url).get("/")[1]


def test_a_bad_image_is_explained_and_rolled_back(walk: Walk) -> None:
    wsgi = walk.folder / "app/polls/mysite/wsgi.py"
    good = wsgi.read_text()
    wsgi.write_text(good + '\nraise RuntimeError("this image is bad")\n')
    url = walk.outputs()["url"]

    with RequestLoop(url, until=QUESTION) as loop:
        output = walk.make("up", name="up with a bad image", fails=True)

    assert "RuntimeError: this image is bad" in output
    assert "Restored: revision" in output
    assert loop.failed == []
    assert loop.answered > 100

    wsgi.write_text(good)
    walk.make("up", name="up with the fixed image")
    assert " unchanged" in walk.make("preview", "ARGS=--refresh --expect-no-changes", name="preview after the fix")
    assert QUESTION in Browser(url).get("/")[1]


def test_killing_the_primary_loses_no_acknowledged_vote(walk: Walk) -> None:
    url = walk.outputs()["url"]
    killed = walk.primary()
    acknowledged, outage = 0, 0.0
    walk.kubectl("-n", "polls", "delete", "pod", killed, "--force", "--grace-period=0", "--wait=false")

    started = last = time.monotonic()
    after_failover = 0
    while after_failover < 3:
        assert time.monotonic() - started < 180, "no vote was taken for three minutes"
        try:
            Browser(url).vote(walk.question, "No")
        except (AssertionError, OSError):
            continue
        acknowledged += 1
        after_failover += walk.primary() != killed
        outage, last = max(outage, time.monotonic() - last), time.monotonic()
    walk.seconds["longest wait for a vote while the primary was killed"] = outage

    votes = walk.psql(walk.primary(), "SELECT votes FROM polls_choice WHERE choice_text = 'No'")
    # A vote whose answer was lost on its way may have been counted; one that was acknowledged must have been.
    assert int(votes) >= acknowledged


def test_down_leaves_nothing(walk: Walk) -> None:
    ports = CONFIG["config"]["pocdeploy:cluster"]
    before = walk.outputs()["imageRef"].split("/")[0]

    walk.make("down", "YES_DESTROY=1")

    names = docker("ps", "-a", "--format", "{{.Names}}").split()
    assert [name for name in names if name.startswith(f"{walk.cluster}-")] == []
    endpoints = json.loads(docker("network", "inspect", "kind"))[0]["Containers"].values()
    assert [end["Name"] for end in endpoints if end["Name"].startswith(f"{walk.cluster}-")] == []
    assert docker("image", "ls", "--filter", f"reference={before}/*", "-q") == ""
    backups = docker("volume", "ls", "-q", "--filter", "label=dev.pocdeploy.backups=e2e").split()
    for volume in backups:  # they outlive the stack
        docker("volume", "rm", volume)
    assert docker("volume", "ls", "-q", "--filter", f"name={walk.cluster}") == ""
    assert not (walk.folder / ".pocdeploy/clusters" / walk.cluster).exists()
    import socket  # noqa: PLC0415

    for port in (ports.get("httpPort", 80), ports.get("httpsPort", 443), ports.get("registryPort", 5001)):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
