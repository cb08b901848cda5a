"""Run a stack as processes of this machine: one PostgreSQL, and one server of each application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pocdeploy import filelock, http
from pocdeploy.config import AppSettings, Settings, load_stack
from pocdeploy.config.processes import first_port
from pocdeploy.config.variables import COMMIT_VARIABLE
from pocdeploy.console import Progress, WaitError
from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError
from pocdeploy.kube import log_format
from pocdeploy.processes import detached, parts, postgres, stack_secrets, unsupported
from pocdeploy.processes.command import server_command
from pocdeploy.processes.environment import load_secrets
from pocdeploy.processes.postgres import Server, folder_findings
from pocdeploy.processes.preparation import ADMIN_SCRIPT, prepare_application
from pocdeploy.processes.release import (
    NEXT,
    Ports,
    Release,
    environment_of,
    make_release,
    packages,
    prepare_source,
    remove_others,
    running_release,
    variables,
)
from pocdeploy.processes.setup import allocate_port, step
from pocdeploy.processes.state import AppState, StackFolder, State
from pocdeploy.source import resolve

READY_TIMEOUT = 60.0  # seconds
POLL_INTERVAL = 0.2  # seconds
REQUEST_TIMEOUT = 4.0  # seconds
TAIL = 8
"""Lines of a log that an error shows."""


class ProcessError(PocdeployError):
    """An application does not run."""

    headline = "The stack does not run as it should"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, kw_only=True)
class ProcessStack:
    """A stack as processes of this machine."""

    folder: StackFolder
    progress: Progress

    @property
    def settings(self) -> Settings:
        """Settings of the stack file; raises SettingsError."""
        return load_stack(self.folder.root, self.folder.stack)

    def up(self) -> None:
        """Start what does not run, and replace what has changed; everything else goes on as it is.

        Raises SettingsError, PreflightError, PatchError or ProcessError.
        """
        folder, settings = self.folder, self.settings
        if findings := [*folder_findings(folder.path), *unsupported.findings(settings.apps)]:
            raise PreflightError(findings)
        secrets = self.secrets(settings)
        with filelock.hold(folder.lock, f"change stack {folder.stack}"):
            folder.path.mkdir(parents=True, exist_ok=True)
            apps = {name: self._resolved(name, app) for name, app in settings.apps.items()}
            state = folder.begin(first_port(settings.cluster))
            ports = _ports(settings, state)
            self._remove_apps(state, set(settings.apps))
            with self.progress.step("PostgreSQL"):
                server = postgres.start(folder.pgdata) if any(app.database for app in settings.apps.values()) else None
            failed: list[Finding] = []
            for name, app in apps.items():
                try:
                    self._deploy(name, app, server, ports[name], secrets[name])
                except PocdeployError as error:
                    failed += error.findings
        if failed:
            raise ProcessError(failed)

    def _resolved(self, name: str, app: AppSettings) -> AppSettings:
        """Return the settings that a new copy of the source completes, as its Procfile; raises PatchError."""
        tree = prepare_source(self.folder, name, app)
        found = resolve.resolve(name, app, tree)
        for note in found.notes:
            self.progress.say(note)
        return found.app

    def down(self, *, keep_data: bool) -> None:
        """Stop everything and remove all files; with ``keep_data`` the database and generated secrets stay."""
        with filelock.hold(self.folder.lock, f"remove stack {self.folder.stack}"):
            state = self.folder.read()
            for name, app in state.apps.items() if state else ():
                with self.progress.step(f"{name}: stop"):
                    stop_all(app)
            with self.progress.step("PostgreSQL: stop"):
                postgres.stop(self.folder.pgdata)
            self.folder.remove(keep_data=keep_data)

    def seed(self) -> dict[str, str]:
        """Run the seed command of each application that has one and runs; return application -> its last line."""
        settings, state = self.settings, self.folder.read()
        secrets, server = self.secrets(settings), postgres.find(self.folder.pgdata)
        done = {}
        for name, app in settings.apps.items():
            if app.commands.seed and state and (known := state.apps.get(name)):
                ports = Ports(web=known.port, metrics=known.metrics_port)
                own = variables(self.folder, name, app, server=server, ports=ports, secrets=secrets[name])
                done[name] = _seed(app, running_release(self.folder, name, app, known, own))
        return done

    def secrets(self, settings: Settings) -> dict[str, dict[str, str]]:
        """Return the secret variables of each application: those of the stack file, generated ones for the others."""
        given = stack_secrets.read(self.folder.root, self.folder.stack, set(settings.apps))
        found = {}
        for name in settings.apps:
            file = self.folder.secrets(name)
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            found[name] = {**load_secrets(file), **given.get(name, {})}
        return found

    def _remove_apps(self, state: State, wanted: set[str]) -> None:
        """Stop applications that the settings do not have any more; their data stays until ``down``."""
        for name in sorted(set(state.apps) - wanted):
            with self.progress.step(f"{name}: not in the settings, stop"):
                stop_all(state.apps[name])
                self._note(name, None)

    def _note(self, name: str, app: AppState | None) -> None:
        """Write down what is known of an application; None removes it."""
        state = self.folder.read()
        assert state is not None, "begin() wrote it"
        others = {other: known for other, known in state.apps.items() if other != name}
        self.folder.write(state.model_copy(update={"apps": {**others, **({name: app} if app else {})}}))

    def _deploy(
        self, name: str, app: AppSettings, server: Server | None, ports: Ports, secrets: Mapping[str, str]
    ) -> None:
        state = self.folder.read()
        known = state.apps.get(name) if state else None
        source = self.folder.releases(name) / NEXT
        with self.progress.step(f"{name}: packages"):
            python = packages(self.folder, name, app, source / (app.context or ""), log=self.progress.say)
        own = variables(self.folder, name, app, server=server, ports=ports, secrets=secrets)
        release = make_release(source, python, server_command(source, ports.web, app), own, app)
        if known is None or known.release != release.digest:
            self._prepare(name, app, server, release, secrets["ADMIN_PASSWORD"])
        elif detached.is_alive(known.process) and not parts.ended(known.others):
            self.progress.say(f"{name}: runs, and has not changed")
            return
        self._replace(name, app, release, ports, known)

    def _prepare(self, name: str, app: AppSettings, server: Server | None, release: Release, password: str) -> None:
        """Run what comes before a release; with a new database also its example data."""
        unseeded = self.folder.path / f".unseeded-{name}"
        if app.database and server and server.create_database(name):
            unseeded.touch()
        env, script = environment_of(release), self.folder.root / ADMIN_SCRIPT
        with self.progress.step(f"{name}: database and static files"):
            prepare_application(app, release.tree, env, admin_script=script, password=password, log=self.progress.say)
        if unseeded.exists() and app.commands.seed:
            with self.progress.step(f"{name}: example data"):
                _seed(app, release)
        unseeded.unlink(missing_ok=True)

    def _replace(self, name: str, app: AppSettings, release: Release, ports: Ports, known: AppState | None) -> None:
        """Stop the running release, start another one and wait until it is ready."""
        if known:
            stop_all(known)
        commit = release.env.get(COMMIT_VARIABLE)
        note = AppState(release=release.digest, port=ports.web, metrics_port=ports.metrics, commit=commit)
        self._note(name, note)
        log = self.folder.log(name)
        process = detached.start(release.command, cwd=release.tree, env=release.env, log=log)
        self._note(name, note.model_copy(update={"process": process}))
        url = f"http://localhost:{ports.web}{app.ready_path or '/'}"

        def missing() -> str | None:
            if not detached.is_alive(process):
                raise ProcessError([ended(name, log, self.folder.stack)])
            answer = _answer(url)
            # Without a path, any response shows that it listens.
            return None if answer == "200" or (app.ready_path is None and answer.isdecimal()) else f"{url} ({answer})"

        try:
            with self.progress.step(f"{name}: start") as shown:
                self.progress.until(shown, missing, timeout=READY_TIMEOUT, pause=POLL_INTERVAL)
        except WaitError as error:
            raise ProcessError([*error.findings, ended(name, log, self.folder.stack, what="is not ready")]) from error
        self._start_others(name, app, release, note.model_copy(update={"process": process}))
        remove_others(self.folder, name, release.digest)

    def _start_others(self, name: str, app: AppSettings, release: Release, note: AppState) -> None:
        """Start the processes beside what serves, and see whether they stay up."""
        parts.write_cron(self.folder, name, app, release)
        if app.cron:
            names = ", ".join(entry.name for entry in app.cron)
            self.progress.say(f"{name}: run {names} by hand, in {self.folder.cron(name)}; nothing runs them in time")
        if not any(app.processes.values()):
            return
        with self.progress.step(f"{name}: {', '.join(part for part, it in app.processes.items() if it)}"):
            started = parts.start(self.folder, name, app, release)
            self._note(name, note.model_copy(update={"others": started}))
            if dead := parts.ended_soon(started):
                found = [ended(f"{name}: {it}", self.folder.log(name, it), self.folder.stack) for it in dead]
                raise ProcessError(found)


def stop_all(app: AppState) -> None:
    """Stop all processes of an application."""
    for process in app.started:
        detached.stop(process)


def ended(name: str, log: Path, stack: str, *, what: str = "ended") -> Finding:
    """Return the finding that a process does not run, with the end of its log."""
    lines = [log_format.render(line).plain for line in detached.tail(log, TAIL)]
    last = f"\n{' ' * 14}".join(lines) or "it wrote nothing"
    return Finding(where=name, what=f"{what}; the end of its log {log}", actual=last, fix=f"make up STACK={stack}")


def _answer(url: str) -> str:
    """Return the status of the response, or the reason why there is none."""
    try:
        with http.request("GET", url, timeout=REQUEST_TIMEOUT, use_proxies=False) as response:
            return str(response.status_code)
    except http.HttpError as error:
        return str(error)


def _seed(app: AppSettings, release: Release) -> str:
    lines = step("seed", app.commands.seed or (), environment_of(release), cwd=release.tree).strip().splitlines()
    return lines[-1] if lines else ""


def _ports(settings: Settings, state: State) -> dict[str, Ports]:
    """Return the ports of each application: those that it has, for a new one the next free ones.

    Raises PreflightError if another program uses the port of the first application.
    """
    base = first_port(settings.cluster)
    used = {
        port for app in state.apps.values() if detached.is_alive(app.process) for port in (app.port, app.metrics_port)
    }
    found: dict[str, Ports] = {}
    for index, name in enumerate(settings.apps):
        known = state.apps.get(name)
        if known and detached.is_alive(known.process) and (index or known.port == base):
            found[name] = Ports(web=known.port, metrics=known.metrics_port)
            continue
        web = allocate_port(base, used, exactly=True) if index == 0 else allocate_port(base + 2, used)
        metrics = allocate_port(web + 1, used | {web})
        used |= {web, metrics}
        found[name] = Ports(web=web, metrics=metrics)
    return found
