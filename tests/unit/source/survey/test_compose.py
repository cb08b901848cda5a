"""The command of an application in the files of Docker Compose."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.survey.compose import command

SERVICE = "services:\n  db:\n    image: postgres\n  web:\n    build: {build}\n    command: {command}\n"


@pytest.mark.parametrize(
    ("file", "build", "context", "expected"),
    [
        ("docker-compose.yml", ".", "", "serve"),
        ("compose.yaml", "./web", "web", "serve"),
        ("docker-compose.yml", "{context: ./web, dockerfile: Dockerfile}", "web", "serve"),
        ("deploy/docker-compose.yml", "..", "", "serve"),
        ("docker-compose.yml", "./other", "web", ""),
        ("docker-compose.yml", "[", "", ""),
    ],
)
def test_command_of_the_service_that_is_built(
    tmp_path: Path, file: str, build: str, context: str, expected: str
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(SERVICE.format(build=build, command="serve"))

    assert command(source_files.read(tmp_path), context) == (expected, file if expected else "")


def test_file_for_production_has_priority(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(SERVICE.format(build=".", command="develop"))
    (tmp_path / "docker-compose.prod.yml").write_text(SERVICE.format(build=".", command='[serve, "two words"]'))

    assert command(source_files.read(tmp_path), "") == ("serve 'two words'", "docker-compose.prod.yml")


@pytest.mark.parametrize("text", ["", "- a\n", "services: [a]\n", "services:\n  web: x\n", "services:\n  web:\n"])
def test_file_that_is_none_has_no_command(tmp_path: Path, text: str) -> None:
    (tmp_path / "docker-compose.yml").write_text(text)

    assert command(source_files.read(tmp_path), "") == ("", "")
