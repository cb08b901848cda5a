"""Tools that are built with a fake Go."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy import process, versions
from pocdeploy.toolchain import go_build
from tests.paths import ROOT
from tests.unit.toolchain.programs import PULUMI_FILES, put


class FakeGo:
    """Records the commands, writes the program, and knows the folder of the SDK."""

    def __init__(self, sdk: Path, fails: str = "nothing") -> None:
        self.sdk, self.fails = sdk, fails
        self.calls: list[tuple[str, list[str]]] = []

    def __call__(self, command: list[str], *, cwd: Path, **_: object) -> process.Result:
        self.calls.append((cwd.name, command))
        if self.fails in " ".join(command):
            return process.Result(code=1, stderr="the compiler is unhappy")
        if command[1] == "build":
            put(Path(command[command.index("-o") + 1]).parent, "1.0.0", Path(command[-2]).name)
        return process.Result(code=0, stdout=f"{self.sdk}\n")


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    for script in go_build._SCRIPTS:
        (tmp_path / "sdk" / script).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sdk" / script).write_text("#!/usr/bin/env python\n")
        (tmp_path / "sdk" / script).chmod(0o444)  # as in Go's module cache
    return tmp_path / "sdk"


def test_the_build_is_pinned_stamped_and_complete(tmp_path: Path, sdk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = FakeGo(sdk)
    monkeypatch.setattr(process, "run", go)
    folder = tmp_path / "out"
    assert go_build.build_pulumi(tmp_path, folder) is None
    version = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
    common = ["go", "build", "-mod=readonly", "-trimpath"]
    cli = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
    host = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
    assert go.calls[:2] == [
        ("pulumi", [*common, f"-ldflags=-s -w -X {version}=v3.250.0", "-o", f"{folder}/pulumi", cli]),
        (
            "language-python",
            [*common, f"-ldflags=-s -w -X {version}=v3.75.0", "-o", f"{folder}/pulumi-language-python", host],
        ),
    ]
    assert {path.name for path in folder.iterdir()} == {*PULUMI_FILES, "pulumi-resource-pulumi-python"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o755}


@pytest.mark.parametrize("step", ["cmd/pulumi ", "pulumi-language-python", "list"])
def test_a_failed_build_names_the_step(tmp_path: Path, sdk: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    go = FakeGo(sdk, fails=step.strip() if step != "cmd/pulumi " else "pkg/v3/cmd/pulumi")
    monkeypatch.setattr(process, "run", go)
    error = go_build.build_pulumi(tmp_path, tmp_path / "out")
    assert error is not None
    assert error.endswith("the compiler is unhappy")


def test_without_go_there_is_no_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "tools" / "kind").mkdir(parents=True)
    assert go_build.build_kind(tmp_path, tmp_path) == "Go is not installed"


def test_the_pins_in_the_go_modules_are_those_of_the_project() -> None:
    folder = ROOT / "tools"
    pins = {
        "pulumi": f"github.com/pulumi/pulumi/sdk/v3 v{versions.PULUMI}",
        "language-python": f"github.com/pulumi/pulumi/sdk/v3 {go_build._LANGUAGE_HOST}",
        "kind": f"sigs.k8s.io/kind {versions.KIND}",
    }
    for name, pin in pins.items():
        assert pin in (folder / name / "go.mod").read_text()
        assert (folder / name / "go.sum").is_file()
