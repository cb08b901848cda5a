"""The application is found in its source, and the folder that its Dockerfile needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.survey.place import find_place
from tests.unit.source.trees import write

DOCKERFILE = "FROM a\nCOPY requirements.txt .\nCOPY . .\n"
NODE = '{"scripts": {"start": "node ."}, "dependencies": {"express": "5"}}'


@pytest.mark.parametrize(
    ("files", "folder", "context", "dockerfile"),
    [
        ({"manage.py": "", "Dockerfile": "FROM a\n"}, "", "", "Dockerfile"),
        ({"manage.py": "", "requirements.txt": "", "docker/Dockerfile": DOCKERFILE}, "", "", "docker/Dockerfile"),
        ({"api/requirements.txt": "flask\n", "api/Dockerfile": DOCKERFILE}, "api", "api", "api/Dockerfile"),
        ({"api/requirements.txt": "flask\n", "api/Dockerfile": "FROM a\nCOPY api /x\n"}, "api", "", "api/Dockerfile"),
        (
            {"server/package.json": NODE, "web/package.json": '{"dependencies": {"react": "19"}}'},
            "server",
            "server",
            "",
        ),
        ({"package.json": '{"devDependencies": {"vite": "7"}}', "src/manage.py": ""}, "src", "src", ""),
        (
            {"go.mod": "module x\n", "deploy/docker/Dockerfile": "FROM a\nCOPY . /src\n"},
            "",
            "",
            "deploy/docker/Dockerfile",
        ),
    ],
)
def test_folder_and_dockerfile(
    files: dict[str, str], folder: str, context: str, dockerfile: str, tmp_path: Path
) -> None:
    place = find_place(source_files.read(write(tmp_path / "source", files)))

    assert (place.folder, place.context, place.dockerfile) == (folder, context, dockerfile)


def test_what_a_dockerfile_lacks_is_named(tmp_path: Path) -> None:
    files = {"package.json": NODE, "Dockerfile": "FROM a\nCOPY dist/api ./\nCOPY package.json $X https://a/b ./\n"}
    place = find_place(source_files.read(write(tmp_path / "source", files)))

    assert place.lacking == ("dist/api",)
