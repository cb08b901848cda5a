"""Build the tools with Go from the modules pinned in ``tools/``, where their downloads cannot be reached."""

from __future__ import annotations

import shutil
from pathlib import Path

from pocdeploy import commands, versions

_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
_PULUMI_VERSION = f"{_PULUMI_SDK}/go/common/version.Version"
# Later language hosts are a Go module that is only built inside Pulumi's own repository.
_LANGUAGE_HOST = "v3.75.0"
# What the language host starts: programs, and dynamic providers written in Python.
_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


def build_pulumi(root: Path, folder: Path, run: commands.Run) -> str | None:
    """Build the Pulumi CLI and its Python language host into ``folder``; give what went wrong, or None.

    ``root`` is the project. The first build takes several minutes, because Go compiles every state backend of Pulumi.
    """
    version = f"v{versions.PULUMI.removeprefix('v')}"
    trouble = _go_build(
        root / "tools" / "pulumi",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        folder / "pulumi",
        run,
        stamp=f"{_PULUMI_VERSION}={version}",
    ) or _go_build(
        root / "tools" / "language-python",
        f"{_PULUMI_SDK}/python/cmd/pulumi-language-python",
        folder / "pulumi-language-python",
        run,
        stamp=f"{_PULUMI_VERSION}={_LANGUAGE_HOST}",
    )
    return trouble or _copy_scripts(root / "tools" / "pulumi", folder, run)


def build_kind(root: Path, folder: Path, run: commands.Run) -> str | None:
    """Build kind into ``folder``; give what went wrong, or None. Its version is a constant in its source."""
    return _go_build(root / "tools" / "kind", "sigs.k8s.io/kind", folder / "kind", run)


def build_actionlint(root: Path, folder: Path, run: commands.Run) -> str | None:
    """Build actionlint into ``folder``; give what went wrong, or None."""
    package = "github.com/rhysd/actionlint/cmd/actionlint"
    return _go_build(root / "tools" / "actionlint", package, folder / "actionlint", run)


def _go_build(module: Path, package: str, target: Path, run: commands.Run, *, stamp: str | None = None) -> str | None:
    flags = "-s -w" + (f" -X {stamp}" if stamp else "")
    command = ["go", "build", "-mod=readonly", "-trimpath", f"-ldflags={flags}", "-o", str(target), package]
    result = run(command, cwd=module)
    if result.code == commands.NOT_FOUND:
        return "Go is not installed"
    return f"go build {package}: {result.stderr.strip()[-600:]}" if result.code else None


def _copy_scripts(module: Path, folder: Path, run: commands.Run) -> str | None:
    """Copy the scripts that belong to the language host, from the SDK of the CLI's version."""
    result = run(["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", _PULUMI_SDK], cwd=module)
    if result.code:
        return f"go list {_PULUMI_SDK}: {result.stderr.strip()[-600:]}"
    for script in _SCRIPTS:
        source = Path(result.stdout.strip()) / script
        if not source.is_file():
            return f"{_PULUMI_SDK} has no {script}"
        copy = folder / source.name
        shutil.copyfile(source, copy)
        copy.chmod(0o755)
    return None
