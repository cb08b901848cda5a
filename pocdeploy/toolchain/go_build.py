"""Build the tools with Go from the modules pinned in ``tools/``, for machines that cannot reach their downloads."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from pocdeploy import process, versions
from pocdeploy.toolchain import cache

_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
_PULUMI_VERSION = f"{_PULUMI_SDK}/go/common/version.Version"
# Later language hosts are a Go module that is only built inside Pulumi's own repository.
_LANGUAGE_HOST = "v3.75.0"
# Programs that the language host starts: the program, and dynamic providers written in Python.
_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


def build_pulumi(root: Path, folder: Path) -> str | None:
    """Build the Pulumi CLI and its Python language host into ``folder``; return the error, or None.

    ``root`` is the project. The first build takes several minutes, because Go compiles every state backend of Pulumi.
    """
    version = f"v{versions.PULUMI.removeprefix('v')}"
    error = go_build(
        root / "tools" / "pulumi",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        folder / "pulumi",
        stamp=f"{_PULUMI_VERSION}={version}",
    ) or go_build(
        root / "tools" / "language-python",
        f"{_PULUMI_SDK}/python/cmd/pulumi-language-python",
        folder / "pulumi-language-python",
        stamp=f"{_PULUMI_VERSION}={_LANGUAGE_HOST}",
    )
    return error or _copy_scripts(root / "tools" / "pulumi", folder)


def build_kind(root: Path, folder: Path) -> str | None:
    """Build kind into ``folder``; return the error, or None. Its version is a constant in its source."""
    return go_build(root / "tools" / "kind", "sigs.k8s.io/kind", folder / "kind")


def build_actionlint(root: Path, folder: Path) -> str | None:
    """Build actionlint into ``folder``; return the error, or None."""
    package = "github.com/rhysd/actionlint/cmd/actionlint"
    return go_build(root / "tools" / "actionlint", package, folder / "actionlint")


def go_build(
    module: Path,
    package: str,
    target: Path,
    *,
    stamp: str | None = None,
    tags: str = "",
    env: Mapping[str, str] | None = None,
) -> str | None:
    """Build ``package`` to ``target``, or copy it from the user's cache; return the error, or None.

    Args:
        module: the folder with ``go.mod`` and ``go.sum``, which pin everything.
        package: the program's package.
        target: the program, in a folder that exists.
        stamp: ``variable=value`` for the linker.
        tags: build tags.
        env: variables for Go.
    """
    command = ["go", "build", "-mod=readonly", "-trimpath", f"-ldflags=-s -w{f' -X {stamp}' if stamp else ''}"]
    command += [f"-tags={tags}"] if tags else []
    with _cached(module, [*command, package], env, target.name) as place:
        if cache.take(place, target):
            return None
        result = process.run([*command, "-o", str(target), package], cwd=module, env=env)
        if result.code == process.NOT_FOUND:
            return "Go is not installed"
        if result.code:
            return f"go build {package}: {result.stderr.strip()[-1000:]}"
        cache.keep(place, target)
    return None


def _cached(
    module: Path, command: Sequence[str], env: Mapping[str, str] | None, name: str
) -> AbstractContextManager[Path | None]:
    """Return the entry of a program in the cache, which depends on module, command and machine."""
    pins = [module / "go.mod", module / "go.sum"]
    if not all(pin.is_file() for pin in pins):
        return nullcontext()
    variables = [f"{key}={value}" for key, value in sorted((env or {}).items())]
    how = [*command, *variables, platform.system(), platform.machine()]
    parts = [*(pin.read_bytes() for pin in pins), *(word.encode() for word in how)]
    return cache.entry(name, cache.key(parts))


def _copy_scripts(module: Path, folder: Path) -> str | None:
    """Copy the scripts of the language host from the SDK in the version of the CLI; return the error, or None."""
    result = process.run(["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", _PULUMI_SDK], cwd=module)
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
