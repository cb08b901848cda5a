"""What the patched source decides: processes of its Procfile, and whether it is Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.config.commands import shell
from pocdeploy.errors import PatchError
from pocdeploy.source.resolve import resolve

PROCFILE = "web: serve\nrelease: migrate\nworker: work\n"


def resolved(tree: Path, files: dict[str, str], **settings: Any) -> AppSettings:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return resolve("shop", AppSettings.model_validate({"path": "app/shop", **settings}), tree).app


def test_procfile_gives_what_the_settings_leave_open(tmp_path: Path) -> None:
    app = resolved(tmp_path, {"Procfile": PROCFILE})

    assert app.command == shell("serve")
    assert app.commands.migrate == shell("migrate")
    assert {name: it and it.command for name, it in app.processes.items()} == {"worker": shell("work")}


def test_settings_have_priority_over_the_procfile(tmp_path: Path) -> None:
    app = resolved(
        tmp_path,
        {"Procfile": PROCFILE},
        command=["./own"],
        commands={"migrate": None},
        processes={"worker": {"replicas": 3}, "mail": "mail"},
    )
    found = {name: it and (it.command, it.replicas) for name, it in app.processes.items()}

    assert (app.command, app.commands.migrate) == (("./own",), None)
    assert found == {"worker": (shell("work"), 3), "mail": (shell("mail"), 1)}


def test_null_drops_a_line_of_the_procfile(tmp_path: Path) -> None:
    app = resolved(tmp_path, {"Procfile": PROCFILE}, processes={"worker": None, "web": None, "release": False})

    assert (app.processes, app.command, app.commands.migrate) == ({}, None, None)


def test_procfile_in_the_folder_of_the_image_is_used(tmp_path: Path) -> None:
    files = {"backend/Procfile": "worker: inner\n", "Procfile": "worker: outer\n"}
    app = resolved(tmp_path, files, context="backend")

    assert [it and it.command for it in app.processes.values()] == [shell("inner")]


@pytest.mark.parametrize("place", ["manage.py", "backend/manage.py"])
def test_django_keeps_the_commands_of_django(tmp_path: Path, place: str) -> None:
    app = resolved(tmp_path, {place: ""})

    assert app.commands == AppSettings().commands


def test_other_applications_get_none_of_the_commands_of_django(tmp_path: Path) -> None:
    commands = resolved(tmp_path, {"main.py": ""}, commands={"seed": ["./seed"]}).commands
    found = (commands.migrate, commands.admin, commands.check_migrations, commands.smoke, commands.seed)

    assert found == (None, None, None, None, ("./seed",))


def test_people_read_what_the_source_decided(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text(PROCFILE)
    notes = resolve("shop", AppSettings(), tmp_path).notes

    assert notes[0] == "shop: the Procfile gives release, web, worker"
    assert notes[1].startswith("shop: no manage.py")
    assert resolve("shop", AppSettings(), Path(__file__).parents[3] / "app" / "polls").notes == ()


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"processes": {"worker": {"replicas": 2}}}, "processes.worker", "without a command"),
    ({"processes": {"web": {}}}, "processes.web", "without a command"),
    ({"commands": {"smoke": "django"}}, "commands.smoke", "django needs a manage.py"),
    ({"commands": {"checkMigrations": "django"}}, "commands.checkMigrations", "django needs a manage.py"),
]


@pytest.mark.parametrize(("settings", "key", "words"), BAD)
def test_settings_that_the_source_does_not_fit_are_refused(
    tmp_path: Path, settings: dict[str, Any], key: str, words: str
) -> None:
    with pytest.raises(PatchError) as caught:
        resolved(tmp_path, {}, **settings)

    (finding,) = caught.value.findings
    assert finding.where == f"pocdeploy:apps.shop.{key}"
    assert words in finding.what
    assert str(finding.fix).startswith(".venv/bin/python -m pocdeploy ")
