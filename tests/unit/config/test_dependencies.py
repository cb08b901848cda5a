"""Packages are read from the files of package managers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.config.dependencies import dependencies
from tests.unit.source.trees import write


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        (
            "requirements.txt",
            "# flask\nFlask_SQLAlchemy[x]>=3; python_version > '3'\n-r base.txt\nhttps://x/y.whl\n",
            {"flask-sqlalchemy", "https"},
        ),
        ("requirements/base.txt", "django\n", {"django"}),
        ("requirements/dev.txt", "pytest\n", set()),
        ("requirements-test.txt", "pytest\n", set()),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["FastAPI>=1", "psycopg[binary]"]\ndescription = "like flask"\n',
            {"fastapi", "psycopg"},
        ),
        ("pyproject.toml", '[dependency-groups]\ndev = ["pytest"]\npostgres = ["psycopg"]\n', {"psycopg"}),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3"\nflask = "*"\n[tool.poetry.group.dev.dependencies]\nx = "*"\n',
            {"flask"},
        ),
        ("pyproject.toml", "not = [toml", set()),
        ("Pipfile", '[packages]\ndjango = "*"\n[dev-packages]\npytest = "*"\n', {"django"}),
        ("setup.cfg", "[options]\ninstall_requires =\n    flask\n    rq>=1\n", {"flask", "rq"}),
        ("setup.py", 'setup(install_requires=["flask>=1", "rq"])', {"flask", "rq"}),
        ("package.json", '{"dependencies": {"express": "5"}, "devDependencies": {"@x/y": "1"}}', {"express", "@x/y"}),
        ("package.json", "[1]", set()),
        ("Gemfile", "gem 'rails', '~> 8'\n  gem \"pg\"\n# gem 'x'\n", {"rails", "pg"}),
        ("go.mod", "module example.com/me\n\nrequire (\n\tgithub.com/lib/pq v1.10.9\n)\n", {"github.com/lib/pq"}),
        ("pom.xml", "<artifactId>spring-boot-starter-web</artifactId>", {"spring-boot-starter-web"}),
        ("build.gradle.kts", 'implementation("org.postgresql:postgresql:42.7")', {"postgresql"}),
        ("composer.json", '{"require": {"laravel/framework": "^12"}}', {"laravel/framework"}),
        ("mix.exs", '{:phoenix, "~> 1.7"},', {"phoenix"}),
        ("docs/requirements.txt", "sphinx\n", set()),
    ],
)
def test_names_in_a_file(file: str, text: str, names: set[str], tmp_path: Path) -> None:
    found = dependencies(source_files.read(write(tmp_path, {file: text})))

    assert set(found) == names
    assert set(found.values()) <= {file}
