"""Write the settings of an application from what its source shows."""

from __future__ import annotations

import posixpath
import re

from pocdeploy.config import frameworks
from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.survey import (
    database,
    environment,
    health,
    languages,
    schedule,
    services,
    serving,
    storage,
    workers,
)
from pocdeploy.source.survey.application import Application, read_application
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import searched

_UNKNOWN = {
    "composer.json": "PHP",
    "mix.exs": "Elixir",
    "Cargo.toml": "Rust",
    "*.csproj": ".NET",
    "deno.json": "Deno",
    "Gemfile": "Ruby",
}
"""File -> what pocdeploy has no data for."""
_SETTINGS_MODULE = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([\w.]+)")
_HOSTS = re.compile(r"^ALLOWED_HOSTS\s*(?::[^=\n]+)?=\s*\[((?:\s*[\"'][^\"']*[\"']\s*,?)*)\s*\]", re.M)
_HOSTS_AGAIN = re.compile(r"ALLOWED_HOSTS\s*(\+?=|\.)")
_PACKAGES = {
    "psycopg2": ("gcc libpq-dev", "libpq5"),
    "psycopg-c": ("gcc libpq-dev", "libpq5"),
    "mysqlclient": ("gcc pkg-config default-libmysqlclient-dev", "libmariadb3"),
}
_METRICS = (
    "django-prometheus",
    "prometheus-fastapi-instrumentator",
    "starlette-exporter",
    "prometheus-flask-exporter",
    "express-prom-bundle",
)
"""Packages that serve metrics on the main port."""
_SCRIPTS = tuple(
    f"{folder}{name}" for name in ("migrate.py", "migrate.sh", "prestart.sh") for folder in ("", "scripts/", "bin/")
)
"""Usual names of a script that migrates."""


def survey(files: SourceFiles, path: str) -> Draft:
    """Return the settings for the source in ``files``, which is at ``path`` as a stack file names it."""
    draft, app = Draft(), read_application(files)
    draft.set("path", value=path)
    _framework(draft, files, app)
    _image(draft, app)
    for part in _PARTS:
        part(draft, app)
    _metrics(draft, app)
    _commands(draft, app)
    _settings_module(draft, app)
    _allowed_hosts(draft, app)
    environment.set_variables(draft, app)
    for link in files.refused:
        draft.miss(f"{link} is a symbolic link that leaves the source; such a source is refused")
    return draft


_PARTS = (
    serving.find_command,
    serving.find_port,
    health.find_health,
    serving.find_user,
    database.find_database,
    services.find_cache,
    workers.find_workers,
    schedule.find_cron,
    services.find_connections,
    storage.find_files,
)
"""In the order of the keys in the entry."""


def _framework(draft: Draft, files: SourceFiles, app: Application) -> None:
    place = app.place
    if place.framework:
        draft.set("framework", value=place.framework, reason=_evidence(app, place.framework))
        for command, reason in frameworks.get(place.framework).without.items():
            if command == "admin":
                draft.assume(reason)
    else:
        draft.set("framework", value=frameworks.NONE, reason="no framework that pocdeploy has data for was recognised")
        kind = next((kind for glob, kind in _UNKNOWN.items() if files.has(glob, f"*/{glob}")), "")
        what = f"{kind}: pocdeploy has no data for it" if kind else "its framework was not recognised"
        own = "its own Dockerfile is used" if place.dockerfile else "add a Dockerfile to the source"
        draft.miss(f"{what}; {own}, and set commands.migrate if it has migrations")
    if place.others:
        draft.assume(
            f"the application is in {place.folder or 'the source itself'}; also found: {', '.join(place.others[:4])}"
        )


def _evidence(app: Application, framework: str) -> str:
    condition, asked = frameworks.get(framework).recognise, app.packages
    package = next((name for name in condition.packages if name in asked), None)
    return f"{package} in {asked[package]}" if package else next(iter(app.files.matching(*condition.files)), "")


def _image(draft: Draft, app: Application) -> None:
    """Add the settings of the image: folder, Dockerfile, base image."""
    place = app.place
    if place.context:
        draft.set("context", value=place.context, reason="folder that the image is built from")
    expected = posixpath.join(place.context, "Dockerfile")
    if place.dockerfile:
        if place.dockerfile != expected:
            draft.set("dockerfile", value=place.dockerfile, reason="in the source")
        if place.lacking:
            draft.miss(
                f"{place.dockerfile} copies {', '.join(place.lacking[:4])}, which the source does not have:"
                " build it before, or patch the Dockerfile"
            )
        return
    if place.framework is None:
        return
    _own_image(draft, app, frameworks.get(place.framework))


