"""Stack files as the Pulumi CLI reads them, compared with ``pocdeploy.config.stack_file``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import stack_file
from pocdeploy.errors import SettingsError
from tests.engine.bench import ROOT, Bench
from tests.engine.conftest import new_bench
from tests.unit.config.test_yaml_reader import SCALARS

DOCUMENT = """\
config:
  pocdeploy:top: 0x1F
  pocdeploy:none:
  pocdeploy:date: 2001-1-2
  pocdeploy:list: [1.0, ~, off]
  other:base: &x {b: 1, c: 2}
  other:merged: {<<: *x, c: 3, 010: a, true: b}
  other:text: |
    two
    lines
  pocdeploy:scalars:
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return new_bench(tmp_path / "bench", ROOT / "Pulumi.dev.yaml", "dev")


def by_pulumi(bench: Bench) -> dict[str, Any]:
    """Return the configuration that the CLI prints."""
    run = bench.pulumi("config", "--json", "--stack", "dev")
    assert run.code == 0, run.output
    printed = json.loads(run.output[run.output.index("{") :])
    return {key: entry.get("objectValue", entry["value"]) for key, entry in printed.items()}


def test_values_are_read_as_pulumi_reads_them(bench: Bench) -> None:
    scalars = "".join(f"    k{number}: {text}\n" for number, text in enumerate(SCALARS))
    bench.stack_file.write_text(f"\ufeff{DOCUMENT}{scalars}".replace("\n", "\r\n"), "utf-8", newline="")
    read = {key: decoded(text) for key, text in stack_file.read(bench.project, "dev").items()}
    expected = {key: decoded(value) for key, value in by_pulumi(bench).items() if key not in stack_file.SECRETS}

    assert read == expected
    assert list(expected["pocdeploy:scalars"].values()) == [
        value for _, value in sorted((f"k{number}", value) for number, value in enumerate(SCALARS.values()))
    ]


def decoded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  pocdeploy:a: 1\n  'pocdeploy:a': 2\n",
        "config: {}\nconfig: {}\n",
        "config:\n  pocdeploy:a: {1: a, '1': b}\n",
        "config:\n  pocdeploy:a: &x {b: *x}\n",
        "config:\n  pocdeploy:a: {? {b: 1} : c}\n",
        "config:\n  pocdeploy:a: !!int x\n",
    ],
)
def test_what_pulumi_refuses_is_refused(bench: Bench, text: str) -> None:
    bench.stack_file.write_text(text, "utf-8")
    run = bench.pulumi("config", "--json", "--stack", "dev")

    assert run.code != 0, run.output
    with pytest.raises(SettingsError):
        stack_file.read(bench.project, "dev")
