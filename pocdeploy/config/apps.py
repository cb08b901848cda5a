"""Settings of one application, for any framework."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pocdeploy.config.database import Database
from pocdeploy.config.resources import Resources, default_resources
from pocdeploy.config.types import (
    AppName,
    Email,
    EnvName,
    HostName,
    ImageDigest,
    Model,
    Port,
    UrlPath,
    Version,
    invalid,
    matches,
)
from pocdeploy.redact import SECRET_NAME

DATABASE_VARIABLES = ("DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_HOST", "DATABASE_PORT")
"""Variables of an application with a database; `databaseEnv` can rename them."""

SET_SECRET = "pulumi config set --secret --path 'pocdeploy:secrets.{{app}}.{}'"  # noqa: S105 -- a command, no secret

RESERVED_VARIABLES = frozenset(
    {"SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "PORT", "METRICS_PORT", *DATABASE_VARIABLES}
)
"""Variables that pocdeploy sets itself."""


class Replicas(Model):
    """Bounds and target of the autoscaler."""

    min: Annotated[int, Field(ge=1, le=100, strict=True)] = 2
    max: Annotated[int, Field(ge=1, le=100, strict=True)] = 5
    cpu_percent: Annotated[int, Field(ge=10, le=100, strict=True)] = 80
    """Average use of the requested CPU above which a replica is added."""

    @model_validator(mode="after")
    def _in_order(self) -> Replicas:
        if self.min > self.max:
            raise invalid(f"min that is at most max (min is {self.min}, max is {self.max})")
        return self


class Admin(Model):
    """First administrator; the password is generated or set as a secret."""

    username: Annotated[str, matches(r"[\w.@+-]{1,150}", "letters, digits and @ . + - _, at most 150 characters")] = (
        "admin"
    )
    email: Email = "admin@example.com"


class Commands(Model):
    """Commands that run in the application's image."""

    migrate: tuple[str, ...] | None = ("python", "manage.py", "migrate", "--noinput")
    """Runs once per image before the image serves; null for none."""
    migrate_seconds: Annotated[int, Field(ge=60, le=86400, strict=True)] = 900
    """Time limit of `migrate`; PostgreSQL rolls a migration back that takes longer."""
    seed: tuple[str, ...] | None = None
    """Adds example data, can be repeated (`make seed`); null for none."""
    admin: tuple[str, ...] | Literal["django"] | None = "django"
    """Creates the administrator from ADMIN_USERNAME, _EMAIL and _PASSWORD; `django`: a Django user; null: none."""
    check_migrations: tuple[str, ...] | Literal["django"] | None = "django"
    """Runs before `migrate`; fails if the current release cannot work with the new schema; null for none."""
    smoke: tuple[str, ...] | Literal["django"] | None = "django"
    """Runs after each rollout, at SMOKE_URL of the gateway with the host SMOKE_HOST; a failure rolls it back."""

    @model_validator(mode="before")
    @classmethod
    def _only_django_has_djangos_checks(cls, values: Any) -> Any:
        """Set no Django checks for an application that does not migrate with manage.py, unless they are set."""
        if not isinstance(values, dict) or "migrate" not in values:
            return values
        migrate = values["migrate"]
        if isinstance(migrate, list | tuple) and any(str(word).endswith("manage.py") for word in migrate):
            return values
        check = "check_migrations" if "check_migrations" in values else "checkMigrations"
        return {"smoke": None, check: None, **values}


class BusinessMetric(Model):
    """Metric of an application for a panel of its dashboards."""

    title: Annotated[str, matches(r"\S(.{0,58}\S)?", "a title of at most 60 characters, for example Orders per minute")]
    """Title of the panel."""
    query: Annotated[str, matches(r"(?s).*\S.*", "a PromQL query, for example sum(rate(orders_total[5m])) * 60")]
    """PromQL expression."""
    unit: Annotated[str, matches(r"[A-Za-z0-9/%:._-]+", "a unit of Grafana, for example short, s or bytes")] = "short"
    """Unit of the values."""


def _false_is_none(value: Any) -> Any:
    return None if value is False else value


