"""Without a terminal, a real `up` of the stack dev is a short report, in which no error is lost."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.stacks.pulumi import Pulumi
from tests.engine.bench import ROOT, Bench
from tests.engine.calls import Call
from tests.engine.world import RefusedError

MOST_LINES = 150


def refuse(call: Call) -> None:
    raise RefusedError("it did not start: API_TOKEN=hunter2-hunter2\nsecond line of the error")


@pytest.fixture
def made(benches: Any) -> Bench:
    """Return a bench of the stack dev, with nothing deployed."""
    bench: Bench = benches(ROOT / "Pulumi.dev.yaml", "dev")
    return bench


def run(made: Bench, verb: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run an operation as pocdeploy does; return its exit code and its lines."""
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    capfd.readouterr()
    code = Pulumi(root=made.project, log=print).run_operation(verb, made.stack, "--yes")
    return code, capfd.readouterr().out.splitlines()


def test_up_and_down_without_a_terminal(
    made: Bench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code, lines = run(made, "up", monkeypatch, capfd)
    template = next((made.project / "app" / "polls").rglob("*.html"))
    template.write_text(template.read_text("utf-8") + "\n<!-- changed -->\n", "utf-8")
    made.calls.when("Update Deployment polls-deployment", before=refuse)
    failed, errors = run(made, "up", monkeypatch, capfd)
    own = made.up()
    ended, last = run(made, "destroy", monkeypatch, capfd)

    assert (code, ended) == (0, 0)
    assert max(map(len, (lines, errors, last))) < MOST_LINES
    assert [line for line in lines if line.startswith("+ Deployment polls-deployment created")]
    assert "    url              http://localhost/" in lines
    assert [line for line in last if line.startswith("- Command test-kind deleted")]
    assert last[-1].startswith("Resources: ")

    text = "\n".join(errors)
    assert failed == own.code != 0
    assert "error: Deployment polls-deployment: it did not start: API_TOKEN=[secret]\n    second line" in text
    assert "hunter2" not in text
    log = (made.project / errors[-1].removeprefix("Everything that Pulumi reported: ")).read_text()
    assert "second line of the error" in log
    assert "hunter2" not in log
