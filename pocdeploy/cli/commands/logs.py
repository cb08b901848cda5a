"""``pocdeploy logs``: what an application writes, in all its pods at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pocdeploy.cli.cluster_access import client
from pocdeploy.cli.context import CliContext, Stack
from pocdeploy.config import defaults
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.kube import log_format
from pocdeploy.kube.pod_logs import ConnectionLostError, Event, Follower, Line, snapshot
from pocdeploy.kube.pods_api import ClusterPods
from pocdeploy.toolchain import install

SELECTOR = "app.kubernetes.io/name={},app.kubernetes.io/component={}"


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(logs)


def logs(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option("--app", envvar="APP", help="Application, as in pocdeploy:apps.")] = defaults.APP,
    stack: Stack = "dev",
    component: Annotated[str, typer.Option(help="Its pods: web, migrate, or admin.")] = "web",
    tail: Annotated[int, typer.Option(min=0, help="Lines of each pod from before.")] = 10,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on until Ctrl-C, or end at once.")] = True,
    raw: Annotated[bool, typer.Option("--raw", help="Lines as they were written, for other programs.")] = False,
) -> None:
    """Follow the log of an application, with a colour for each pod. Pods that come and go are noted."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    pods = ClusterPods(client(session, stack), name, SELECTOR.format(name, component))
    printer = Printer(raw=raw)
    if not follow:
        try:
            printer.show(snapshot(pods, tail=tail))
        except ConnectionLostError as error:
            raise PocdeployError([Finding(where=f"stack {stack}", what=str(error), fix="make up")]) from error
        return
    follower = Follower(pods, tail=tail)
    try:
        printer.show(follower.events())
    except KeyboardInterrupt:
        follower.stop()  # It is how one ends this: no failure.


class Printer:
    """Writes lines to stdout, and what happens to pods to stderr."""

    def __init__(self, *, raw: bool, out: Console | None = None, notes: Console | None = None) -> None:
        self._raw = raw
        self._out = out or Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._notes = notes or Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._colours = itertools.cycle(log_format.COLOURS)
        self._of: dict[str, str] = {}

    def show(self, events: Iterable[Event]) -> None:
        """Write events as they come."""
        for event in events:
            if not isinstance(event, Line):
                name = f"{event.pod} " if event.pod else ""
                self._notes.print(Text(f"-- {name}{event.text}", "dim"))
            elif self._raw:
                self._out.out(event.text, highlight=False)
            else:
                self._out.print(
                    Text.assemble((f"{event.pod} ", self._colour(event.pod)), log_format.render(event.text))
                )

    def _colour(self, pod: str) -> str:
        if pod not in self._of:
            self._of[pod] = next(self._colours)
        return self._of[pod]
