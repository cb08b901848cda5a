"""The command that serves an application without its image."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.errors import PocdeployError
from pocdeploy.processes.command import server_command, with_values
from tests.unit.source.trees import write


def test_gunicorn_serves_a_django_project(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "wsgi.py").touch()
    (tmp_path / "Dockerfile").write_text('CMD ["other"]')

    assert server_command(tmp_path, 8001) == ("other",)
    (tmp_path / "manage.py").touch()
    assert server_command(tmp_path, 8001) == (
        *("gunicorn", "--bind", "127.0.0.1:8001", "--no-control-socket"),
        "site.wsgi",
    )


def test_an_application_without_a_command_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PocdeployError) as caught:
        server_command(tmp_path, 8001)

    assert caught.value.findings[0].actual == "wsgi.py in: no package"
    assert "CMD" in str(caught.value.findings[0].expected)


@pytest.mark.parametrize(
    ("settings", "dockerfile", "words"),
    [
        ({"command": ["serve", "0.0.0.0:$(PORT)"]}, "", ("serve", "127.0.0.1:$(PORT)")),
        ({"args": ["--fast"]}, 'FROM a\nENTRYPOINT ["serve"]\nCMD ["--slow"]\n', ("serve", "--fast")),
        ({}, 'FROM a\nENTRYPOINT ["serve"]\nCMD ["--slow"]\n', ("serve", "--slow")),
        ({}, 'FROM a\nWORKDIR /code\nENTRYPOINT ["/code/start.sh"]\n', ("./start.sh",)),
        ({}, "FROM a\nCMD serve $PORT\n", ("sh", "-c", "serve $PORT")),
    ],
)
def test_settings_come_before_the_dockerfile(
    settings: dict[str, object], dockerfile: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    write(tmp_path, {"Dockerfile": dockerfile, "start.sh": ""})

    assert server_command(tmp_path, 8001, AppSettings.model_validate(settings)) == words


def test_the_folder_of_the_application_counts(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": 'FROM a\nCMD ["top"]\n', "api/Dockerfile": 'FROM a\nCMD ["api"]\n'})

    assert server_command(tmp_path, 8001, AppSettings(context="api")) == ("api",)


def test_references_get_their_values() -> None:
    assert with_values(("$(PORT)", "$$(PORT)", "$(NO)", "$PORT"), {"PORT": "1"}) == ("1", "$(PORT)", "$(NO)", "$PORT")


def test_program_that_the_image_has_elsewhere_is_found(tmp_path: Path) -> None:
    dockerfile = (
        'FROM a\nWORKDIR /app\nCOPY docker/entrypoint /entrypoint\nENTRYPOINT ["/entrypoint"]\nCMD ["/start"]\n'
    )
    write(tmp_path, {"Dockerfile": dockerfile, "docker/entrypoint": ""})

    assert server_command(tmp_path, 8001) == ("./docker/entrypoint", "/start")
