"""Test equipment: find a real kube-apiserver, etcd and helm, or build them once with Go into ``.pocdeploy/bin``.

Each program comes from the first of these that has it, new enough: the folder in KUBEBUILDER_ASSETS (as envtest uses
it), PATH, ``.pocdeploy/bin``, a build of the module pinned in ``tools/``, which the user's cache keeps for all clones.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pocdeploy import process
from pocdeploy.toolchain import go_build

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".pocdeploy" / "bin"
CRDS = {
    "github.com/cloudnative-pg/cloudnative-pg": "config/crd/bases",
    "github.com/cloudnative-pg/plugin-barman-cloud": "config/crd/bases",
    "github.com/prometheus-operator/prometheus-operator": "example/prometheus-operator-crd",
    "sigs.k8s.io/karpenter": "pkg/apis/crds",
}
"""Module -> its folder with custom resource definitions."""

_VERSION = re.compile(r"\bv?(\d+)\.(\d+)\.(\d+)")
_REQUIRED = re.compile(r"^(?:require |\t)(\S+) v(\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program of the test equipment, built from the module ``tools/<folder>``."""

    name: str
    module: str
    """Go module whose version counts."""
    package: str
    ask: str
    """Argument that makes it print its version."""
    stamp: str = ""
    """Variable of the package that holds the version, where only the linker knows it."""
    folder: str = ""
    """Folder in ``tools`` with the pinned module, where it is not called like the program."""
    release: str = ""
    """Version that the program says, where that is not its module's."""
    tags: str = ""
    """Build tags."""

    @property
    def pinned_in(self) -> str:
        """The folder in ``tools``."""
        return self.folder or self.name

    @property
    def version(self) -> str:
        """The pinned version without ``v``."""
        return self.release or required(self.pinned_in)[self.module]


KUBE_APISERVER = Program(
    name="kube-apiserver",
    module="k8s.io/kubernetes",
    package="k8s.io/kubernetes/cmd/kube-apiserver",
    ask="--version",
    stamp="k8s.io/component-base/version.gitVersion",
)
ETCD = Program(name="etcd", module="go.etcd.io/etcd/server/v3", package="go.etcd.io/etcd/server/v3", ask="--version")
HELM = Program(
    name="helm",
    module="helm.sh/helm/v3",
    package="helm.sh/helm/v3/cmd/helm",
    ask="version",
    stamp="helm.sh/helm/v3/internal/version.version",
)


class BuildError(Exception):
    """A program or a module of the test equipment could not be had."""


def required(tool: str) -> dict[str, str]:
    """Return module -> version (without ``v``) of what ``tools/<tool>/go.mod`` asks for directly."""
    return dict(_REQUIRED.findall((ROOT / "tools" / tool / "go.mod").read_text(encoding="utf-8")))


def find_or_build(program: Program) -> Path:
    """Return a program that is not older than the pinned one; the first time this takes minutes.

    Skips the test where there is neither the program nor Go to build it. Raises BuildError with Go's own words if the
    build fails.
    """
    for folder in _folders():
        found = shutil.which(program.name, path=folder)
        if found and _version(program, found) >= _numbers(program.version):
            return Path(found)
    _need_go(f"no {program.name} {program.version} or newer in KUBEBUILDER_ASSETS or on PATH")
    return _build(program)


def definitions() -> Iterator[Path]:
    """Yield the files with the custom resource definitions of the pinned modules, one definition each.

    Skips the test without Go. Raises BuildError if a module cannot be downloaded, or is not the one in ``go.sum``.
    """
    _need_go("no custom resource definitions")
    versions = required("crds")
    wanted = [f"{module}@v{versions[module]}" for module in CRDS]
    result = process.run(["go", "mod", "download", "-json", *wanted], cwd=ROOT / "tools" / "crds")
    if result.code:
        raise BuildError(f"go mod download {' '.join(wanted)}: {(result.stderr or result.stdout).strip()[-1000:]}")
    decoder, text = json.JSONDecoder(), result.stdout.strip()
    while text:
        module, end = decoder.raw_decode(text)
        text = text[end:].strip()
        files = sorted(Path(module["Dir"], CRDS[module["Path"]]).glob("*_*.yaml"))
        if not files:
            raise BuildError(f"{module['Path']} {module['Version']} has no definitions in {CRDS[module['Path']]}")
        yield from files


def _folders() -> list[str]:
    return [folder for folder in (os.environ.get("KUBEBUILDER_ASSETS"), os.environ.get("PATH"), str(BIN)) if folder]


def _version(program: Program, path: str) -> tuple[int, ...]:
    result = process.run([path, program.ask], timeout=60)
    found = _VERSION.search(result.stdout)
    return tuple(map(int, found.groups())) if found and not result.code else ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _need_go(reason: str) -> None:
    if shutil.which("go") is None:
        pytest.skip(f"{reason}, and no Go to get them with (https://go.dev/doc/install)")


def _build(program: Program) -> Path:
    BIN.mkdir(parents=True, exist_ok=True)
    # Built beside its place and then moved, so that an interrupted build leaves no half of a program there.
    with tempfile.TemporaryDirectory(dir=BIN.parent, prefix=f"{program.name}-") as folder:
        target = Path(folder, program.name)
        trouble = go_build.go_build(
            ROOT / "tools" / program.pinned_in,
            program.package,
            target,
            stamp=f"{program.stamp}=v{program.version}" if program.stamp else None,
            tags=program.tags,
            env={"CGO_ENABLED": "0"},  # without it no C compiler is needed
        )
        if trouble:
            raise BuildError(trouble)
        return target.replace(BIN / program.name)
