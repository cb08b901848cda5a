"""Operations of Pulumi on a stack: what is prepared before, which calls are made, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import Finding
from pocdeploy.preflight import checks as preflight
from tests.unit.cli.conftest import Machine
from tests.unit.cli.fakepulumi import Project

BEFORE = ["docker", "tools", "requirements.txt", "preflight"]
SELECT = ["stack", "select", "--create", "--stack", "dev"]
DIGEST = "ghcr.io/owner/polls@sha256:" + "ab" * 32
DEPLOYED = {
    "urn": "urn:pulumi:dev::pocdeploy::pulumi:pulumi:Stack::pocdeploy-dev",
    "outputs": {"apps": {"polls": {"imageRef": DIGEST}}},
}
BUILT = {"urn": "urn:pulumi:dev::pocdeploy::docker:index/image:Image::polls-image"}


@pytest.mark.parametrize(
    ("verb", "checks", "always"),
    [
        ("up", [*BEFORE, "doctor", "deleted clusters", "restart"], ["--yes", "--skip-preview"]),
        ("preview", [*BEFORE, "deleted clusters"], []),
    ],
)
def test_unknown_options_go_to_pulumi(
    project: Project, machine: Machine, verb: str, checks: list[str], always: list[str]
) -> None:
    result = project.run(verb, "--diff", "--target", "urn:x", "-f")
    assert result.exit_code == 0, result.output
    assert machine.checks == checks
    assert project.calls() == [SELECT, [verb, "--stack", "dev", *always, "--diff", "--target", "urn:x", "-f"]]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("verb", ["up", "preview", "down"])
def test_the_stack_file_keeps_no_salt(project: Project, verb: str) -> None:
    project.run(verb)
    assert project.calls()
    assert (project.root / "Pulumi.dev.yaml").read_text() == "config: {}\n"


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_stack_can_be_chosen(project: Project, how: str) -> None:
    if how == "option":
        project.run("up", "--stack", "org/other")
    else:
        project.run("up", env={"STACK": "org/other"})
    assert [call[-1] for call in project.calls()[:1]] == ["org/other"]
    assert project.calls()[1] == ["up", "--stack", "org/other", "--yes", "--skip-preview"]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("command", "code", "calls"), [("up --stack", 255, 2), ("stack select", 7, 1)])
def test_the_exit_code_is_that_of_pulumi(project: Project, command: str, code: int, calls: int) -> None:
    project.answer(command, code=code)
    assert project.run("up").exit_code == code
    assert len(project.calls()) == calls


def test_all_findings_are_one_message_before_pulumi_starts(project: Project, machine: Machine) -> None:
    machine.findings = {
        "docker": Finding(where="docker", what="is not installed", fix="apt-get [bold]x"),
        "tools": Finding(where="kind", what="is missing"),
    }
    result = project.run("up")
    assert result.exit_code == 2
    assert "(2 problems)" in result.stderr
    assert "docker: is not installed" in result.stderr
    assert "apt-get [bold]x" in result.stderr
    assert "kind: is missing" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert project.calls() == []


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("verb", "previews"), [("up", [False]), ("preview", [True]), ("down", [])])
def test_preflight_gets_the_stack_and_the_verb(
    project: Project, monkeypatch: pytest.MonkeyPatch, verb: str, previews: list[bool]
) -> None:
    calls: list[tuple[Path, str, bool]] = []
    monkeypatch.setattr(preflight, "check", lambda root, stack, *, preview: calls.append((root, stack, preview)))
    project.run(verb, "--stack", "org/dev")
    assert calls == [(project.root, "org/dev", preview) for preview in previews]


def test_yes_is_for_docker(project: Project, machine: Machine) -> None:
    project.run("up", "--yes")
    assert machine.checks[:4] == ["docker yes", *BEFORE[1:]]
    assert project.calls()[1] == ["up", "--stack", "dev", "--yes", "--skip-preview"]


def test_down_destroys_and_removes_the_stack(project: Project, machine: Machine) -> None:
    assert project.run("down", "--refresh").exit_code == 0
    assert machine.checks == ["docker", "tools", "requirements.txt"]
    assert project.calls() == [
        ["stack", "select", "--stack", "dev"],
        ["destroy", "--stack", "dev", "--yes", "--refresh"],
        ["stack", "rm", "--yes", "--preserve-config", "--remove-backups", "--stack", "dev"],
    ]


@pytest.mark.usefixtures("machine")
def test_down_without_a_stack_has_nothing_to_do(project: Project) -> None:
    project.answer("stack select", code=6)
    result = project.run("down")
    assert result.exit_code == 0
    assert "nothing to do" in result.stderr
    assert len(project.calls()) == 1
    assert project.run("down", "--json").stdout == "{}\n"


@pytest.mark.usefixtures("machine")
def test_a_failed_destroy_keeps_the_stack(project: Project) -> None:
    project.answer("destroy --stack", code=255)
    assert project.run("down").exit_code == 255
    assert len(project.calls()) == 2


@pytest.mark.usefixtures("machine")
def test_verbose_shows_pulumis_commands(project: Project) -> None:
    assert "$ pulumi up --stack dev --yes" in project.run("-v", "up").stderr
    assert project.run("up").stderr == ""
    project.run("-q", "up")
    assert project.calls()[-1] == ["up", "--stack", "dev", "--suppress-progress", "--yes", "--skip-preview"]


@pytest.mark.parametrize(
    ("text", "locks"),
    [
        ("config: {pocdeploy:cluster: {type: eks}}", ["requirements.txt", "requirements-eks.txt"]),
        ("config: {pocdeploy:cluster: {type: kind}}", ["requirements.txt"]),
        ("config: {pocdeploy:cluster: {type: dev}}", ["requirements.txt"]),
        ("config: {pocdeploy:cluster: 7}", ["requirements.txt"]),
        ("[", ["requirements.txt"]),
    ],
)
def test_the_type_of_cluster_decides_which_packages(
    project: Project, machine: Machine, text: str, locks: list[str]
) -> None:
    for name in ("requirements-eks.txt", "requirements-dev.txt"):
        (project.root / name).touch()
    (project.root / "Pulumi.dev.yaml").write_text(text)
    project.run("down")
    assert machine.checks == ["docker", "tools", *locks]


def used(project: Project, *options: str) -> tuple[int, list[str]]:
    """Run ``use-image``; return its exit code and the images that the stack was told to run."""
    code = project.run("use-image", *options).exit_code
    return code, [call[-1] for call in project.calls() if call[:2] == ["config", "set"]]


def test_the_given_image_is_set_by_its_digest(project: Project) -> None:
    assert used(project, "--image", DIGEST) == (0, [DIGEST])
    assert project.calls()[-1][:-1] == ["config", "set", "--stack", "dev", "--path", "pocdeploy:apps.polls.image"]


def test_without_an_image_it_is_the_last_built_one(project: Project) -> None:
    (project.root / ".pocdeploy" / "image-polls.txt").write_text(f"{DIGEST}\n")
    assert used(project) == (0, [DIGEST])


@pytest.mark.parametrize("image", ["", "ghcr.io/owner/polls:latest", "x@sha256:abc"])
def test_a_reference_without_a_digest_is_refused(project: Project, image: str) -> None:
    assert used(project, "--image", image) == (2, [])


def test_a_new_stack_gets_settings_of_its_own_first(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "config:\n  pocdeploy:cluster:\n    httpPort: 80\n"
    (project.root / "Pulumi.dev.yaml").write_text(text)
    assert used(project, "--image", DIGEST, "--stack", "ci") == (0, [DIGEST])
    assert "name: ci" in Path(project.root / "Pulumi.ci.yaml").read_text()


@pytest.mark.parametrize(
    ("resources", "expected"),
    [([DEPLOYED], [DIGEST]), ([DEPLOYED, BUILT], []), ([], [])],
    ids=["given", "built by the stack", "empty"],
)
def test_the_deployed_image_is_kept_if_it_was_given(
    project: Project, resources: list[dict[str, object]], expected: list[str]
) -> None:
    project.export(*resources)
    assert used(project, "--current") == (0, expected)


def test_without_a_stack_there_is_no_image_to_keep(project: Project) -> None:
    project.answer("stack export", code=255)
    assert used(project, "--current") == (0, [])
