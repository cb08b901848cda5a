"""The workflows, the Jenkinsfile and the GitLab example: only make targets, only pinned actions, no rights to spare."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_groovy
import yaml

from tests.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
MAKE = re.compile(r"make ([a-z][a-z0-9-]*)( [A-Z]+=[\w-]+)*")
SECRET = re.compile(r"secrets\.(?!GITHUB_TOKEN)")
TRUSTED = "github.event.pull_request.head.repo.full_name == github.repository"


def jobs() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return (name, workflow, job) for every job."""
    found = []
    for file in WORKFLOWS:
        workflow = yaml.safe_load(file.read_text("utf-8"))
        found += [(f"{file.stem}/{name}", workflow, job) for name, job in workflow["jobs"].items()]
    return found


def triggers(workflow: dict[str, Any]) -> set[str]:
    return set(workflow[True])  # YAML 1.1 reads `on` as true


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return list(job.get("steps", []))


def test_there_are_the_workflows_that_the_guide_tells_of() -> None:
    assert {file.stem for file in WORKFLOWS} == {"ci", "preview", "deploy", "daily", "pr-environment", "e2e"}


@pytest.mark.parametrize(("name", "workflow", "job"), jobs(), ids=[name for name, *_ in jobs()])
def test_every_step_is_a_make_target_or_a_pinned_action(name: str, workflow: Any, job: dict[str, Any]) -> None:
    for step in steps(job):
        assert ("run" in step) != ("uses" in step)
        if "run" in step:
            match = MAKE.fullmatch(step["run"])
            assert match, step["run"]
            assert match[1] in TARGETS
        else:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"]), step["uses"]


def test_each_pin_has_its_version_and_is_the_same_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for file in WORKFLOWS:
        for action, rest in re.findall(r"uses: ([\w./-]+)@(.*)", file.read_text("utf-8")):
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", rest), f"{file.name}: {action}@{rest}"
            pins.setdefault(action, set()).add(rest)

    assert {action: len(found) for action, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_no_right_is_given_to_all_jobs_and_runs_do_not_overlap(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))

    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert "pull_request_target" not in triggers(workflow)


@pytest.mark.parametrize(("name", "workflow", "job"), jobs(), ids=[name for name, *_ in jobs()])
def test_no_job_of_a_fork_gets_a_secret(name: str, workflow: dict[str, Any], job: dict[str, Any]) -> None:
    for_forks = "pull_request" in triggers(workflow) and TRUSTED not in str(job.get("if")).replace("\n", " ")
    on_schedule_only = "github.event_name == 'schedule'" in str(job.get("if"))

    assert job["permissions"]
    if for_forks and not on_schedule_only:
        assert not SECRET.search(str(job)), "a secret in a job that runs for forks"
        assert set(job["permissions"].values()) == {"read"}
    if SECRET.search(str(job)):
        assert job["environment"], "secrets belong to an environment, with its protection"


def test_no_job_works_on_a_state_that_goes_with_the_runner() -> None:
    """A shared stack would be recreated each time, and the resources of the last run would be orphaned."""
    by_name = {name: job for name, _, job in jobs()}
    shared = [name for name, job in by_name.items() if "PULUMI_ACCESS_TOKEN" in str(job)]

    assert len(shared) >= 6
    for name in shared:
        first = [f"{name.split('/')[0]}/{it}" for it in by_name[name].get("needs", [])[:1]] or [name]
        assert "vars.PULUMI_BACKEND_URL != ''" in str(by_name[first[0]].get("if")), name


@pytest.mark.parametrize(("name", "workflow", "job"), jobs(), ids=[name for name, *_ in jobs()])
def test_no_text_of_an_event_comes_into_a_command(name: str, workflow: Any, job: dict[str, Any]) -> None:
    assert [step["run"] for step in steps(job) if "${{" in step.get("run", "")] == []
    assert all(
        step["with"]["persist-credentials"] is False for step in steps(job) if "checkout" in step.get("uses", "")
    )
    assert all(job.get("timeout-minutes") or "uses" in job for _ in [0])


def test_what_is_deployed_is_what_was_tested() -> None:
    deploy = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text("utf-8"))["jobs"]
    built = "${{ needs.build.outputs.image }}"

    assert [deploy[name]["env"]["IMAGE"] for name in ("test", "deploy")] == [built, built]
    assert deploy["deploy"]["needs"] == ["build", "test"]
    assert deploy["deploy"]["environment"] == "production"
    assert [step["run"] for name in deploy for step in steps(deploy[name]) if step.get("run") == "make image"] == [
        "make image"
    ]


def groovy(text: str) -> tree_sitter.Tree:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_groovy.language())).parse(text.encode())


def test_the_jenkinsfile_is_groovy_and_runs_make_targets_only() -> None:
    text = (ROOT / "Jenkinsfile").read_text("utf-8")
    commands = re.findall(r"^\s*sh\b(.*)$", text, flags=re.M)

    assert not groovy(text).root_node.has_error
    assert groovy(text.replace("}\n", "\n", 1)).root_node.has_error
    assert [command for command in commands if not re.fullmatch(r" 'make [a-z0-9-]+'", command)] == []
    assert set(re.findall(r"'make ([a-z0-9-]+)'", text)) <= TARGETS
    assert {"Check", "Test", "Image", "Preview", "Deploy", "Walk"} <= set(re.findall(r"stage\('([^']+)'\)", text))


def test_the_example_for_gitlab_runs_make_targets_only() -> None:
    text = (ROOT / "docs" / "gitlab-ci.md").read_text("utf-8")
    (block,) = re.findall(r"^```yml\n(.*?)^```", text, flags=re.M | re.S)
    pipeline = yaml.safe_load(block)
    scripts = [line for job in pipeline.values() if isinstance(job, dict) for line in job.get("script", [])]

    assert len(scripts) >= 5
    for line in scripts:
        match = MAKE.fullmatch(line)
        assert match, line
        assert match[1] in TARGETS
