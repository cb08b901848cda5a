"""Find out which processes a source needs beside the one that serves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pocdeploy.config.dependencies import json_map
from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.procfile import twice
from pocdeploy.source.survey.report import Draft
from pocdeploy.source.survey.variables import searched

_MANAGE = {
    "django-rq": "rqworker default",
    "huey": "run_huey",
    "django-q": "qcluster",
    "django-q2": "qcluster",
    "django-tasks-db": "db_worker",
    "django-tasks": "db_worker",
    "django-dramatiq": "rundramatiq",
    "procrastinate": "procrastinate worker",
}
"""Package -> command of manage.py."""
_GEMS = {
    "sidekiq": "sidekiq",
    "solid_queue": "rails solid_queue:start",
    "good_job": "good_job start",
    "resque": "rake resque:work",
}
_SCRIPTS = ("worker", "start:worker", "worker:start", "queue")


def find_workers(draft: Draft, app: Application) -> None:
    """Add the processes that packages need, unless the Procfile has them."""
    for name in twice(app.files):
        draft.miss(f"its Procfile has two lines `{name}`: patch one of them to another name, for example `{name}-2`")
    others = [name for name in app.lines if name not in {"web", "release"}]
    if others:
        draft.assume(f"the Procfile's processes run beside web: {', '.join(others)}")
        return
    for name, command, reason in _workers(app):
        draft.set("processes", name, value=command, reason=reason)


def _workers(app: Application) -> Iterator[tuple[str, str, str]]:
    """Yield name, command and reason of each process."""
    texts = (
        {name: app.files.text(name) for name in searched(app.files) if name.endswith(".py")} if app.is_python else {}
    )
    if "celery" in app.packages and (module := _celery_module(texts)):
        yield from _celery(app, module, texts)
    elif command := _python_worker(app, texts):
        yield "worker", *command
    elif gem := next((name for name in _GEMS if app.packages.get(name) == "Gemfile"), None):
        yield "worker", f"bundle exec {_GEMS[gem]}", "Gemfile"
    scripts = json_map(app.files.text("package.json")).get("scripts") or {}
    if name := next((name for name in _SCRIPTS if name in scripts), None):
        yield "worker", f"npm run {name}", "package.json: scripts"


def _celery(app: Application, module: str, texts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    yield "worker", f"celery --app {module} worker --loglevel info", app.packages["celery"]
    in_database = "django-celery-beat" in app.packages
    if in_database or any(re.search(r"beat_schedule|CELERY_BEAT|add_periodic_task", text) for text in texts.values()):
        scheduler = " --scheduler django_celery_beat.schedulers:DatabaseScheduler" if in_database else ""
        yield "beat", f"celery --app {module} beat --loglevel info --schedule /tmp/beat{scheduler}", "its schedule"


def _python_worker(app: Application, texts: Mapping[str, str]) -> tuple[str, str] | None:
    """Return command and reason of the worker of another queue."""
    package = next((name for name in _MANAGE if name in app.packages), None)
    if package and app.files.has("manage.py"):
        return f"python manage.py {_MANAGE[package]}", app.packages[package]
    if "rq" not in app.packages:
        return None
    queues = (match[1] for text in texts.values() if (match := re.search(r"Queue\(\s*[\"']([\w-]+)", text)))
    return f"rq worker --url $REDIS_URL {next(queues, 'default')}", app.packages["rq"]


def _celery_module(texts: Mapping[str, str]) -> str | None:
    """Return the module for ``celery --app``: the package whose ``__init__`` imports it, else its own module."""
    for name, text in texts.items():
        if match := re.search(r"^\s*(\w+)\s*(?::\s*\w+\s*)?=\s*Celery\(", text, re.M):
            module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            package, _, last = module.rpartition(".")
            if package and last in {"celery", "celery_app"} and match[1] in {"app", "celery", "celery_app"}:
                return package if "celery" in texts.get(f"{package.replace('.', '/')}/__init__.py", "") else module
            return module if match[1] in {"app", "celery"} else f"{module}:{match[1]}"
    return None
