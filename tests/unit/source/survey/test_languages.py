"""Versions of languages are found where people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.survey.languages import base_images
from tests.unit.source.trees import write


@pytest.mark.parametrize(
    ("language", "files", "image"),
    [
        ("python", {".python-version": "3.11.7\n"}, "python:3.11-slim"),
        ("python", {"runtime.txt": "python-3.10.4\n"}, "python:3.10-slim"),
        ("python", {"pyproject.toml": 'requires-python = ">=3.9,<3.12"\n'}, "python:3.11-slim"),
        ("python", {"pyproject.toml": 'requires-python = ">=3.14"\n'}, "python:3.14-slim"),
        ("python", {"pyproject.toml": 'python = "~3.9"\n'}, "python:3.9-slim"),
        ("python", {"pyproject.toml": 'requires-python = ">=3.8"\n'}, None),
        ("python", {"Pipfile": 'python_version = "3.12"\n'}, "python:3.12-slim"),
        ("python", {}, None),
        ("node", {".nvmrc": "v18.2\n"}, "node:18-slim"),
        ("node", {"package.json": '{"engines": {"node": ">=18"}}'}, None),
        ("node", {"package.json": '{"engines": {"node": ">=24"}}'}, "node:24-slim"),
        ("ruby", {".ruby-version": "ruby-3.2.1\n"}, "ruby:3.2.1-slim"),
        ("java", {"pom.xml": "<java.version>17</java.version>"}, "eclipse-temurin:17-jdk"),
        ("java", {"build.gradle.kts": "JavaLanguageVersion.of(21)"}, None),
        ("go", {"go.mod": "module x\n\ngo 1.23.4\n"}, "golang:1.23"),
    ],
)
def test_the_base_image_has_the_version(
    language: str, files: dict[str, str], image: str | None, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    found = base_images(language, source_files.read(write(tmp_path / "source", files)))

    assert next(iter(found.values()), (None, ""))[0] == image
