"""Create the tree that an image is built from: a copy of the application with the patches applied.

``git apply`` runs outside of any repository and without the user's configuration, so that the result depends only on
the application and the patches.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pocdeploy import filelock
from pocdeploy.config import patch_text
from pocdeploy.errors import Finding, PatchError, PreflightError
from pocdeploy.source import app_tree, patch_check
from pocdeploy.source.patch_series import Patch, patches_in


def prepare(
    source: Path,
    target: Path,
    *,
    patches: Path | None = None,
    requirements: Path | None = None,
    own_files: Mapping[str, str] | None = None,
    context: str | None = None,
) -> list[Path]:
    """Create ``target``: a copy of ``source`` with the patches in ``patches`` applied.

    ``patches`` is a folder of ``*.patch`` and ``*.diff``, applied in the order of its file ``series`` or by name; it
    may be missing or empty. ``requirements`` becomes ``requirements.txt`` if the patched application has none. If
    its folder ``context`` has no Dockerfile then, it gets the files ``own_files`` (name -> content) that it lacks.
    ``target`` is replaced as a whole at the end: a failed or killed run leaves the previous one, or none. Two runs at
    the same time wait for each other.

    Returns the applied patches in order. Raises PatchError if an argument is invalid or a patch does not apply,
    PreflightError if there are patches but no git.
    """
    source, target = source.resolve(), target.absolute()
    findings = _input_findings(source, target, requirements)
    if findings:
        raise PatchError(findings)
    applied = patches_in(patches) if patches else []
    if applied and shutil.which("git") is None:
        raise PreflightError(
            [Finding(where="git", what="not installed, but needed to apply patches", fix=_GIT_INSTALL)]
        )
    try:
        with _new_tree(target) as tree:
            app_tree.copy_tree(source, tree)
            for index, patch in enumerate(applied):
                _apply(patch, tree, later=len(applied) - index - 1)
            if requirements and not (tree / "requirements.txt").exists():
                shutil.copyfile(requirements, tree / "requirements.txt")
            _add_files(tree / (context or ""), own_files or {})
            app_tree.normalise_modes(tree)
    except OSError as error:
        where = str(error.filename or target)
        raise PatchError([Finding(where=where, what=f"cannot be copied: {error.strerror or error}")]) from error
    return [patch.file for patch in applied]


def _add_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files of an image into a folder without a Dockerfile."""
    if (folder / "Dockerfile").exists() or not folder.is_dir():
        return
    for name, text in files.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, "utf-8")


_GIT_INSTALL = "install the package git of your system, or see https://git-scm.com/downloads"


def _input_findings(source: Path, target: Path, requirements: Path | None) -> list[Finding]:
    findings = []
    if not source.is_dir():
        what = "is not a directory" if source.exists() else "directory not found"
        findings.append(Finding(where=str(source), what=what, expected="the directory of an application"))
    if requirements and not requirements.is_file():
        findings.append(Finding(where=str(requirements), what="requirements file not found"))
    real = target.resolve()
    inside = real.relative_to(source).parts if real.is_relative_to(source) else None
    if source.is_relative_to(real) or (inside is not None and not app_tree.SKIPPED_NAMES & set(inside)):
        findings.append(
            Finding(
                where=str(target),
                what="the copy must not overlap the application",
                expected=f"a directory outside of {source}, or in its .pocdeploy",
            )
        )
    return findings


