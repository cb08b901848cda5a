"""What the tests of the configuration share."""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app as cli_app
from pocdeploy.config import load
from pocdeploy.errors import Finding, SettingsError
from tests.paths import ROOT

MAIL = {"to": "team@example.com", "sender": "alerts@example.com", "smarthost": "mail.example.com:587"}


def findings(config: dict[str, Any], root: Path = ROOT, **more: Any) -> list[Finding]:
    """Return what is wrong with a configuration; one with nothing wrong fails the test."""
    raw = {f"pocdeploy:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    with pytest.raises(SettingsError) as error:
        load(raw, root=root, **more)
    return list(error.value.findings)


Bad = tuple[dict[str, Any], str, str]
"""Configuration, the key that the one finding names, and words of the correct value."""


def assert_refused(config: dict[str, Any], key: str, accepted: str) -> None:
    """Assert that a configuration has one finding, without the value of a secret, and a command that solves it."""
    with checkout() as root:
        (root / "Pulumi.dev.yaml").write_text(json.dumps({"config": {f"pocdeploy:{k}": v for k, v in config.items()}}))
        finding, *others = problems(root)
        assert all(accepted in str(other.expected) for other in others)  # one rule about several keys
        assert finding.where.startswith(f"pocdeploy:{key}")  # or a key in it
        assert accepted in str(finding.expected)
        assert "canary" not in str(finding)
        fix = str(finding.fix).partition(" && ")[0]  # the second one asks for a secret
        if not fix.startswith("${EDITOR:-vi} "):  # only a person knows what is right
            paste(root, fix)
            assert [left for left in problems(root) if left.where == finding.where] == []


@contextmanager
def checkout() -> Iterator[Path]:
    """Give a fresh clone: the files that settings can name, and no virtualenv, tools or state."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("app", "patches", "docs", "components", "README.md", "pyproject.toml"):
            (root / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "Pulumi.yaml", root)
        yield root


def problems(root: Path, stack: str = "dev") -> list[Finding]:
    """Return the problems of a stack file."""
    from pocdeploy.config import load_stack  # noqa: PLC0415

    try:
        load_stack(root, stack)
    except SettingsError as error:
        return list(error.findings)
    return []


def paste(root: Path, commands: str) -> None:
    """Run the commands of a finding, as a person who pastes them, and types a secret where one is asked for."""
    for command in commands.split(" && "):
        prefix = ".venv/bin/python -m pocdeploy "
        assert command.startswith(prefix), commands
        words = shlex.split(command.removeprefix(prefix))
        done = CliRunner().invoke(cli_app.app, ["--root", str(root), *words], input="hunter2\n")
        assert done.exit_code == 0, f"{command}\n{done.output}"


def app(**settings: Any) -> dict[str, Any]:
    return {"apps": {"polls": settings}}


def database(**settings: Any) -> dict[str, Any]:
    return app(database=settings)


def cluster(**settings: Any) -> dict[str, Any]:
    return {"cluster": settings}