class AppSettings(Model):
    """One application."""

    path: str | None = None
    """Directory of the source, which is not changed; default: app/<name>."""
    patches: str | None = None
    """Directory of patches, which may be missing or empty; default: patches/<name>."""
    dockerfile: str | None = None
    """Dockerfile; default: the one in the source directory."""
    requirements: str | None = None
    """File for the build as requirements.txt if the source has none."""
    build_args: dict[EnvName, str] = {}
    """Build arguments, for example {PYTHON_IMAGE: "python:3.13-slim"}."""
    version: Version | None = None
    """Semantic version of the release and tag of its image; default: the stack's name. Pods use the digest."""
    image: ImageDigest | None = None
    """Image to run, by digest, for example one that was tested; default: built from the source."""
    host: HostName | None = None
    """Host name; default: localhost for the first application, <name>.localhost for the others."""
    port: Port = 8000
    """Port that the application listens on."""
    metrics_port: Port | None = 8001
    """Port with Prometheus metrics, not reachable from outside; null for none."""
    live_path: UrlPath = "/healthz"
    """Answers 200 as soon as the process has started; asked at the start of a pod, and by the smoke check."""
    ready_path: UrlPath = "/readyz"
    """Path that returns 200 while the application can serve."""
    start_seconds: Annotated[int, Field(ge=5, le=3600, strict=True)] = 60
    """How long a pod may take from the start of its container until `livePath` answers."""
    env: dict[EnvName, str] = {}
    """Plain environment variables; secrets are set with `pulumi config set --secret`."""
    database_env: dict[
        Literal["DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_HOST", "DATABASE_PORT"], EnvName
    ] = {}
    """Other names for the database's variables, for example {DATABASE_HOST: DATABASE_HOSTNAME}."""
    database: Annotated[Database | None, BeforeValidator(_false_is_none)] = Database()
    """Database; false for none."""
    admin: Admin = Admin()
    admin_path: UrlPath = "/admin/"
    """Path of the administration."""
    commands: Commands = Commands()
    allow_breaking_migration: Annotated[bool, Field(strict=True)] = False
    """Run migrations that the current release cannot work with; after them a rollback does not help."""
    replicas: Replicas = Replicas()
    resources: Resources = default_resources("100m", "192Mi", "1", "384Mi")
    business_metrics: tuple[BusinessMetric, ...] = ()
    """Metrics beside requests, for example [{title: Orders, query: "sum(rate(orders_total[5m]))"}]."""
    user_id: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] = 10001
    """Numeric user of the container; not root."""
    renamed_from: AppName | None = None
    """Name that it was deployed with; namespace, database and all other names stay those of that name."""

    @property
    def own_database(self) -> Database | None:
        """The database, unless it is in the PostgreSQL cluster of another application."""
        return None if self.database is None or self.database.shared else self.database

    @property
    def database_variables(self) -> set[str]:
        """Names of the variables with its connection to the database."""
        names = {str(variable): name for variable, name in self.database_env.items()}
        return {names.get(variable, variable) for variable in DATABASE_VARIABLES} if self.database else set()

    @field_validator("env")
    @classmethod
    def _no_secrets(cls, env: dict[str, str]) -> dict[str, str]:
        if reserved := sorted(RESERVED_VARIABLES & env.keys()):
            raise invalid(f"names that pocdeploy does not set itself (not {', '.join(reserved)})")
        if secret := sorted(name for name in env if SECRET_NAME.search(name)):
            raise invalid(
                f"no unencrypted secrets (here {', '.join(secret)}): set them in pocdeploy:secrets",
                fix=SET_SECRET.format(secret[0]),
            )
        return env

    @field_validator("build_args")
    @classmethod
    def _no_build_secrets(cls, args: dict[str, str]) -> dict[str, str]:
        if secret := sorted(name for name in args if SECRET_NAME.search(name)):
            raise invalid(f"no secrets (here {', '.join(secret)}): everyone who has the image can read build arguments")
        return args

    @field_validator("database_env")
    @classmethod
    def _names_differ(cls, names: dict[str, str]) -> dict[str, str]:
        used = [names.get(variable, variable) for variable in DATABASE_VARIABLES]
        if len(set(used)) < len(used):
            raise invalid("a different name for each of the database's variables")
        return names

    @model_validator(mode="after")
    def _variables_differ(self) -> AppSettings:
        taken = self.database_variables & (self.env.keys() | RESERVED_VARIABLES - {*DATABASE_VARIABLES})
        if taken:
            raise invalid(
                f"other names in databaseEnv than in env and those that pocdeploy sets ({', '.join(sorted(taken))})"
            )
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> AppSettings:
        if self.port == self.metrics_port:
            raise invalid(
                f"a metricsPort other than port (both are {self.port}): metrics must not be reachable from outside"
            )
        if min(self.port, self.metrics_port or self.port) < 1024:
            raise invalid("ports of at least 1024: the container may not bind lower ones")
        return self
