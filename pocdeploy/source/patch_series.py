"""Find the patches of a folder, in the order in which they are applied."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.errors import Finding, PatchError

SUFFIXES = (".patch", ".diff")


def patches_in(folder: Path) -> list[Path]:
    """Return the patches in ``folder`` in the order of its file ``series`` if there is one, else by name.

    A folder may be missing or empty. ``series`` has one file name per line; a ``#`` begins a comment. Raises PatchError
    if ``folder`` is a file, or if ``series`` does not name each patch beside it exactly once.
    """
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise PatchError([Finding(where=str(folder), what="is not a directory", expected="a directory of patches")])
    present = sorted(path.name for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    series = folder / "series"
    if not series.is_file():
        return [folder / name for name in present]
    listed = [name for line in series.read_text("utf-8").splitlines() if (name := line.partition("#")[0].strip())]
    findings = _findings(series, listed, present)
    if findings:
        raise PatchError(findings)
    return [folder / name for name in listed]


def _findings(series: Path, listed: list[str], present: list[str]) -> list[Finding]:
    """Compare what ``series`` lists with the patches that are present."""
    accepted = f"the names of the {'/'.join(SUFFIXES)} files in {series.parent}, one a line, each once"
    unknown = [f"names {name!r}, which does not exist" for name in dict.fromkeys(listed) if name not in present]
    missing = [f"does not name {name!r}, which would not be applied" for name in present if name not in listed]
    twice = [f"names {name!r} more than once" for name in dict.fromkeys(listed) if listed.count(name) > 1]
    return [Finding(where=str(series), what=what, expected=accepted) for what in (*unknown, *missing, *twice)]
