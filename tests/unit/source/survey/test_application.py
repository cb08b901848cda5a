"""What the parts of a survey look at."""

from __future__ import annotations

from pathlib import Path

from pocdeploy.source.survey.application import read_application
from tests.unit.source.survey.sources import files_of


def test_an_application_has_what_is_in_its_own_folder(tmp_path: Path) -> None:
    app = read_application(files_of(tmp_path, "fastapi in a folder of a monorepo"))

    assert (app.framework, app.folder, app.is_python) == ("fastapi", "/app", True)
    assert "react" not in app.packages
    assert {"POSTGRES_SERVER", "POSTGRES_USER"} <= app.read.keys()


def test_the_folder_in_the_image_is_that_of_the_dockerfile(tmp_path: Path) -> None:
    app = read_application(files_of(tmp_path, "rails 8 with its own Dockerfile"))

    assert (app.folder, app.is_python) == ("/rails", False)
