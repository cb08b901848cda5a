"""Changes of a stack of processes: the real `up`, with fakes for what it starts and stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from pocdeploy.console import Progress
from pocdeploy.errors import PocdeployError
from pocdeploy.processes import stack
from pocdeploy.processes.detached import Started
from pocdeploy.processes.postgres import Server
from pocdeploy.processes.state import StackFolder
from tests.changing import stacks
from tests.changing.outcomes import Outcome
from tests.changing.rows import Row
from tests.changing.stacks import APPS, PROCESSES
from tests.freeports import free_port

THIS = Started(pid=os.getpid(), started=psutil.Process().create_time())
"""Stands for every process that is started: it runs."""


class _Postgres(Server):
    def create_database(self, name: str) -> bool:
        return False


@dataclass
class Processes:
    """A stack whose `up` notes what it does."""

    root: Path
    port: int
    """Port of the first application."""
    events: list[str] = field(default_factory=list)

    def up(self, config: stacks.Config) -> None:
        config["cluster"].setdefault("httpPort", self.port)
        text = yaml.safe_dump(
            {"config": {f"pocdeploy:{section}": value for section, value in config.items()}}, sort_keys=False
        )
        (self.root / f"Pulumi.{PROCESSES}.yaml").write_text(text, "utf-8")
        folder = StackFolder(self.root, PROCESSES)
        stack.ProcessStack(folder=folder, progress=Progress(quiet=True)).up()

    def change(self, row: Row) -> Outcome:
        """Return what a change of the running stack does."""
        config = stacks.config(PROCESSES)
        self.up(config)
        self.events.clear()
        for path, value in row.paths(APPS[0]).items():
            stacks.put(config, path, value)
        try:
            self.up(config)
        except PocdeployError as error:
            return {"refused": [it.what if it.what else str(it.expected) for it in error.findings]}
        return {"events": list(self.events)}


@contextmanager
def running(root: Path) -> Iterator[Processes]:
    """Lay out a project; nothing is really started."""
    found = Processes(root, free_port())
    stacks.add_sources(root)

    def noted(event: str, result: Any = None) -> Any:
        return lambda *_, **__: (found.events.append(event), result)[1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            stack.postgres, "start", lambda _: _Postgres(host="socket", port=5432, psql=Path("psql"), process=THIS)
        )
        patch.setattr(stack, "packages", lambda *_, **__: Path("python"))
        patch.setattr(stack, "prepare_application", noted("migrations"))
        patch.setattr(stack.detached, "start", noted("start", THIS))
        patch.setattr(stack.detached, "stop", noted("stop"))
        patch.setattr(stack, "folder_findings", lambda _: [])
        patch.setattr(stack, "_answer", lambda _: "200")
        yield found
