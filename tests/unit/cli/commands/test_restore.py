"""The command ``restore``: nothing is switched unless a person agrees, and the copy is always removed."""

from __future__ import annotations

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pocdeploy.cli import app, guard
from pocdeploy.stacks.backups.errors import BackupError
from pocdeploy.stacks.backups.restore import Restore
from tests.paths import ROOT
from tests.unit.cli.commands.archived import serve
from tests.unit.stacks.backups.databases import cluster


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of what a restore does."""
    done: list[str] = []
    serve(monkeypatch, cluster())
    monkeypatch.setattr(Restore, "prepare", lambda _, name=None: done.append(f"copy {name}") or 72.0)
    monkeypatch.setattr(Restore, "differences", lambda _: ["public.vote: 0 rows now, 12 rows then"])
    monkeypatch.setattr(Restore, "put_in_place", lambda _: done.append("switch") or "polls_before_1")
    monkeypatch.setattr(Restore, "clean_up", lambda _: done.append("remove"))
    return done


def run(*options: str) -> Result:
    return CliRunner().invoke(app.app, ["--root", str(ROOT), "restore", "--app", "polls", *options])


def test_a_confirmed_restore_is_put_in_place(steps: list[str]) -> None:
    result = run("--yes-restore", "--to", "2026-01-31T14:00:00Z")
    assert steps == ["copy None", "switch", "remove"]
    assert "public.vote: 0 rows now, 12 rows then" in result.stderr
    assert "polls_before_1" in result.stdout


def test_without_a_terminal_nothing_is_switched(steps: list[str]) -> None:
    result = run()
    assert (result.exit_code, steps) == (1, ["copy None", "remove"])
    assert "YES_RESTORE=1" in result.stderr


@pytest.mark.parametrize(
    ("typed", "expected"), [("polls", ["copy None", "switch", "remove"]), ("no", ["copy None", "remove"])]
)
def test_a_person_types_the_name(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, typed: str, expected: list[str]
) -> None:
    monkeypatch.setattr(guard, "is_terminal", lambda _: True)
    monkeypatch.setattr(guard, "_typed", lambda: typed)
    assert run().exit_code == 0
    assert steps == expected


def test_a_copy_can_be_kept(steps: list[str]) -> None:
    result = run("--into", "polls-old")
    assert steps == ["copy polls-old"]
    assert "delete cluster polls-old" in result.stdout


def test_a_failed_restore_leaves_no_copy(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Restore) -> None:
        raise BackupError([])

    monkeypatch.setattr(Restore, "put_in_place", fail)
    assert run("--yes-restore").exit_code == 1
    assert steps == ["copy None", "remove"]


def test_an_unknown_application_is_refused(steps: list[str]) -> None:
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "restore", "--app", "shop"])
    assert (result.exit_code, steps) == (2, [])
    assert "no application with a database" in result.stderr
