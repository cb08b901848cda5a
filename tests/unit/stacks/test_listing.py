"""The list of stacks: state, address, age and memory."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.stacks import listing
from tests.paths import ROOT

NOW = datetime.now(UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.dev.yaml").write_text((ROOT / "Pulumi.dev.yaml").read_text("utf-8"))
    return tmp_path


def listed(
    root: Path, *, ps: Sequence[str] = (), stats: Sequence[str] = (), code: int = 0
) -> dict[str, listing.Listed]:
    """List the stacks while `docker ps` and `docker stats` answer with these lines."""
    answers = {"ps": ps, "stats": stats}

    def run(command: Sequence[str], **_: Any) -> process.Result:
        return process.Result(code=code, stdout="\n".join(answers[command[1]]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "run", run)
        return {each.name: each for each in listing.all_stacks(root, pulumi)}


def pulumi(*arguments: str) -> process.Result:
    """Answer as the CLI does, for one stack that is up and one that another machine made."""
    if arguments[:2] == ("stack", "ls"):
        entries = [
            {"name": "dev", "resourceCount": 61, "updateInProgress": False},
            {"name": "org/pocdeploy/eu", "resourceCount": 9, "updateInProgress": True},
            {"name": "old", "resourceCount": 0},
        ]
        return process.Result(code=0, stdout=json.dumps(entries))
    url = {"dev": "http://localhost", "eu": {"ciphertext": "x"}}[arguments[-1]]
    resources = [
        {
            "type": "pulumi:pulumi:Stack",
            "outputs": {"url": url},
            "created": f"{NOW - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}",
        },
        {"type": "x", "created": f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%S}.123456789Z"},
    ]
    return process.Result(code=0, stdout=json.dumps({"deployment": {"resources": resources}}))


def test_the_list_has_state_url_age_and_memory(root: Path) -> None:
    (root / "Pulumi.alice.yaml").write_text("config: {}\n")
    found = listed(
        root,
        ps=["test-control-plane\trunning", "test-worker2\trunning", "other\texited"],
        stats=["test-control-plane\t1.5GiB / 8GiB", "test-worker2\t512MiB / 8GiB"],
    )

    assert [each.state for each in found.values()] == ["not deployed", "running", "updating", "not deployed"]
    assert list(found) == ["alice", "dev", "eu", "old"]
    dev = found["dev"]
    assert (dev.name, dev.state, dev.url, dev.memory) == ("dev", "running", "http://localhost", 2 * 2**30)
    assert dev.age is not None
    assert timedelta(days=3) <= dev.age < timedelta(days=3, minutes=30)
    assert (found["eu"].url, found["eu"].memory) == (None, None)


@pytest.mark.parametrize(("state", "expected"), [("exited", "stopped"), ("running", "running")])
def test_a_cluster_with_a_stopped_node_is_stopped(root: Path, state: str, expected: str) -> None:
    assert listed(root, ps=["test-control-plane\trunning", f"test-worker\t{state}"])["dev"].state == expected


def test_without_docker_the_list_says_what_the_state_says(root: Path) -> None:
    dev = listed(root, code=127)["dev"]

    assert (dev.state, dev.memory) == ("deployed", None)


@pytest.mark.parametrize(
    ("text", "expected"), [("512.5MiB", 537395200), ("1GiB ", 2**30), (" 2kB", 2000), ("--", 0), ("0B", 0)]
)
def test_sizes(text: str, expected: int) -> None:
    assert listing.size(text) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [(None, "-"), (timedelta(minutes=5), "5 min"), (timedelta(hours=3), "3 h"), (timedelta(days=4, hours=1), "4 d")],
)
def test_ages(age: timedelta | None, expected: str) -> None:
    assert listing.in_words(age) == expected


def test_a_local_state_needs_no_cli(tmp_path: Path) -> None:
    stacks = tmp_path / "state" / ".pulumi" / "stacks" / "pocdeploy"
    stacks.mkdir(parents=True)
    resources = [{"type": "pulumi:pulumi:Stack", "outputs": {"url": "http://localhost"}}]
    (stacks / "dev.json").write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))
    (stacks / "new.json").write_text(json.dumps({"checkpoint": {"latest": None}}))
    (stacks / "cut.json").write_text("{")
    locks = tmp_path / "state" / ".pulumi" / "locks" / "organization" / "pocdeploy" / "dev"
    locks.mkdir(parents=True)
    (locks / "1.json").write_text(json.dumps({"pid": os.getpid(), "hostname": "here"}))
    pulumi = listing.local_backend(tmp_path / "state")
    assert json.loads(pulumi("stack", "ls", "--json").stdout) == [
        {"name": "cut", "resourceCount": 0, "updateInProgress": False},
        {"name": "dev", "resourceCount": 1, "updateInProgress": True},
        {"name": "new", "resourceCount": 0, "updateInProgress": False},
    ]
    exported = json.loads(pulumi("stack", "export", "--stack", "dev").stdout)
    assert exported == {"deployment": {"resources": resources}}
