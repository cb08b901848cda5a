"""Find the Pulumi CLI and kind, or install them into ``.pocdeploy/bin`` of the project.

Each tool comes from the first of these that works: PATH (if new enough), ``.pocdeploy/bin``, the official download
(checked against its published sum), a build of the module pinned in ``tools/`` with Go.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocdeploy import process, versions
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.toolchain import go_build, progress_line
from pocdeploy.toolchain.download import DownloadError, fetch_verified, unpack
from pocdeploy.toolchain.progress_line import Amount

GO_PAGE = "https://go.dev/doc/install"
VERSION_TIMEOUT = 60.0  # seconds
_VERSION = re.compile(r"\bv?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool, its files and its sources."""

    name: str
    version: str
    """Pinned version without ``v``. A tool that is older, or of another major version, is not used."""
    files: tuple[str, ...]
    """All required files, the program itself first."""
    page: str
    """Instructions to install it."""
    address: str
    """Official download; ``{version}``, ``{os}`` and ``{arch}`` are replaced."""
    checksums: str
    """Its published SHA-256 sums."""
    architectures: Mapping[str, str]
    """Name of the architecture in Python → name in ``address``."""
    build: Callable[[Path, Path], str | None]
    """(project, folder) builds the files with Go into the folder, and returns the error, or None."""


PULUMI = Tool(
    name="pulumi",
    version=versions.PULUMI.removeprefix("v"),
    files=("pulumi", "pulumi-language-python", "pulumi-language-python-exec"),
    page="https://www.pulumi.com/docs/install/",
    address="https://get.pulumi.com/releases/sdk/pulumi-v{version}-{os}-{arch}.tar.gz",
    checksums="https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-{version}-checksums.txt",
    architectures={"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"},
    build=go_build.build_pulumi,
)
KIND = Tool(
    name="kind",
    version=versions.KIND.removeprefix("v"),
    files=("kind",),
    page="https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    address="https://kind.sigs.k8s.io/dl/v{version}/kind-{os}-{arch}",
    checksums="https://kind.sigs.k8s.io/dl/v{version}/kind-{os}-{arch}.sha256sum",
    architectures={"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"},
    build=go_build.build_kind,
)
Source = Callable[[Tool, Path, Path, Amount], str | None]
"""(tool, project, folder, amount) puts the files into the folder, and returns the error, or None."""
TOOLS = {tool.name: tool for tool in (PULUMI, KIND)}


def ensure(
    root: Path,
    *,
    wanted: Sequence[str] = ("pulumi", "kind"),
    log: Callable[[str], None] = print,
) -> Path:
    """Make sure that all tools in ``wanted`` run if the returned folder, ``.pocdeploy/bin``, is the first in PATH.

    ``root`` is the project. ``log`` gets a line for each installation. Raises PreflightError with a finding for each
    tool that was not found and could not be installed.
    """
    bin_dir = root.absolute() / ".pocdeploy" / "bin"
    bin_dir.mkdir(parents=True, exist_ok=True)
    findings = []
    for name in wanted:
        finding = _ensure_one(TOOLS[name], root.absolute(), bin_dir, log)
        findings += [finding] if finding else []
    if findings:
        raise PreflightError(findings)
    return bin_dir


def _ensure_one(tool: Tool, root: Path, bin_dir: Path, log: Callable[[str], None]) -> Finding | None:
    own_problem = problem(tool, str(bin_dir))
    path_problem = problem(tool, _path_without(bin_dir))
    if path_problem is None and own_problem is not None:
        for file in tool.files:  # an outdated file would hide the one in PATH, as this folder comes first
            (bin_dir / file).unlink(missing_ok=True)
    if path_problem is None or own_problem is None:
        return None
    failures = [f"PATH: {path_problem}"]
    sources = (("download", "downloading", _download), ("build", "building with Go (the first time: minutes)", _build))
    for label, how, source in sources:
        with tempfile.TemporaryDirectory(dir=bin_dir.parent, prefix=f"{tool.name}-") as folder:
            doing = f"{tool.name} {tool.version}: {how}"
            error = _install(source, tool, root=root, folder=Path(folder), doing=doing, log=log)
            if error is None:
                _move(tool, Path(folder), bin_dir)
                return None
            failures.append(f"{label}: {error}")
    return Finding(
        where=tool.name,
        what="not found, and could not be installed",
        actual="\n              ".join(failures),
        expected=f"{tool.name} {tool.version} or newer, below {int(tool.version.split('.')[0]) + 1}.0",
        fix=f"install it ({tool.page}), or Go ({GO_PAGE}), then run this again",
    )


