"""Frameworks are recognised by files and packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.config.frameworks import recognise
from tests.unit.source.trees import write

RECOGNISED: dict[str, tuple[dict[str, str], str | None]] = {
    "django": ({"manage.py": ""}, "django"),
    "django in a folder": ({"backend/manage.py": ""}, "django"),
    "flask": ({"requirements.txt": "Flask==3\n"}, "flask"),
    "an extension of flask alone": ({"requirements.txt": "flask-login\n"}, None),
    "fastapi beside flask": ({"requirements.txt": "flask\nfastapi\n"}, "fastapi"),
    "rails": ({"Gemfile": "gem 'rails'\n", "config/application.rb": ""}, "rails"),
    "ruby without rails": ({"Gemfile": "gem 'sinatra'\n", "config/application.rb": ""}, None),
    "node": ({"package.json": "{}"}, "node"),
    "django with a frontend": ({"manage.py": "", "package.json": "{}"}, "django"),
    "spring with maven": ({"pom.xml": "<artifactId>spring-boot-starter-parent</artifactId>"}, "spring"),
    "spring with gradle": ({"build.gradle": "id 'org.springframework.boot' version '3'"}, "spring"),
    "java without spring": ({"pom.xml": "<artifactId>junit</artifactId>"}, None),
    "go": ({"go.mod": "module x\n"}, "go"),
    "php": ({"composer.json": "{}"}, None),
    "nothing": ({"README.md": "flask django\n"}, None),
}


@pytest.mark.parametrize("kind", RECOGNISED)
def test_the_framework_of_a_source(kind: str, tmp_path: Path) -> None:
    files, name = RECOGNISED[kind]

    assert recognise(source_files.read(write(tmp_path, files))) == name
