"""What is known of a stack that runs as processes: one file in its folder, written in one step."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from pocdeploy.config.types import Model
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.processes.detached import Started


class AppState(Model):
    """An application that was started."""

    release: str
    """Digest of its source, command and variables; also the name of the folder with its source."""
    port: int
    metrics_port: int
    commit: str | None = None
    """Commit of its source, if it is known."""
    process: Started | None = None
    """None from the end of one release to the start of the next."""
    others: dict[str, Started] = {}
    """Its other processes, by their names."""

    @property
    def started(self) -> list[Started]:
        """All its processes; those beside what serves come first, as they are stopped first."""
        return [*self.others.values(), *([self.process] if self.process else [])]

    def process_of(self, part: str) -> Started | None:
        """Return the process ``part``, or with an empty name what serves; None if it was not started."""
        return self.others.get(part) if part else self.process


class State(Model):
    """All that was started for a stack."""

    created: datetime
    base_port: int
    """Port of the first application in the settings of the last ``up``."""
    apps: dict[str, AppState] = {}


class StackFolder:
    """The files of a stack, in ``.pocdeploy/processes/<stack>`` of the project."""

    def __init__(self, root: Path, stack: str) -> None:
        self.root = root
        self.stack = stack.rpartition("/")[2]
        self.path = root / ".pocdeploy" / "processes" / self.stack

    @property
    def pgdata(self) -> Path:
        """Files of PostgreSQL."""
        return self.path / "pgdata"

    @property
    def lock(self) -> Path:
        """Lock of all that changes the stack; beside the folder, which ``down`` removes."""
        return self.path.with_name(f".{self.stack}.lock")

    def log(self, app: str, part: str = "") -> Path:
        """Log of an application, or of its process ``part``."""
        return self.path / "logs" / (f"{app}.{part}.log" if part else f"{app}.log")

    def cron(self, app: str) -> Path:
        """Folder with a program for each scheduled command of an application."""
        return self.path / "cron" / app

    def secrets(self, app: str) -> Path:
        """File of the generated secrets of an application."""
        return self.path / "secrets" / f"{app}.json"

    def releases(self, app: str) -> Path:
        """Folder with a source for each release of an application."""
        return self.path / "apps" / app

    def exists(self) -> bool:
        """Return whether the stack runs, ran, or has kept its data."""
        return (self.path / "state.json").is_file() or self.pgdata.is_dir()

    def read(self) -> State | None:
        """Return what was started; None if nothing was. Raises PreflightError for a damaged file."""
        file = self.path / "state.json"
        try:
            return State.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            what = "not readable, so the processes of this stack are not known"
            finding = Finding(where=str(file), what=what, actual=str(error)[:200], fix=f"rm {file}")
            raise PreflightError([finding]) from error

    def write(self, state: State) -> None:
        """Write what was started."""
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self.path / ".state.json.new"
        draft.write_text(state.model_dump_json(indent=2), "utf-8")
        draft.replace(self.path / "state.json")

    def begin(self, base_port: int) -> State:
        """Return what was started before, or note that something is about to be."""
        before = self.read()
        same = before is not None and before.base_port == base_port
        created = before.created if before else datetime.now(UTC)
        apps = before.apps if before else {}
        state = before if before and same else State(created=created, base_port=base_port, apps=apps)
        self.write(state)
        return state

    def remove(self, *, keep_data: bool) -> None:
        """Remove all files; with ``keep_data`` the database and the generated secrets stay."""
        kept = {self.pgdata.name, "secrets"} if keep_data else set()
        for entry in self.path.iterdir() if self.path.is_dir() else ():
            if entry.name not in kept:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()


def stacks(root: Path) -> list[StackFolder]:
    """Return the stacks that run, ran, or have kept data."""
    folders = (StackFolder(root, path.name) for path in sorted((root / ".pocdeploy" / "processes").glob("[!.]*")))
    return [folder for folder in folders if folder.exists()]
