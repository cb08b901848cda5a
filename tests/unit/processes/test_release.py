"""A release of an application without an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.processes import release
from pocdeploy.processes.release import NEXT, Ports
from pocdeploy.processes.state import StackFolder

PYTHON = Path("/venv/bin/python")
PORTS = Ports(web=8000, metrics=8001)


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "main.py").write_text("1")
    return StackFolder(tmp_path, "dev")


def made(folder: StackFolder, **own: str) -> release.Release:
    source = release.prepare_source(folder, "shop", AppSettings(path="shop"))
    return release.make_release(source, PYTHON, ("serve",), own, AppSettings(path="shop"))


def test_source_and_variables_make_another_release(folder: StackFolder) -> None:
    first = made(folder, A="1")
    assert made(folder, A="1").digest == first.digest
    assert made(folder, A="2").digest != first.digest
    (folder.root / "shop" / "main.py").write_text("2")
    assert made(folder, A="1").digest != first.digest
    assert not (folder.releases("shop") / NEXT).exists()


def test_variables_of_the_terminal_make_no_release(folder: StackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(folder)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.setenv("DEBUG", "1")
    second = made(folder)
    assert second.digest == first.digest
    assert (second.env["TZ"], "DEBUG" in second.env) == ("Europe/Berlin", False)
    assert second.env["PATH"].startswith("/venv/bin:")


def test_only_the_release_that_runs_is_kept(folder: StackFolder) -> None:
    made(folder, A="1")
    kept = made(folder, A="2")
    release.remove_others(folder, "shop", kept.digest)
    assert [path.name for path in folder.releases("shop").iterdir() if path.is_dir()] == [kept.digest]
    assert (kept.tree / "main.py").read_text() == "1"


def test_secrets_override_and_the_password_stays_out(folder: StackFolder) -> None:
    secrets = {"SECRET_KEY": "s", "ADMIN_PASSWORD": "p", "MAIL_KEY": "m"}
    app = AppSettings(env={"GREETING": "hello"}, host="shop.localhost")
    found = release.variables(folder, "shop", app, server=None, ports=PORTS, secrets=secrets)
    wanted = {"SECRET_KEY": "s", "MAIL_KEY": "m", "GREETING": "hello", "PORT": "8000", "METRICS_PORT": "8001"}
    assert wanted.items() <= found.items()
    assert found["ALLOWED_HOSTS"] == "localhost,127.0.0.1,shop.localhost"
    assert "p" not in found.values()


def test_steps_before_a_release_leave_its_metrics_alone(folder: StackFolder) -> None:
    found = made(folder, **{release.METRICS_FOLDER: "/x", "A": "1"})
    assert found.env[release.METRICS_FOLDER] == "/x"
    assert release.METRICS_FOLDER not in release.environment_of(found)
