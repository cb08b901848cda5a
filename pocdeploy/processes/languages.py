"""The packages of applications that are not in Python, for `make dev`: with the tools of this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.processes.setup import step

_NODE = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")
_TOOLS = {"node": "npm", "ruby": "bundle", "go": "go"}
"""Language -> program that installs packages, or builds."""


def install(language: str, folder: Path, work: Path, *, log: Callable[[str], None]) -> None:
    """Install the packages of the application in ``folder``, its patched copy; ``work`` is kept between runs.

    Raises PocdeployError if the tool of the language is not on this machine, or fails.
    """
    tool = _TOOLS.get(language)
    if tool is None or shutil.which(tool) is None:
        finding = Finding(
            where="dev",
            what=f"this machine has no {tool}" if tool else f"applications in {language} need Docker",
            expected=f"{tool} on PATH, or Docker" if tool else "Docker",
            fix="make up",
        )
        raise PocdeployError([finding])
    programs = work / "venv" / "bin"  # in PATH of the application
    programs.mkdir(parents=True, exist_ok=True)
    if language == "node":
        _node(folder, work, log)
    elif language == "ruby":
        log("bundle install")
        (work / "bundle").mkdir(exist_ok=True)
        step("bundle install", ["bundle", "install"], {**os.environ, **bundler(work)}, cwd=folder)
    else:
        log("go build")
        step("go build", ["go", "build", "-o", str(programs / "server"), "."], os.environ, cwd=folder)


def bundler(work: Path) -> dict[str, str]:
    """Return the variables with which Bundler finds the packages that `install` has installed."""
    return {"BUNDLE_PATH": str(work / "bundle")} if (work / "bundle").is_dir() else {}


def _node(folder: Path, work: Path, log: Callable[[str], None]) -> None:
    """Install into a folder that is kept, unless it has these packages, and link it."""
    kept, given = work / "node", {name: (folder / name) for name in _NODE if (folder / name).is_file()}
    wanted = hashlib.sha256(b"\0".join(file.read_bytes() for file in given.values())).hexdigest()
    marker = kept / "installed.sha256"
    if not marker.is_file() or marker.read_text("utf-8") != wanted:
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for name, file in given.items():
            shutil.copyfile(file, kept / name)
        verb = "ci" if "package-lock.json" in given else "install"
        log(f"npm {verb}")
        step(f"npm {verb}", ["npm", verb, "--no-audit", "--no-fund"], os.environ, cwd=kept)
        marker.write_text(wanted, "utf-8")
    (folder / "node_modules").symlink_to(kept / "node_modules")
    if (folder / "prisma" / "schema.prisma").is_file():
        step("prisma generate", ["npx", "prisma", "generate"], os.environ, cwd=folder)
    step("npm run build", ["npm", "run", "build", "--if-present"], os.environ, cwd=folder)
