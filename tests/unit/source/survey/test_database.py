"""Connections to a database are recognised in the ways in which applications read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import source_files
from pocdeploy.source.survey.draft import survey
from pocdeploy.source.survey.report import Draft
from tests.unit.source.trees import write

FLASK = {"requirements.txt": "flask\npsycopg2-binary\n"}


def draft_of(tmp_path: Path, files: dict[str, str]) -> Draft:
    return survey(source_files.read(write(tmp_path / "source", files)), "../source")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('os.environ["POSTGRES_URL"]', {"DATABASE_URL": "POSTGRES_URL"}),
        ('os.getenv("SHOP_DATABASE_URL")', {"DATABASE_URL": "SHOP_DATABASE_URL"}),
        ('env("PGHOST"); env("PGPORT")', {"DATABASE_HOST": "PGHOST", "DATABASE_PORT": "PGPORT"}),
        ('env("SQL_HOST"); env("SQL_DATABASE")', {"DATABASE_HOST": "SQL_HOST", "DATABASE_NAME": "SQL_DATABASE"}),
        ('env("RDS_HOSTNAME"); env("RDS_DB_NAME")', {"DATABASE_HOST": "RDS_HOSTNAME", "DATABASE_NAME": "RDS_DB_NAME"}),
        (
            'env("DB_HOST"); env("POSTGRES_PASSWORD")',
            {"DATABASE_HOST": "DB_HOST", "DATABASE_PASSWORD": "POSTGRES_PASSWORD"},
        ),
    ],
)
def test_variables_of_the_connection_are_mapped(code: str, expected: dict[str, str], tmp_path: Path) -> None:
    assert draft_of(tmp_path, {**FLASK, "app.py": code}).get("databaseEnv") == expected


@pytest.mark.parametrize("code", ['os.environ["DATABASE_URL"]', 'env("DATABASE_HOST"); env("DATABASE_NAME")'])
def test_the_own_names_of_pocdeploy_need_no_setting(code: str, tmp_path: Path) -> None:
    assert draft_of(tmp_path, {**FLASK, "app.py": code}).get("databaseEnv") is None


@pytest.mark.parametrize(
    ("packages", "code", "scheme"),
    [
        ("sqlalchemy\npsycopg\n", "create_engine(url)", "postgresql+psycopg://"),
        ("sqlalchemy\npsycopg2-binary\n", "create_engine(url)", None),
        ("sqlalchemy\nasyncpg\n", "create_async_engine(url)", "postgresql+asyncpg://"),
        ("sqlalchemy\nasyncpg\n", 'create_async_engine(url.replace("postgresql", "postgresql+asyncpg"))', None),
    ],
)
def test_sqlalchemy_gets_the_scheme_of_its_driver(packages: str, code: str, scheme: str | None, tmp_path: Path) -> None:
    files = {"requirements.txt": f"fastapi\n{packages}", "main.py": f'url = os.environ["DATABASE_URL"]\n{code}\n'}
    value = draft_of(tmp_path, files).get("env", "DATABASE_URL")

    assert value is None if scheme is None else value.startswith(scheme)


@pytest.mark.parametrize(("package", "name"), [("pymongo", "MongoDB"), ("pymysql", "MySQL")])
def test_a_database_that_pocdeploy_does_not_run_is_named(package: str, name: str, tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"requirements.txt": f"flask\n{package}\n"})

    assert draft.get("database") is False
    assert any(name in sentence for sentence in draft.missing)