class _NotInstalledError(Exception):
    """A source does not have the tool."""


def _install(
    source: Source, tool: Tool, *, root: Path, folder: Path, doing: str, log: Callable[[str], None]
) -> str | None:
    """Let ``source`` put the tool into ``folder``; return the error, or None."""
    try:
        with progress_line.step(doing, log=log) as amount:
            if error := source(tool, root, folder, amount) or problem(tool, str(folder)):
                raise _NotInstalledError(error)
    except _NotInstalledError as error:
        return str(error)
    return None


def _path_without(folder: Path) -> str:
    parts = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(part for part in parts if part and Path(part).absolute() != folder)


def find(name: str, root: Path) -> Path | None:
    """Return the program ``name`` (``pulumi`` or ``kind``) that the project uses; None if no usable one is found."""
    tool, bin_dir = TOOLS[name], root.absolute() / ".pocdeploy" / "bin"
    for path in (str(bin_dir), _path_without(bin_dir)):
        if problem(tool, path) is None and (program := shutil.which(tool.files[0], path=path)):
            return Path(program)
    return None


def problem(tool: Tool, path: str) -> str | None:
    """Return why ``tool`` of the search path ``path`` cannot be used; None if it can."""
    programs = [shutil.which(file, path=path) for file in tool.files]
    missing = [file for file, program in zip(tool.files, programs, strict=True) if program is None]
    if programs[0] is None or missing:
        return f"{' and '.join(missing)} not found"
    result = process.run([programs[0], "version"], env={"PULUMI_SKIP_UPDATE_CHECK": "1"}, timeout=VERSION_TIMEOUT)
    found = _VERSION.search(result.stdout)
    if result.code or found is None:
        return f"{programs[0]} version ended with {result.code}: {(result.stderr or result.stdout).strip()[-300:]}"
    have, want = (tuple(map(int, text)) for text in (found.groups(), tool.version.split(".")))
    if have < want or have[0] != want[0]:
        return f"{programs[0]} has version {'.'.join(found.groups())}"
    return None


def address(tool: Tool) -> str | None:
    """Return the address of the download for this machine; None if there is none."""
    return _formatted(tool.address, tool)


def _formatted(template: str, tool: Tool) -> str | None:
    system, machine = platform.system().lower(), platform.machine().lower()
    if system not in {"linux", "darwin"} or machine not in tool.architectures:
        return None
    return template.format(version=tool.version, os=system, arch=tool.architectures[machine])


def _download(tool: Tool, root: Path, folder: Path, amount: Amount) -> str | None:  # noqa: ARG001
    url, checksums = (_formatted(template, tool) for template in (tool.address, tool.checksums))
    if url is None or checksums is None:
        return f"not available for {platform.system().lower()} on {platform.machine().lower()}"
    is_archive = url.endswith(".tar.gz")
    target = folder / ("archive.tar.gz" if is_archive else tool.files[0])
    try:
        fetch_verified(url, checksums, target, amount=amount)
        if is_archive:
            # The archive has the hosts of all languages; the files for Python are a tenth of it.
            unpack(target, folder, wanted=lambda name: name == tool.files[0] or "python" in name)
            target.unlink()
        else:
            target.chmod(0o755)
    except DownloadError as error:
        return str(error)
    return None


def _build(tool: Tool, root: Path, folder: Path, amount: Amount) -> str | None:  # noqa: ARG001
    return tool.build(root, folder)


def _move(tool: Tool, folder: Path, bin_dir: Path) -> None:
    """Move all files. The program comes last: its version decides whether the tool is installed."""
    for file in sorted(folder.iterdir(), key=lambda path: path.name == tool.files[0]):
        file.replace(bin_dir / file.name)
