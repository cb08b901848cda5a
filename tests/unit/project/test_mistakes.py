"""Mistakes of newcomers: each message has what a person needs, and its command works in a fresh clone.

``mistakes.csv`` has a line for each: what is written instead of what in STACK, then file line, key, actual and expected
value, command. ``{apps}``, ``{cluster}`` and ``{all}`` are blocks of STACK.
"""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.cli import needs
from pocdeploy.cli.commands import set as set_command
from pocdeploy.config import keys, stack_file
from tests.unit.configuration import checkout, paste, problems

STACK = """\
config:
  pocdeploy:cluster:
    type: kind
    name: test
    workers: 3
    httpPort: 80
    httpsPort: 443
  pocdeploy:apps:
    polls:
      path: app/polls
      host: localhost
      port: 8000
      env:
        TIME_ZONE: Europe/Berlin
      database:
        instances: 3
        storage: 1Gi
      commands:
        migrate: [python, manage.py, migrate]
      replicas:
        min: 2
        max: 5
      resources:
        requests: {cpu: 100m, memory: 192Mi}
        limits: {cpu: "1", memory: 384Mi}
  pocdeploy:monitoring:
    profile: light
    grafana: true
"""
_APPS, _MONITORING = STACK.index("  pocdeploy:apps"), STACK.index("  pocdeploy:monitoring")
BLOCKS = {"{cluster}": STACK[8:_APPS], "{apps}": STACK[_APPS:_MONITORING], "{all}": STACK}
FILE = Path(__file__).with_name("mistakes.csv")
MISTAKES = [*csv.DictReader(FILE.read_text("utf-8").splitlines(), delimiter="|", quoting=csv.QUOTE_NONE)]
ENCODINGS = [("latin-1", "ISO-8859-1"), ("utf-16", "UTF-16")]
EDITOR = """\
#!/bin/sh
awk -v n="${1#+}" -v new="$TYPED" 'NR == n {print new; next} {print}' "$2" >"$2.new" && mv "$2.new" "$2"
"""


def wrong(mistake: dict[str, str]) -> str:
    """Return the stack file with a mistake."""
    old, new = (mistake[name].replace("\\n", "\n").replace("\\t", "\t") for name in ("right", "wrong"))
    old = BLOCKS.get(old, old)
    assert STACK.count(old) == 1, old
    return STACK.replace(old, new.replace("{right}", old))


@pytest.fixture(autouse=True)
def _encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store secrets without Pulumi."""

    def store(_: Any, stack: str, key: str, value: str) -> None:
        file = Path.cwd() / f"Pulumi.{stack}.yaml"
        document = stack_file.document(file)
        assert value == "hunter2"
        place = stack_file.in_document(document, keys.parse(key))
        stack_file.write(file, document.set(place, {"secure": "v1:x"}).text)

    monkeypatch.setattr(set_command, "store_secret", store)
    monkeypatch.setattr(needs, "provide", lambda *_: None)


def run(root: Path, command: str, typed: str) -> None:
    """Run a command as a person does: in a shell, who types one line in an editor, or with pocdeploy."""
    if ".venv/bin/python" in command:
        paste(root, command)
        return
    editor = root / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    env = {**os.environ, "EDITOR": "./editor", "TYPED": typed}
    subprocess.run(["/bin/sh", "-c", command], cwd=root, env=env, check=True)


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{row['key']}: {row['wrong']}"[:60] for row in MISTAKES])
def test_a_mistake_is_explained_and_fixed(mistake: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/ada")  # what ~ means
    with checkout() as root:
        monkeypatch.chdir(root)
        (root / "Pulumi.dev.yaml").write_text(wrong(mistake))
        finding = problems(root)[0]

        assert (finding.file, str(finding.line)) == ("Pulumi.dev.yaml", mistake["line"])
        assert finding.where.removeprefix("pocdeploy:") == mistake["key"]
        assert (finding.actual or "") == mistake["actual"]
        assert mistake["expected"] in str(finding.expected)
        assert str(finding.fix).replace(".venv/bin/python -m pocdeploy ", "") == mistake["fix"]
        assert "hunter2" not in str(finding)
        run(root, str(finding.fix), mistake["typed"])
        assert finding not in problems(root)
        for _ in range(5):  # what one mistake has hidden, or another one in the same line
            for left in problems(root)[:1]:
                run(root, str(left.fix), "")
        assert problems(root) == []


@pytest.mark.parametrize(("encoding", "name"), ENCODINGS)
def test_a_file_in_another_encoding_is_named_and_converted(encoding: str, name: str) -> None:
    with checkout() as root:
        text = STACK.replace("type: kind", "type: kind # für uns")
        (root / "Pulumi.dev.yaml").write_bytes(text.encode(encoding))
        (finding,) = problems(root)

        assert name in finding.what
        run(root, str(finding.fix), "")
        assert problems(root) == []
        assert (root / "Pulumi.dev.yaml").read_text("utf-8") == text


def test_a_file_without_its_first_line_is_indented() -> None:
    with checkout() as root:
        (root / "Pulumi.dev.yaml").write_text("".join(f"{line[2:]}\n" for line in STACK.splitlines()[1:]))
        finding = problems(root)[0]

        assert (finding.line, finding.actual) == (1, "pocdeploy:cluster")
        run(root, str(finding.fix), "")
        assert (root / "Pulumi.dev.yaml").read_text() == STACK


def test_the_file_is_fine_without_a_mistake() -> None:
    with checkout() as root:
        (root / "Pulumi.dev.yaml").write_text(STACK)

        assert problems(root) == []


def test_enough_mistakes_are_tried() -> None:
    assert len(MISTAKES) + len(ENCODINGS) + 1 >= 88
