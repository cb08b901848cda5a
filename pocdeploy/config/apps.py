"""Settings of one application, for any framework."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from pocdeploy import redact
from pocdeploy.config import app_rules
from pocdeploy.config.addons import CacheSettings, WebServerSettings
from pocdeploy.config.commands import Command
from pocdeploy.config.connections import Connections, url_variable
from pocdeploy.config.database import Database
from pocdeploy.config.frameworks import FrameworkName
from pocdeploy.config.resources import Resources, default_resources
from pocdeploy.config.storage import Directory, Volume
from pocdeploy.config.types import (
    NOT_EMPTY,
    AppName,
    Email,
    EnvName,
    FilePath,
    Flag,
    HostName,
    ImageDigest,
    Model,
    Port,
    SubFolder,
    UrlPath,
    Version,
    invalid,
    matches,
)
from pocdeploy.config.variables import (
    CACHE_VARIABLES,
    DATABASE_URL,
    DATABASE_VARIABLES,
    RESERVED_VARIABLES,
    SECRET_KEY,
)
from pocdeploy.config.workloads import CronJob, PartName, ProcessSettings
from pocdeploy.secret_names import names_a_secret


def is_secret(name: str, value: str) -> bool:
    """Tell whether a variable has the name of a secret or one in its value; a reference to a variable is none."""
    plain = re.sub(r"\$\(\w+\)", "", value)
    return bool(plain) and (names_a_secret(name) or redact.text(plain) != plain)


class Replicas(Model):
    """Bounds and target of the autoscaler."""

    min: Annotated[int, Field(ge=1, le=100, strict=True)] = 2
    """Minimum number of pods."""
    max: Annotated[int, Field(ge=1, le=100, strict=True)] = 5
    """Maximum number of pods."""
    cpu_percent: Annotated[int, Field(ge=10, le=100, strict=True)] = 80
    """Average CPU use, in percent of the request, above which a pod is added."""

    @model_validator(mode="after")
    def _in_order(self) -> Replicas:
        if self.min > self.max:
            raise invalid(
                f"max that is at least min (min is {self.min}, max is {self.max})",
                at=["max"],
                tries=[{"max": self.min}],
            )
        return self


class Admin(Model):
    """First administrator; the password is generated or set as a secret."""

    username: Annotated[str, matches(r"[\w.@+-]{1,150}", "letters, digits and @ . + - _, at most 150 characters")] = (
        "admin"
    )
    """Name of the first administrator; the password is generated, or a secret. Another name adds an administrator,
    and the old one stays."""
    email: Email = "admin@example.com"
    """E-mail address of the first administrator."""


class Commands(Model):
    """Commands that run in the application's image."""

    migrate: tuple[str, ...] | None = ("python", "manage.py", "migrate", "--noinput")
    """Migrates, once per image before the rollout; `null` for none."""
    migrate_seconds: Annotated[int, Field(ge=60, le=86400, strict=True)] = 900
    """Time limit of `migrate` in seconds; PostgreSQL rolls back a migration that takes longer."""
    seed: tuple[str, ...] | None = None
    """Adds example data, safe to repeat (`make seed`); `null` for none."""
    admin: tuple[str, ...] | Literal["django"] | None = "django"
    """Creates the administrator from ADMIN_USERNAME, _EMAIL and _PASSWORD: `django`, a command, or `null` for none."""
    check_migrations: tuple[str, ...] | Literal["django", "source"] | None = "django"
    """Rejects migrations that would break the running release: `django`, `source` (reads SQL files and migrations of
    Alembic and Rails), a command, or `null` for no check."""
    smoke: tuple[str, ...] | Literal["django"] | None = "django"
    """Checks each release at SMOKE_URL of the gateway with the host SMOKE_HOST; if it fails, the release is rolled
    back: docs/rollback.md. `django`, a command, or `null` for no check."""

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
    """Title of an additional panel on the application's dashboards."""
    query: Annotated[str, matches(r"(?s).*\S.*", "a PromQL query, for example sum(rate(orders_total[5m])) * 60")]
    """Expression in PromQL, for example `sum(rate(orders_total[5m])) * 60`."""
    unit: Annotated[str, matches(r"[A-Za-z0-9/%:._-]+", "a unit of Grafana, for example short, s or bytes")] = "short"
    """Unit of Grafana, for example `short`, `s` or `bytes`."""


def _false_is_none(value: Any) -> Any:
    return None if value is False else value