@contextmanager
def _new_tree(target: Path) -> Iterator[Path]:
    """Yield the path of a new tree that replaces ``target`` if the block succeeds, and is removed otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new, old = (target.parent / f".{target.name}.{kind}" for kind in ("new", "old"))
    with filelock.hold(target.parent / f".{target.name}.lock", f"write {target}"):
        for leftover in (new, old):  # of a killed run: no other run holds the lock
            _remove(leftover)
        try:
            yield new
            if os.path.lexists(target):
                target.rename(old)
            new.rename(target)
        finally:
            _remove(new)
            _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _apply(patch: Patch, tree: Path, *, later: int) -> None:
    """Apply one patch to ``tree``, or raise PatchError with every hunk that fails; ``later`` patches follow it."""
    content = patch.file.read_bytes().removeprefix(codecs.BOM_UTF8)
    parsed = patch_text.parse(content)
    findings = patch_check.faults(patch.file, content, parsed, tree)
    if not findings:
        strip = patch.strip if patch.strip is not None else parsed.strip
        findings = _applied(patch.file, content, tree, f"-p{strip}", parts=len(parsed.files))
    if findings and later:
        note = f"{later} later patch{'es were' if later > 1 else ' was'} not tried"
        findings.append(Finding(where=str(patch.file), what=f"first patch that fails; {note}"))
    if findings:
        raise PatchError(findings)


def _applied(patch: Path, content: bytes, tree: Path, *options: str, parts: int) -> list[Finding]:
    result = _git_apply(content, tree, *options)
    if result.returncode == 0:
        findings = app_tree.link_findings(tree)
        applied = sum(line.startswith("Applied patch") for line in result.stderr.splitlines())
        if "Skipped patch" in result.stderr or applied < parts:
            findings.append(Finding(where=str(patch), what="git skipped a part of it", actual=result.stderr.strip()))
        return findings
    output = result.stderr
    if any("patch failed" in line for line in output.splitlines()):
        if _git_apply(content, tree, *options, "--reverse", "--check").returncode == 0:
            expected = "a patch that changes something"
            return [
                Finding(where=str(patch), what="is in the application already", expected=expected, fix=f"rm {patch}")
            ]
        # The first message names one hunk per file. A second run may damage the tree, which is not used now, to find
        # all hunks.
        output = _git_apply(content, tree, *options, "--reject").stderr
    findings = failures(output, patch, lambda name: patch_check.why_not(content, tree, name))
    return findings or [Finding(where=str(patch), what="git cannot apply it", actual=result.stderr.strip())]


def _git_apply(content: bytes, tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # git calls a last line without a line end damaged; editors remove it.
    text = content if content.endswith(b"\n") else content + b"\n"
    done = subprocess.run(
        ["git", "apply", "--verbose", "--whitespace=nowarn", *options],
        cwd=tree,
        env=_git_environment(os.environ),
        input=text,
        capture_output=True,
        check=False,
    )
    errors = done.stderr.decode(errors="replace")
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(errors="replace"), errors)


def _git_environment(base: Mapping[str, str]) -> dict[str, str]:
    """Hide a repository around the tree from git, which would silently skip files that are ignored there."""
    return {
        **{key: value for key, value in base.items() if not key.startswith("GIT_")},
        "GIT_DIR": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


def failures(output: str, patch: Path, why: Callable[[str], str | None] = lambda _: None) -> list[Finding]:
    """Return findings with patch, file and hunks from the output of ``git apply``; none if it has no error.

    ``why`` returns a reason that is known for a file.
    """
    errors = list(dict.fromkeys(line.removeprefix("error: ") for line in output.splitlines() if line[:7] == "error: "))
    failed = [match for error in errors if (match := re.fullmatch(r"patch failed: (.+):(\d+)", error))]
    rejected = _rejected_hunks(output)
    findings = []
    for name in dict.fromkeys(match[1] for match in failed):
        lines = [match[2] for match in failed if match[1] == name]
        label = [f"hunk {hunk}" for hunk in rejected.get(name, [])] or [f"the hunk of line {line}" for line in lines]
        findings.append(
            Finding(
                where=str(patch),
                what=f"does not apply to {name}: {', '.join(label)}",
                actual=why(name) or f"{name} differs from what the patch expects around line {', '.join(lines)}",
                expected="a patch made against this version of the application and the patches before it",
            )
        )
    named = {match[1] for match in failed}
    for error in errors:
        name, _, message = error.partition(": ")
        if name not in named and not error.startswith(("patch failed", "while searching for")):
            what = f"does not apply to {name}: {message}" if message else f"cannot be applied: {error}"
            findings.append(Finding(where=str(patch), what=what))
    return findings


def _rejected_hunks(output: str) -> dict[str, list[str]]:
    hunks: dict[str, list[str]] = {}
    name = ""
    for line in output.splitlines():
        if match := re.match(r"Applying patch (.+) with \d+ rejects?\.\.\.", line):
            name = match[1]
        elif match := re.match(r"Rejected hunk #(\d+)\.", line):
            hunks.setdefault(name, []).append(match[1])
    return hunks
