"""The make targets that talk to GitHub, run as CI runs them: processes, a server that behaves like GitHub, a CLI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pocdeploy import versions
from pocdeploy.errors import Finding, SettingsError
from tests.fakegithub import GitHub, PullRequest, github
from tests.paths import ROOT, UNIT

RECORDED = UNIT / "previews"
PULUMI = """#!{python}
import json, os, sys
folder = os.path.dirname(__file__)
arguments = [one for one in sys.argv[1:] if one != "--non-interactive"]
with open(folder + "/log", "a") as log:
    log.write(" ".join(arguments) + "\\n")
if arguments == ["version"]:
    print("{version}")
elif arguments[:2] == ["stack", "ls"]:
    print(open(folder + "/stacks.json").read())
elif arguments[:2] == ["stack", "output"]:
    print(open(folder + "/outputs.json").read())
sys.exit(1 if "destroy" in arguments and "pr-4" in arguments else 0)
"""
OUTPUTS = {"url": "http://pr-5.polls.example.com", "adminUrl": "http://pr-5.polls.example.com/admin/"}
OLD = datetime.now(UTC) - timedelta(days=30)


class Project:
    """A checkout with a CLI that answers for some stacks, and the server's variables."""

    def __init__(self, folder: Path, server: GitHub) -> None:
        self.folder, self.server = folder, server
        self.bin = folder / ".pocdeploy" / "bin"
        self.bin.mkdir(parents=True)
        for name in ("Makefile", "requirements.txt"):
            shutil.copy(ROOT / name, folder)
        for name in ("pocdeploy", "app"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv" / "bin").mkdir(parents=True)
        python = folder / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
            (self.bin / name).write_text(PULUMI.format(python=sys.executable, version=versions.PULUMI))
        for file in (python, *self.bin.iterdir()):
            file.chmod(0o755)
        (self.bin / "outputs.json").write_text(json.dumps(OUTPUTS))

    def stacks(self, **updated: datetime) -> None:
        names = {name.replace("_", "-"): f"{date:%Y-%m-%dT%H:%M:%SZ}" for name, date in updated.items()}
        listed = [{"name": name, "lastUpdate": date} for name, date in names.items()]
        (self.bin / "stacks.json").write_text(json.dumps(listed))

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a target; what it needs of the virtualenv is taken to be installed."""
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "GITHUB_", "CI"))
        }
        for name in ("STACK", "PR", "COMMIT", "TTL", "ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "FORGE"):
            inherited.pop(name, None)
        return subprocess.run(
            ["make", "--no-print-directory", "--old-file=.venv/.installed-runtime", *arguments],
            cwd=self.folder,
            env={**inherited, **self.server.variables, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def preview(self, name: str, stack: str = "dev") -> None:
        (self.folder / ".pocdeploy" / f"preview-{stack}.jsonl").write_bytes((RECORDED / f"{name}.jsonl").read_bytes())

    def operations(self) -> list[str]:
        """Return what Pulumi was told to change."""
        lines = (self.bin / "log").read_text().splitlines()
        return [line for line in lines if line.startswith("destroy") or " rm " in line]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with github({5: PullRequest(labels=("env",)), 6: PullRequest(labels=("env", "keep"), pushed=OLD)}) as server:
        yield Project(tmp_path, server)


def test_a_preview_is_one_comment_that_is_edited_in_place(project: Project) -> None:
    request = project.server.requests[5]
    request.comments = [{"id": number, "body": "hello"} for number in range(1, 131)]  # more than a page
    runs = []
    for name in ("first-deploy", "image-only", "image-only"):
        project.preview(name)
        runs.append(project.make("pr-comment", "ARGS=--to github", PR="5", COMMIT="c" * 40))

    assert [run.returncode for run in runs] == [0, 0, 0], runs[0].stderr
    assert [run.stderr.split(": ")[-1].strip() for run in runs] == ["created", "updated", "unchanged"]
    assert len(request.comments) == 131
    assert request.bodies()[-1].startswith("<!-- pocdeploy:preview:dev -->\n## Preview of `dev` at `cccccccccccc`")
    assert [line.split()[0] for line in project.server.log if "GET" not in line] == ["POST", "PATCH"]


def test_previews_of_two_stacks_are_two_comments(project: Project) -> None:
    for stack in ("eu", "us"):
        project.preview("image-only", stack)
        assert project.make("pr-comment", f"STACK={stack}", "ARGS=--to github", PR="5").returncode == 0

    assert [body.split()[1] for body in project.server.requests[5].bodies()] == [
        "pocdeploy:preview:eu",
        "pocdeploy:preview:us",
    ]


def test_a_failed_preview_is_commented_and_ends_with_an_error(project: Project) -> None:
    project.preview("failed")
    run = project.make("pr-comment", "ARGS=--to github --strict", PR="5")

    assert run.returncode != 0
    assert "The preview failed" in project.server.requests[5].bodies()[0]


def test_a_preview_that_was_refused_beforehand_is_commented_with_its_reason(project: Project) -> None:
    finding = Finding(where="pocdeploy:cluster.workers", what="this value cannot be used", actual="99", fix="edit it")
    refused = SettingsError([finding, finding]).plain()
    (project.folder / ".pocdeploy" / "preview-dev.jsonl").write_text(json.dumps(refused, indent=2))
    run = project.make("pr-comment", "ARGS=--to github --strict", PR="5")
    (body,) = project.server.requests[5].bodies()

    assert run.returncode != 0
    assert "The preview failed" in body
    assert body.count("pocdeploy:cluster.workers: this value cannot be used\n    actual:   99\n") == 2
    assert "The configuration of this stack is not usable" in body


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PR": "5", "GITHUB_TOKEN": "expired-canary"}, "401"),
        ({"PR": "77"}, "404"),
        ({"PR": ""}, "no number of a pull request"),
        ({"PR": "5", "GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY"),
    ],
)
def test_what_cannot_be_posted_is_an_error_that_says_why(
    project: Project, variables: dict[str, str], said: str
) -> None:
    project.preview("image-only")
    run = project.make("pr-comment", "ARGS=--to github", **variables)

    assert run.returncode != 0
    assert said in run.stderr
    assert "canary" not in run.stdout + run.stderr


def test_the_environment_has_a_comment_of_its_own_from_up_to_removed(project: Project) -> None:
    checks = {"result": "warn", "checks": [{"check": "url", "severity": "ok", "what": "200"}]}
    (project.folder / "checks.json").write_text(json.dumps(checks))
    project.preview("image-only", "pr-5")
    project.make("pr-comment", "STACK=pr-5", "ARGS=--to github", PR="5")
    command = [sys.executable, "-m", "pocdeploy", "env-comment", "--stack", "pr-5", "--to-github"]
    said = []
    for options in (["checks.json", "--strict"], ["--failed"], ["--removed"], ["--strict"]):
        done = subprocess.run(
            [*command, *options],
            cwd=project.folder,
            env={**os.environ, **project.server.variables, "PR": "5", "COMMIT": "d" * 40},
            capture_output=True,
            text=True,
            check=False,
        )
        said.append((done.returncode, project.server.requests[5].bodies()[1]))

    assert [code for code, _ in said] == [0, 0, 0, 1]  # the last one: nobody has looked whether it is well
    assert "| Address | http://pr-5.polls.example.com |" in said[0][1]
    assert "| 🟢 ok | url |" in said[0][1]
    assert "The update failed" in said[1][1]
    assert "Removed, with its data." in said[2][1]
    assert len(project.server.requests[5].comments) == 2


def test_only_environments_that_nobody_needs_are_swept(project: Project) -> None:
    now = datetime.now(UTC)
    project.server.requests |= {
        7: PullRequest(labels=("env",), pushed=OLD),
        8: PullRequest(labels=("bug",)),
        9: PullRequest(labels=("env",), state="closed"),
    }
    project.stacks(dev=OLD, prod=OLD, pr_5=OLD, pr_6=OLD, pr_7=OLD, pr_8=now, pr_9=now, pr_x=OLD)
    said = project.make("sweep")
    before = project.operations()
    run = project.make("sweep", "ARGS=--remove")

    assert (said.returncode, run.returncode) == (0, 0), said.stderr + run.stderr
    assert before == []
    assert [line.split(" (")[0] for line in said.stdout.splitlines()] == [
        "pr-5: keep",
        "pr-6: keep",
        "pr-7: remove",
        "pr-8: remove",
        "pr-9: remove",
    ]
    assert [line.split()[2] for line in project.operations() if line.startswith("destroy")] == ["pr-7", "pr-8", "pr-9"]
    for number in (7, 8, 9):
        assert "Removed, with its data." in project.server.requests[number].bodies()[0]
    assert project.server.requests[5].comments == project.server.requests[6].comments == []


@pytest.mark.parametrize(("hours", "verdict"), [("2", "remove"), ("4", "keep")])
def test_the_time_to_live_counts_from_the_last_push(project: Project, hours: str, verdict: str) -> None:
    project.server.requests[5].pushed = datetime.now(UTC) - timedelta(hours=3)
    project.stacks(pr_5=OLD)

    assert project.make("sweep", TTL=hours).stdout.startswith(f"pr-5: {verdict} (last push 3 h ago, limit {hours} h)")


def test_what_cannot_be_removed_is_an_error_and_keeps_nothing_else(project: Project) -> None:
    project.stacks(pr_3=OLD, pr_4=OLD, pr_12=OLD)
    run = project.make("sweep", "ARGS=--remove")

    assert run.returncode != 0
    assert [line.split()[-1] for line in project.operations() if " rm " in line] == ["pr-3", "pr-12"]
    assert [line.split("?")[0].strip() for line in run.stderr.splitlines() if "GET /" in line] == [
        f"GET /repos/owner/name/issues/{number}/comments" for number in (3, 12)
    ]


def test_a_token_that_may_only_read_is_told_so(project: Project) -> None:
    project.server.read_only = True
    project.preview("image-only")
    run = project.make("pr-comment", "ARGS=--to github", PR="5")

    assert run.returncode != 0
    assert "403" in run.stderr
    assert "pull-requests: write" in run.stderr


def test_without_github_nothing_is_swept(project: Project) -> None:
    project.stacks(pr_3=OLD)
    run = project.make("sweep", "ARGS=--remove", GITHUB_TOKEN="")

    assert run.returncode != 0
    assert project.operations() == []
