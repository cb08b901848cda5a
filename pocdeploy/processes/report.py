"""What a stack of processes offers and how it is: outputs, problems, a line for the list of stacks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pocdeploy import http
from pocdeploy.config import Settings
from pocdeploy.diagnostics.result import CheckResult, fail, from_finding, ok
from pocdeploy.diagnostics.status import NO_BACKUPS, AppStatus, StackStatus, page
from pocdeploy.errors import ExitCode, Finding, PocdeployError
from pocdeploy.processes import detached, parts, postgres
from pocdeploy.processes.stack import REQUEST_TIMEOUT, ProcessStack, ended
from pocdeploy.processes.state import AppState, StackFolder, State, stacks
from pocdeploy.stacks.listing import NOT_DEPLOYED, Listed
from pocdeploy.stacks.pulumi import NoStackError

SECRET_OUTPUTS = frozenset({"adminPassword"})


def deployed(folder: StackFolder) -> State:
    """Return what was started; raises NoStackError if nothing was."""
    state = folder.read()
    if state is None or not state.apps:
        what = "does not run: it does not exist, or its first up did not finish"
        raise NoStackError([Finding(where=f"stack {folder.stack}", what=what, fix=f"make up STACK={folder.stack}")])
    return state


def outputs(stack: ProcessStack) -> dict[str, Any]:
    """Return the outputs: those of the first application under plain names, and those of all under ``apps``."""
    state, settings = deployed(stack.folder), stack.settings
    apps = {name: _app_outputs(stack, settings, name, state) for name in settings.apps if name in state.apps}
    first = next(iter(apps.values()), {})
    return {**first, "logs": str(stack.folder.log("*").parent), "apps": apps}


def _app_outputs(stack: ProcessStack, settings: Settings, name: str, state: State) -> dict[str, Any]:
    app, url = settings.apps[name], f"http://localhost:{state.apps[name].port}"
    server = postgres.find(stack.folder.pgdata)
    found: dict[str, Any] = {"url": url}
    if app.database and app.commands.admin:
        found["adminUrl"] = f"{url}{app.admin_path}"
        found["adminUsername"] = app.admin.username
        found["adminPassword"] = stack.secrets(settings)[name]["ADMIN_PASSWORD"]
    if programs := sorted(map(str, stack.folder.cron(name).glob("*"))):
        found["cron"] = programs
    if app.database and server:
        found["psql"] = shlex.join(server.shell(name))
    return found


def problems(folder: StackFolder) -> list[Finding]:
    """Return a finding for each process that has ended."""
    state = deployed(folder)
    found = [
        ended(name, folder.log(name), folder.stack)
        for name, app in state.apps.items()
        if not detached.is_alive(app.process)
    ]
    found += [
        ended(f"{name}: {part}", folder.log(name, part), folder.stack)
        for name, app in state.apps.items()
        for part in parts.ended(app.others)
    ]
    if folder.pgdata.is_dir() and postgres.find(folder.pgdata) is None:
        found.insert(0, ended("PostgreSQL", folder.pgdata / "log", folder.stack))
    return found


def check(stack: ProcessStack) -> list[CheckResult]:
    """Check processes, pages and databases."""
    state, settings = deployed(stack.folder), stack.settings
    dead = problems(stack.folder)
    results = [from_finding("processes", finding) for finding in dead] or [
        ok("processes", f"PostgreSQL, {', '.join(state.apps)}: all run")
    ]
    server = postgres.find(stack.folder.pgdata)
    for name, app in settings.apps.items():
        if name not in state.apps:
            results.append(fail("processes", f"{name} was not started", fix=f"make up STACK={stack.folder.stack}"))
            continue
        url = f"http://localhost:{state.apps[name].port}"
        if name not in {finding.where for finding in dead}:
            results += [_page(stack.folder, url + path) for path in (app.live_path, app.ready_path, "/") if path]
        if app.database:
            reason = postgres.problem(server, name)
            results.append(fail("database", f"{name}: {reason}") if reason else ok("database", f"{name}: answers"))
    return results


def status(stack: ProcessStack) -> StackStatus:
    """Return the status of a stack of processes; raises NoStackError if nothing was started."""
    state, settings = deployed(stack.folder), stack.settings
    server = postgres.find(stack.folder.pgdata)
    apps = []
    for name, app in settings.apps.items():
        known = state.apps.get(name)
        url = f"http://localhost:{known.port}" if known else None
        process = known.process if known and detached.is_alive(known.process) else None
        serves, health = page(url) if url and process else (False, "its process has ended" if known else "not started")
        database = None
        if app.database:
            database = postgres.problem(server, name) or "one PostgreSQL, answers"
        apps.append(
            AppStatus(
                name=name,
                url=url,
                serves=serves,
                health=health,
                pods=_count(known) if known and process else None,
                commit=known.commit if known else None,
                database=database,
                backup=NO_BACKUPS if app.database else None,
                since=datetime.fromtimestamp(process.started, UTC) if process else None,
            )
        )
    return StackStatus(
        stack=stack.folder.stack,
        runs_on="processes of this machine, not Kubernetes",
        apps=tuple(apps),
        monitoring="no monitoring without Kubernetes",
    )


def _count(app: AppState) -> str:
    alive = sum(map(detached.is_alive, app.started))
    return "1 process" if alive == 1 else f"{alive} processes"


def _page(folder: StackFolder, url: str) -> CheckResult:
    try:
        with http.request("GET", url, timeout=REQUEST_TIMEOUT, use_proxies=False) as response:
            answer = str(response.status_code)
            good = response.status_code < 400 or (url.endswith("/") and response.status_code == 404)
    except http.HttpError as error:
        answer, good = str(error), False
    text = f"{url}: {answer}"
    return ok("url", text) if good else fail("url", text, fix=f"make logs STACK={folder.stack} ARGS=--no-follow")


def listed(root: Path, *, now: datetime | None = None) -> Iterator[Listed]:
    """Yield the stacks that run as processes."""
    for folder in stacks(root):
        try:
            yield _listed(folder, now or datetime.now(UTC))
        except PocdeployError as error:
            yield Listed(name=folder.stack, state=error.findings[0].what)


def _listed(folder: StackFolder, now: datetime) -> Listed:
    state = folder.read()
    if state is None or not state.apps:
        return Listed(name=folder.stack, state=f"{NOT_DEPLOYED}, data kept" if folder.pgdata.is_dir() else NOT_DEPLOYED)
    dead = [finding.where for finding in problems(folder)]
    server = postgres.find(folder.pgdata)
    used = [it for app in state.apps.values() for it in app.started] + ([server.process] if server else [])
    return Listed(
        name=folder.stack,
        state=f"processes, ended: {', '.join(dead)}" if dead else "processes",
        url=f"http://localhost:{next(iter(state.apps.values())).port}",
        age=max(timedelta(), now - state.created),
        memory=sum(map(detached.memory, used)),
    )


def exit_code(findings: list[Finding]) -> int:
    """Return the exit code for a stack with these problems."""
    return ExitCode.FAILED if findings else ExitCode.OK
