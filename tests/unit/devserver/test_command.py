"""How an application is served without its image, and with which settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pocdeploy.devserver import app_settings
from pocdeploy.devserver.command import server_command
from pocdeploy.errors import PocdeployError, SettingsError
from pocdeploy.source import dockerfile

CMDS = {
    'FROM x\nCMD ["uvicorn", "main:app"]\n': ("uvicorn", "main:app"),
    'FROM x\ncmd ["a"]\nFROM y\nCMD ["b", \\\n  "c"]\n': ("b", "c"),
    "FROM x\nCMD exec uvicorn --port $PORT\n": ("/bin/sh", "-c", "exec uvicorn --port $PORT"),
    'FROM x\n# CMD ["no"]\nRUN echo CMD\n': (),
    "FROM x\n": (),
}


@pytest.mark.parametrize(("text", "expected"), CMDS.items())
def test_the_command_of_an_image_is_its_last_cmd(text: str, expected: tuple[str, ...]) -> None:
    assert dockerfile.command(text) == expected


def test_a_django_project_is_served_by_gunicorn_whatever_its_dockerfile_says(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "wsgi.py").touch()
    (tmp_path / "Dockerfile").write_text('CMD ["other"]')

    assert server_command(tmp_path, 8001) == ("other",)
    (tmp_path / "manage.py").touch()
    assert server_command(tmp_path, 8001) == (
        *("gunicorn", "--bind", "127.0.0.1:8001", "--no-control-socket"),
        "site.wsgi",
    )


def test_an_application_that_nothing_says_how_to_serve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PocdeployError) as caught:
        server_command(tmp_path, 8001)

    assert caught.value.findings[0].actual == "wsgi.py in: no package"
    assert "CMD" in str(caught.value.findings[0].expected)


def test_the_settings_are_those_of_the_stack_that_has_the_application(tmp_path: Path) -> None:
    shop = {"databaseEnv": {"DATABASE_HOST": "PGHOST"}, "env": {"A": "b"}}
    for stack, apps in {"dev": {"polls": None}, "both": {"polls": {"port": 9000}, "shop": shop}}.items():
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": apps}}))

    assert app_settings.find(tmp_path, "shop").database_env == {"DATABASE_HOST": "PGHOST"}
    assert app_settings.find(tmp_path, "polls").port == 8000
    assert app_settings.find(tmp_path, "unknown").env == {}


def test_settings_that_cannot_be_used_are_said_in_the_words_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": {"shop": {"prot": 1}}}}))

    with pytest.raises(SettingsError) as caught:
        app_settings.find(tmp_path, "shop")
    assert caught.value.findings[0].where == "pocdeploy:apps.shop.prot"
