"""The builder of images with attestations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.docker import buildx
from pocdeploy.errors import PreflightError

STORE = "[[driver-type io.containerd.snapshotter.v1]]"
OVERLAY = "[[Backing Filesystem extfs] [Supports d_type true]]"
OWN = ("--builder", "pocdeploy")


class Docker:
    """Answers about builders as Docker does; ``builders`` are name -> driver."""

    def __init__(self, builders: Mapping[str, str], *, status: str = OVERLAY, refuses: bool = False) -> None:
        self.builders = {"": "docker", **builders}
        self.status, self.refuses = status, refuses
        self.made: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str], **_: Any) -> process.Result:
        if command[1] == "info":
            return process.Result(code=0, stdout=self.status)
        if command[2] == "create":
            self.made.append(command[3:])
            return process.Result(code=int(self.refuses), stderr="ERROR: no such image\n" if self.refuses else "")
        name = command[3] if len(command) > 3 else ""
        if name not in self.builders:
            return process.Result(code=1, stderr=f'ERROR: no builder "{name}" found')
        return process.Result(code=0, stdout=f"Name:   x\nDriver: {self.builders[name]}\n\nNodes:\nDriver Options: y\n")


@pytest.mark.parametrize(
    ("docker", "options", "made"),
    [
        (Docker({}, status=STORE), (), 0),
        (Docker({"": "docker-container"}), (), 0),
        (Docker({"": "remote"}), (), 0),
        (Docker({}), OWN, 1),
        (Docker({"pocdeploy": "docker-container"}), OWN, 0),
    ],
    ids=["containerd's store", "container", "remote", "none yet", "made before"],
)
def test_the_builder_can_attach_attestations(
    monkeypatch: pytest.MonkeyPatch, docker: Docker, options: tuple[str, ...], made: int
) -> None:
    monkeypatch.setattr(process, "run", docker)
    assert buildx.attesting_builder() == options
    assert len(docker.made) == made
    assert all("docker-container" in command for command in docker.made)


def test_a_builder_that_cannot_be_created_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "run", Docker({}, refuses=True))
    with pytest.raises(PreflightError) as error:
        buildx.attesting_builder()

    (finding,) = error.value.findings
    assert finding.actual == "ERROR: no such image"
    assert str(finding.fix).startswith("docker buildx rm pocdeploy; docker buildx create --name pocdeploy ")


def test_without_buildx_the_message_has_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = process.Result(code=1, stderr="docker: unknown command: docker buildx\n\nRun 'docker --help'")
    monkeypatch.setattr(process, "run", lambda *_, **__: unknown)
    with pytest.raises(PreflightError, match=r"unknown command[^\x00]*install-buildx"):
        buildx.attesting_builder()