class AppSettings(Model):
    """One application."""

    path: FilePath | None = None
    """Directory of the source, which is never changed; default: `app/<name>`."""
    patches: FilePath | None = None
    """Directory of patches, which may be missing or empty; default: `patches/<name>`."""
    context: SubFolder | None = None
    """Folder of the source that the image is built from, for example `backend`; default: the whole source."""
    framework: FrameworkName | None = None
    """Framework whose defaults apply, for example `flask`, or `none`; default: recognised from the source."""
    dockerfile: FilePath | None = None
    """Path of another Dockerfile, in the project or in the source; of one in the source, the patched copy is used;
    default: the one in the source."""
    requirements: FilePath | None = None
    """File that is copied as requirements.txt into a source without one."""
    build_args: dict[EnvName, str] = {}
    """Build arguments, for example `{PYTHON_IMAGE: "python:3.13-slim"}`; never secrets."""
    version: Version | None = None
    """Semantic version of the release, for example `1.2.0`; becomes the tag of the image, in addition to the digest."""
    image: ImageDigest | None = None
    """Image to run, by digest; default: built from the source."""
    host: HostName | None = None
    """Host name at the gateway; default: `localhost`, from the second on `<name>.localhost`."""
    hosts: tuple[HostName, ...] = ()
    """Further host names."""
    command: Command | None = None
    """Command that serves, instead of CMD: a list of words, or a line for the image's shell; an ENTRYPOINT that runs
    its arguments stays; default: the line `web` of the Procfile, else the command of the image."""
    args: Annotated[tuple[str, ...], NOT_EMPTY] | None = None
    """Arguments of the image's own entrypoint, or of `command`."""
    processes: dict[PartName, ProcessSettings] = {}
    """Further processes with the same image, environment and database, or a command alone. Those of a Procfile in the
    patched source need no entry; `null` drops one."""
    cron: tuple[CronJob, ...] = ()
    """Scheduled commands, for example `[{name: clean, schedule: "15 3 * * *", command: ./clean}]`; never two runs
    of one at once."""
    port: Port = 8000
    """Port on which the application listens, 1024 or higher."""
    metrics_port: Annotated[Port | None, BeforeValidator(_false_is_none)] = 8001
    """Port with Prometheus metrics at /metrics; reachable through the gateway only if it is `port`; `null` for none."""
    live_path: Annotated[UrlPath | None, BeforeValidator(_false_is_none)] = "/healthz"
    """Path that answers 200 as soon as the process has started; asked at the start of a pod and by the smoke check;
    `null`: a TCP connection."""
    ready_path: Annotated[UrlPath | None, BeforeValidator(_false_is_none)] = "/readyz"
    """Path that answers 200 while this pod can serve requests; `null`: a TCP connection."""
    start_seconds: Annotated[int, Field(ge=5, le=3600, strict=True)] = 60
    """Seconds in which a pod must answer at `livePath` after its start; time limits of rollouts and Jobs follow
    from it."""
    env: dict[EnvName, str] = {}
    """Plain environment variables; `$(NAME)` is replaced by another variable or secret, for example `{BROKER_URL:
    $(REDIS_URL)/1}`. For secrets see docs/configuration.md#secrets."""
    secret_key_env: EnvName = SECRET_KEY
    """Name of the variable with the generated key, for example `SECRET_KEY_BASE`."""
    database_env: dict[
        Literal[
            "DATABASE_NAME",
            "DATABASE_USER",
            "DATABASE_PASSWORD",
            "DATABASE_HOST",
            "DATABASE_PORT",
            "DATABASE_URL",
        ],
        EnvName,
    ] = {}
    """Other names for DATABASE_* (also DATABASE_URL), for example `{DATABASE_HOST: PGHOST}`."""
    database: Annotated[Database | None, BeforeValidator(_false_is_none)] = Database()
    """`false` for an application without a database."""
    connections: Connections = Connections()
    writable: tuple[Directory, ...] = ()
    """Directories that each container can write, for example `[/app/log]`; they are empty at its start."""
    volumes: dict[PartName, Volume] = {}
    """Volumes that outlive the pods, for example `{media: {path: /app/media, size: 1Gi}}`."""
    cache: CacheSettings = None
    """`true`, or a map: a Valkey of its own, at REDIS_URL and CACHE_URL; `null` for none."""
    web_server: WebServerSettings = None
    """`nginx`, or a map: nginx in each pod buffers slow clients and serves files of the image; `null` for none."""
    admin: Admin = Admin()
    admin_path: UrlPath = "/admin/"
    """Path of the administration pages."""
    commands: Commands = Commands()
    allow_breaking_migration: Flag = False
    """Run migrations that `checkMigrations` rejects; after them a rollback does not help."""
    replicas: Replicas = Replicas()
    resources: Resources = default_resources("100m", "192Mi", "1", "384Mi")
    """Requests and limits of each pod."""
    business_metrics: tuple[BusinessMetric, ...] = ()
    user_id: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] = 10001
    """Numeric user id of the container's process; not root."""
    renamed_from: AppName | None = None
    """Name that the application was deployed with. To rename it, change its key and set this: namespace, database
    and all other names keep the old one, and nothing is moved or lost."""

    _entrypoint: tuple[str, ...] = PrivateAttr(())

    @property
    def entrypoint(self) -> tuple[str, ...]:
        """Words of the image's ENTRYPOINT, if commands run through it; they come from its Dockerfile."""
        return self._entrypoint

    def with_entrypoint(self, words: tuple[str, ...]) -> AppSettings:
        """Return the same settings for an image whose commands run through an ENTRYPOINT."""
        copy = self.model_copy()
        copy._entrypoint = words
        return copy

    def in_image(self, words: Sequence[str]) -> list[str]:
        """Return the words that run a command in the image: through its ENTRYPOINT, unless they name it themselves."""
        own = self.entrypoint
        return [*words] if not own or own[0] in words[: len(own)] else [*own, *words]

    @property
    def own_database(self) -> Database | None:
        """The database, unless it is in the PostgreSQL cluster of another application."""
        return None if self.database is None or self.database.shared else self.database

    @property
    def database_variables(self) -> set[str]:
        """Names of the variables with the parts of its connection to the database."""
        names = {str(variable): name for variable, name in self.database_env.items()}
        return {names.get(variable, variable) for variable in DATABASE_VARIABLES} if self.database else set()

    @property
    def made_variables(self) -> set[str]:
        """Names of the variables of its database, its cache and its connections to other applications."""
        cache = CACHE_VARIABLES if self.cache else ()
        return {*self.database_variables, *cache, *map(url_variable, self.connections.apps)}

    @property
    def database_url(self) -> str | None:
        """Name of the variable with the URL of its database; None if it has none, or sets this variable itself."""
        name = {str(variable): name for variable, name in self.database_env.items()}.get(DATABASE_URL, DATABASE_URL)
        return name if self.database and name not in self.env else None

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """All host names; the first one is that of its URL."""
        return (str(self.host), *self.hosts)

    @property
    def has_data(self) -> bool:
        """Whether its namespace has volumes: of its database, of its own, or of a queue."""
        return self.own_database is not None or bool(self.volumes) or (self.cache is not None and self.cache.queue)

    @property
    def is_single(self) -> bool:
        """Whether only one pod may serve at a time: it has a volume that no two pods can share."""
        return any(not volume.shared for volume in self.volumes.values())

    @model_validator(mode="before")
    @classmethod
    def _one_pod_of_a_volume(cls, values: Any) -> Any:
        """Set one replica for an application with a volume that cannot be shared, unless replicas are set."""
        return app_rules.with_one_replica(values)

    @field_validator("env")
    @classmethod
    def _no_secrets(cls, env: dict[str, str]) -> dict[str, str]:
        if reserved := sorted(RESERVED_VARIABLES & env.keys()):
            accepted = f"names that pocdeploy does not set itself (not {', '.join(reserved)})"
            raise invalid(accepted, at=reserved, tries=[{name: None} for name in reserved])
        if secret := sorted(name for name, value in env.items() if is_secret(name, value)):
            accepted = f"no unencrypted secrets (here {', '.join(secret)}): set them in pocdeploy:secrets"
            raise invalid(accepted, at=secret, tries=[{name: None} for name in secret])
        return env

    @field_validator("build_args")
    @classmethod
    def _no_build_secrets(cls, args: dict[str, str]) -> dict[str, str]:
        if secret := sorted(name for name, value in args.items() if is_secret(name, value)):
            accepted = f"no secrets (here {', '.join(secret)}): everyone who has the image can read build arguments"
            raise invalid(accepted, at=secret, tries=[{name: None} for name in secret])
        return args

    @field_validator("database_env")
    @classmethod
    def _names_differ(cls, names: dict[str, str]) -> dict[str, str]:
        used = [names.get(variable, variable) for variable in (*DATABASE_VARIABLES, DATABASE_URL)]
        if len(set(used)) < len(used):
            doubled = [variable for variable in names if used.count(names[variable]) > 1]
            accepted = "a different name for each of the database's variables, for example DATABASE_HOSTNAME"
            raise invalid(accepted, at=doubled[:1], tries=[{doubled[0]: None}])
        return names

    @model_validator(mode="after")
    def _parts_fit(self) -> AppSettings:
        """Raise the error of the first rule that the settings break together."""
        for rule in app_rules.RULES:
            rule(self)
        return self
