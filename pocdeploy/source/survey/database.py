"""Find out how a source connects to its database, and write the settings for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import IGNORED, Variable, searched

_PREFIXED = r"_(DATABASE|DB|POSTGRES|PG)_(UR[IL]|DSN)$|^(?!SENTRY|\w*_SENTRY)(\w+_)?DSN$"
_KINDS = ("URL", "URI", "DSN", "CONNECTION_STRING")
URLS = tuple(
    dict.fromkeys(
        [
            "DATABASE_URL",
            "SQLALCHEMY_DATABASE_URI",
            "SQLALCHEMY_DATABASE_URL",
            *(f"{of}_{kind}" for kind in _KINDS for of in ("POSTGRES", "DATABASE", "DB", "POSTGRESQL", "PG")),
        ]
    )
)
"""Variables with the whole connection in one text."""
URL_PARTS = "$(DATABASE_USER):$(DATABASE_PASSWORD)@$(DATABASE_HOST):$(DATABASE_PORT)/$(DATABASE_NAME)"
"""What follows the scheme of a URL in settings."""
_PART = re.compile(
    r"(?P<family>(?:[A-Z0-9]+_)*?(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|PSQL|RDS|SQL))_?"
    r"(?P<part>HOSTNAME|HOST|SERVER|ADDRESS|ADDR|PORT|USERNAME|USER|PASSWORD|PASSWD|PASS|DATABASE|DBNAME|DB|NAME)"
)
_PARTS = {
    "DATABASE_HOST": ("HOST", "HOSTNAME", "SERVER", "ADDRESS", "ADDR"),
    "DATABASE_PORT": ("PORT",),
    "DATABASE_NAME": ("NAME", "DATABASE", "DBNAME", "DB"),
    "DATABASE_USER": ("USER", "USERNAME"),
    "DATABASE_PASSWORD": ("PASSWORD", "PASS", "PASSWD"),
}
_POSTGRESQL = frozenset(
    {
        "psycopg",
        "psycopg2",
        "psycopg2-binary",
        "asyncpg",
        "pg8000",
        "aiopg",
        "pg",
        "postgres",
        "pg-promise",
        "postgresql",
    }
    | {"r2dbc-postgresql", "github.com/lib/pq", "github.com/jackc/pgx/v4", "github.com/jackc/pgx/v5", "postgrex"}
    | {"gorm.io/driver/postgres", "slonik", "@vercel/postgres", "@neondatabase/serverless"}
)
_OTHERS = {
    "MySQL": (
        "mysqlclient",
        "pymysql",
        "mysql2",
        "mysql",
        "mysql-connector-j",
        "github.com/go-sql-driver/mysql",
        "trilogy",
    ),
    "MariaDB": ("mariadb",),
    "MongoDB": ("mongoose", "mongodb", "pymongo", "motor", "mongoengine", "mongoid", "go.mongodb.org/mongo-driver"),
    "SQLite": ("sqlite3", "better-sqlite3", "github.com/mattn/go-sqlite3", "modernc.org/sqlite"),
}
"""Other databases -> their packages."""
_ORMS = frozenset(
    {
        "sqlalchemy",
        "flask-sqlalchemy",
        "sqlmodel",
        "tortoise-orm",
        "peewee",
        "typeorm",
        "sequelize",
        "knex",
        "drizzle-orm",
    }
    | {
        "spring-boot-starter-data-jpa",
        "spring-boot-starter-jdbc",
        "spring-boot-starter-data-jdbc",
        "gorm.io/gorm",
        "ecto-sql",
    }
    | {"django", "rails", "activerecord", "laravel/framework"}
)


def find_database(draft: Draft, app: Application) -> None:
    """Add the settings of the database: none at all, names of variables, or a variable with the whole URL."""
    url, parts = _url(app), _parts(app.read)
    driver = next((name for name in app.packages if name in _POSTGRESQL), None) or _provider(app.files)
    is_used = url or parts or driver or app.framework == "django" or any(name in _ORMS for name in app.packages)
    others = [what for what, names in _OTHERS.items() if any(name in app.packages for name in names)]
    if not is_used:
        _without(draft, others)
        return
    if not driver and set(others) - {"SQLite"}:
        draft.miss(f"it uses {', '.join(others)}, and its packages have no driver for PostgreSQL: add one to them")
    elif not driver:
        draft.miss("its packages have no driver for PostgreSQL (Python: psycopg, Node: pg, Ruby: pg): add one to them")
    draft.set("database", "instances", value=1, reason="one instance; 3 survive the loss of a node")
    if app.framework == "spring":
        _use_profile(draft, app.files)
    elif url:
        _use_url(draft, url, app)
    elif parts:
        _use_parts(draft, parts)
    else:
        _unknown(draft, app)
    if app.framework == "django":
        _choose_engine(draft, app)


def _without(draft: Draft, others: Sequence[str]) -> None:
    draft.set("database", value=False, reason="no package or variable of a PostgreSQL was found")
    if others:
        draft.miss(
            f"it uses {', '.join(others)}, which pocdeploy does not run; a file that it writes is lost with the pod"
        )
    else:
        draft.assume("it has no database; if it has one, remove `database: false`")


def _url(app: Application) -> Variable | None:
    """Return the variable with the whole connection: one that the code reads, else a well-known one in its text."""
    read, files = app.read, app.files
    for name in URLS:
        if name in read:
            return read[name]
    prefixed = [variable for name, variable in read.items() if re.search(_PREFIXED, name)]
    if prefixed:
        # A script that starts the application has the whole name, where the code adds a prefix.
        return max(prefixed, key=lambda variable: variable.where.partition(":")[0].endswith(".sh"))
    for file in searched(files):
        text = files.text(file)
        for name in URLS[:5]:
            if match := re.search(rf"\b{name}\b", text):
                line = text.count("\n", 0, match.start()) + 1
                return Variable(name, f"{file}:{line}")
    if any(
        re.search(r"dj_database_url\.(config|parse)|env\.db(_url)?\(", files.text(name)) for name in searched(files)
    ):
        return Variable("DATABASE_URL", "its settings")
    return None


def _parts(read: Mapping[str, Variable]) -> dict[str, Variable]:
    """Return the variables of the connection: pocdeploy's name -> the application's; empty without a host."""
    families: dict[str, dict[str, Variable]] = {}
    for name, variable in read.items():
        match = _PART.fullmatch(name.upper())
        if match and "TEST" not in name.upper():
            role = next(role for role, parts in _PARTS.items() if match["part"] in parts)
            families.setdefault(match["family"], {}).setdefault(role, variable)
    complete = [parts for parts in families.values() if "DATABASE_HOST" in parts]
    if not complete:
        return {}
    best = max(complete, key=len)
    # DB_HOST beside POSTGRES_USER: what one family lacks comes from another one.
    for parts in families.values():
        for role, variable in parts.items():
            best.setdefault(role, variable)
    return best


def _provider(files: SourceFiles) -> str | None:
    """Return what shows PostgreSQL in files that are no list of packages."""
    for name in files.matching("**/*.prisma"):
        if match := re.search(r"datasource\s+\w+\s*\{[^}]*provider\s*=\s*\"(\w+)\"", files.text(name)):
            return "postgresql" if "postgres" in match[1] else None
    for name in files.matching("config/database.yml"):
        if re.search(r"adapter:\s*(postgresql|postgis)", files.text(name)):
            return "pg"
    return None


def _use_url(draft: Draft, url: Variable, app: Application) -> None:
    scheme = _scheme(app)
    if scheme:
        draft.set("env", url.name, value=f"{scheme}://{URL_PARTS}", reason=f"{url.where}; the driver's own scheme")
    elif url.name != "DATABASE_URL":
        draft.set("databaseEnv", "DATABASE_URL", value=url.name, reason=url.where)
    else:
        draft.assume(f"it connects with DATABASE_URL ({url.where}), which every application with a database gets")


def _use_profile(draft: Draft, files: SourceFiles) -> None:
    """Choose the profile of Spring that is for PostgreSQL, if there is one; its data has the connection."""
    for name in files.matching("**/application-*.properties", "**/application-*.yml", "**/application-*.yaml"):
        if match := re.search(r"application-(postgres\w*)\.", name):
            draft.set("env", "SPRING_PROFILES_ACTIVE", value=match[1], reason=name)


def _scheme(app: Application) -> str:
    """Return the scheme that SQLAlchemy needs for the driver; empty if the plain one works, or the code replaces it."""
    files, packages = app.files, app.packages
    if not {"sqlalchemy", "sqlmodel", "flask-sqlalchemy", "databases"} & packages.keys():
        return ""
    texts = [files.text(name) for name in files.matching("**/*.py")]
    # It sets the scheme itself, or it gives the URL to the driver.
    if any(re.search(r"postgresql\+(asyncpg|psycopg)|asyncpg\.(connect|create_pool)\(", text) for text in texts):
        return ""
    if "asyncpg" in packages and any("create_async_engine" in text for text in texts):
        return "postgresql+asyncpg"
    has_old = {"psycopg2", "psycopg2-binary"} & packages.keys()
    return "postgresql+psycopg" if "psycopg" in packages and not has_old else ""


def _use_parts(draft: Draft, parts: Mapping[str, Variable]) -> None:
    renamed = {role: variable for role, variable in parts.items() if variable.name != role}
    for role in _PARTS:
        if role in renamed:
            draft.set("databaseEnv", role, value=renamed[role].name, reason=renamed[role].where)
    if not renamed:
        draft.assume(f"it connects with DATABASE_HOST and so on ({parts['DATABASE_HOST'].where})")


def _unknown(draft: Draft, app: Application) -> None:
    files, framework = app.files, app.framework
    if framework == "rails":
        draft.assume("it connects with DATABASE_URL, which Rails prefers to config/database.yml")
        return
    settings = [name for name in searched(files) if re.search(r"\bDATABASES\s*=", files.text(name))]
    if framework == "django" and settings:
        kind = "SQLite" if any("sqlite3" in files.text(name) for name in settings) else "a fixed database"
        draft.miss(
            f"{settings[0]} sets {kind} and reads no variable: patch it to read DATABASE_URL, or DATABASE_HOST, _PORT,"
            " _NAME, _USER and _PASSWORD (docs/your-app.md)"
        )
        return
    names = {"DATABASE_HOST": "PGHOST", "DATABASE_PORT": "PGPORT", "DATABASE_NAME": "PGDATABASE"}
    names |= {"DATABASE_USER": "PGUSER", "DATABASE_PASSWORD": "PGPASSWORD"}
    for role, name in names.items():
        draft.set("databaseEnv", role, value=name)
    draft.reasons[("databaseEnv",)] = "no variable was found; drivers of PostgreSQL read these"
    draft.miss("the variable with its connection to the database was not found; it gets DATABASE_URL, PGHOST and so on")


def _choose_engine(draft: Draft, app: Application) -> None:
    """Set the variable by which settings choose PostgreSQL, as in ``if os.getenv("DB") == "postgres"``."""
    for name in searched(app.files):
        text = app.files.text(name)
        if "DATABASES" not in text or IGNORED.search(name):
            continue
        for variable, value in _choices(text):
            if variable in app.read and variable not in URLS:
                draft.set("env", variable, value=value, reason=f"{name}: chooses PostgreSQL")
                return


def _choices(text: str) -> Iterator[tuple[str, str]]:
    values = r"[\"'](postgres\w*|psql|pgsql|django\.db\.backends\.postgresql)[\"']"
    call = r"(?:\w|\.)*(?:env|Env)\w*(?:\.\w+)?[(\[]\s*[\"'](\w+)[\"'][^)\]\n]*[)\]]"
    for match in re.finditer(rf"{call}\s*==\s*{values}", text):
        yield match[1], match[2]
    for match in re.finditer(rf"\b(\w+)\s*==\s*{values}", text):
        if assigned := re.search(rf"\b{match[1]}\s*=\s*{call}", text):
            yield assigned[1], match[2]
    if engine := re.search(rf"[\"']ENGINE[\"']\s*:\s*{call}", text):
        yield engine[1], "django.db.backends.postgresql"
