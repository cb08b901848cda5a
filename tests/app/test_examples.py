"""The tests of each example, on a real PostgreSQL that its own command has migrated."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from pocdeploy.config.frameworks import with_defaults
from pocdeploy.processes import postgres
from pocdeploy.processes.environment import with_url
from pocdeploy.processes.packages import requirements
from tests.app.support import ROOT
from tests.virtualenvs import ready

FURTHER = "pytest\nhttpx\n"
"""Packages of the tests of the examples in Python."""
TESTS: dict[str, list[str]] = {
    "flask-notes": ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    "fastapi-notes": ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    "node-notes": ["npm", "test"],
    "rails-notes": ["bundle", "exec", "rails", "test"],
}


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with tempfile.TemporaryDirectory(prefix="pocdeploy-") as folder:
        if findings := postgres.folder_findings(Path(folder)):
            pytest.skip(str(findings[0]))
        data = Path(folder) / "pgdata"
        yield postgres.start(data)
        postgres.stop(data)


def run(words: Sequence[str], tree: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=600)


def programs(example: str, tree: Path) -> str:
    """Install the packages of an example; return its PATH. Skips where its runtime is missing."""
    path = os.environ["PATH"]
    if TESTS[example][0] == "python":
        wanted = tree.with_name("wanted.txt")
        wanted.write_text(requirements(tree, example.partition("-")[0]).read_text("utf-8") + FURTHER, "utf-8")
        return f"{ready(wanted, example).parent}{os.pathsep}{path}"
    tool = TESTS[example][0]
    if shutil.which(tool) is None:
        pytest.skip(f"{example}: {tool} is not installed")
    install = ["npm", "ci", "--no-audit", "--no-fund"] if tool == "npm" else ["bundle", "install"]
    done = run(install, tree, os.environ)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        pytest.skip(f"{example}: {' '.join(install)} failed: {last}")
    return path


@pytest.mark.parametrize("example", TESTS)
def test_example_passes_its_own_tests(example: str, server: postgres.Server, tmp_path: Path) -> None:
    tree = tmp_path / example
    shutil.copytree(ROOT / "examples" / example, tree)
    path = programs(example, tree)
    server.create_database(example)
    settings = with_defaults(example, {"path": f"examples/{example}"}, ROOT)
    own = {"SECRET_KEY": "test", "SECRET_KEY_BASE": "0" * 64, "RAILS_ENV": "test", "PYTHONDONTWRITEBYTECODE": "1"}
    env = {"PATH": path, "HOME": str(tmp_path), **own, **with_url(server.variables(example))}
    migrated = run(settings["commands"]["migrate"], tree, env)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    tested = run(TESTS[example], tree, env)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_example_is_tested() -> None:
    assert sorted(path.name for path in (ROOT / "examples").iterdir() if path.is_dir()) == sorted(TESTS)