def _own_image(draft: Draft, app: Application, framework: frameworks.Framework) -> None:
    """Add the build arguments of the framework's Dockerfile."""
    draft.assume(f"it has no Dockerfile; pocdeploy's own for {framework.title} is used")
    for name, (image, where) in languages.base_images(framework.language, app.files).items():
        draft.set("buildArgs", name, value=image, reason=where)
    for package, (build, runtime) in _PACKAGES.items():
        if package in app.packages:
            draft.set("buildArgs", "BUILD_PACKAGES", value=build, reason=f"{package} is compiled")
            draft.set("buildArgs", "RUNTIME_PACKAGES", value=runtime)
    if framework.language == "go" and not app.files.has("main.go") and (mains := app.files.matching("cmd/*/main.go")):
        main = next((name for name in mains if re.search(r"server|web|api|app", name)), mains[0])
        draft.set("buildArgs", "MAIN", value=f"./{main.rpartition('/')[0]}", reason=main)


def _metrics(draft: Draft, app: Application) -> None:
    if found := next((name for name in _METRICS if name in app.packages), None):
        port = draft.get("port") or app.defaults.get("port", 8000)
        draft.set("metricsPort", value=port, reason=f"{app.packages[found]}: {found}; reachable from outside, too")
    elif app.framework == "django":  # the data of the others says null
        draft.set("metricsPort", value=None, reason="no metrics were found")


def _commands(draft: Draft, app: Application) -> None:
    """Add the commands that the framework's data does not have."""
    known = (app.defaults.get("commands") or {}).get("migrate")
    has_database = draft.get("database") is not False
    if release := app.lines.get("release"):
        draft.assume(f"the Procfile's line `release` runs before each release: {release}")
    elif not has_database and (known or app.framework == "django"):
        draft.set("commands", "migrate", value=None)
    elif has_database and known:
        draft.assume(f"its migrations run before each release: {' '.join(known)}")
    elif has_database and app.framework not in {None, "django"}:
        _migrate(draft, app)


def _migrate(draft: Draft, app: Application) -> None:
    files = app.files
    if scripts := files.matching(*_SCRIPTS):
        command = ["python" if scripts[0].endswith(".py") else "sh", scripts[0]]
        draft.set("commands", "migrate", value=command, reason=scripts[0])
        return
    schema = files.matching("prisma/schema.prisma")
    if schema and "prisma" in app.packages:
        command = ["npx", "prisma", "db", "push", "--skip-generate"]
        draft.set("commands", "migrate", value=command, reason="a schema of Prisma without migrations")
        return
    framework = frameworks.get(str(app.framework))
    if reason := framework.without.get("migrate"):
        draft.assume(reason)
    elif files.has("**/migrations/*.sql", "**/migrate/*.sql", "db/*.sql"):
        draft.miss("it has SQL migrations, but no command that runs them was recognised: set commands.migrate")
    else:
        draft.assume("it has no migrations; if it has a command for them, set commands.migrate")


def _allowed_hosts(draft: Draft, app: Application) -> None:
    """Report fixed host names: requests with another one, also those of probes, get 400."""
    if app.framework != "django":
        return
    for name in searched(app.files):
        text = app.files.text(name)
        found = _HOSTS.search(text)
        hosts = re.findall(r"[\"']([^\"']+)[\"']", found[1]) if found else []
        if found and hosts and "*" not in hosts and not _HOSTS_AGAIN.search(text, found.end()):
            line = text.count("\n", 0, found.start()) + 1
            draft.miss(
                f"{name}:{line} allows the hosts {', '.join(hosts)} alone: set `host` to one of them,"
                " or patch it to read ALLOWED_HOSTS (names separated by commas)"
            )


def _settings_module(draft: Draft, app: Application) -> None:
    """Choose the Django settings for production, where the project's own default is another module."""
    if app.framework != "django" or "DJANGO_SETTINGS_MODULE" in app.image.env:
        return
    files = app.files
    served = [
        match[1]
        for name in files.matching("*/wsgi.py", "*/*/wsgi.py")
        if (match := _SETTINGS_MODULE.search(files.text(name)))
    ]
    managed = [match[1] for match in [_SETTINGS_MODULE.search(files.text("manage.py"))] if match]
    modules = {name.removesuffix(".py").replace("/", ".") for name in searched(files) if "settings" in name}
    production = sorted(module for module in modules if module.endswith((".production", ".prod")))
    wanted = next(iter([*production, *served]), None)
    if wanted and {wanted} != {*served, *managed}:
        draft.set("env", "DJANGO_SETTINGS_MODULE", value=wanted, reason="settings for production")
        draft.assume(f"its settings for production are {wanted}")
