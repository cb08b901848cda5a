"""Share an application for a while."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from pocdeploy import http, reverse_proxy, tunnel
from pocdeploy.cli import operations
from pocdeploy.cli.context import App, CliContext, Stack
from pocdeploy.config import defaults
from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError

LAN_PORT = 8090
TIMEOUT = 10.0  # seconds
ELSEWHERE = ("192.0.2.1", 9)
"""An address outside of every network (RFC 5737): which of our addresses would be used for it? Nothing is sent."""


class ShareError(PocdeployError):
    """There is nothing to share."""

    headline = "The application cannot be shared"
    exit_code = ExitCode.FAILED


def share(
    context: typer.Context,
    *,
    name: App = defaults.APP,
    stack: Stack = "dev",
    through: Annotated[
        str | None,
        typer.Option(help=f"Tunnel program, for people elsewhere: {' or '.join(tunnel.PROGRAMS)}."),
    ] = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="End after this time.")] = 30,
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Port of this machine.")] = LAN_PORT,
    admin: Annotated[bool, typer.Option("--admin", help="Share the administration pages, too.")] = False,
) -> None:
    """Share an application for a while, with a QR code.

    Phones in the same network reach it, or with a tunnel program everyone who has the address. It ends after 30
    minutes, or by Ctrl-C. The administration pages are not shared, unless you ask for it.
    """
    cli: CliContext = context.obj
    outputs = operations.app_outputs(cli, stack, name)
    url = str(outputs["url"]).rstrip("/")
    if not http.is_local(urlsplit(url).hostname or ""):
        _show(cli, url, f"{name} has a public address already; nothing is opened")
        return
    _check(url, stack)
    admin_path = urlsplit(str(outputs.get("adminUrl") or "")).path
    closed = (admin_path,) if admin_path and not admin else ()
    proxy = reverse_proxy.Proxy(target=url, closed=closed)
    with _opened(proxy, through, port) as address:
        _show(cli, address, f"{name} is shared for {minutes} min, until Ctrl-C")
        if admin_path and admin:
            cli.log(f"warn  The administration is reachable at {address}{admin_path}: everyone can try passwords.")
        if not through:
            cli.log("The connection is not encrypted: everyone in this network can read along.")
        _wait(minutes * 60)
    visits = proxy.visits
    cli.log(f"Ended: {visits.requests} requests from {len(visits.visitors)} address(es).")


@contextmanager
def _opened(proxy: reverse_proxy.Proxy, through: str | None, port: int) -> Iterator[str]:
    """Serve while the block runs; yield the address for people."""
    if through is None:
        own = lan_address()
        with proxy.serve(own, port) as used:
            yield f"http://{own}:{used}"
        return
    with proxy.serve("127.0.0.1", port) as used, tunnel.opened(through, used) as address:
        yield address


def lan_address() -> str:
    """Return this machine's address in its network; raises PreflightError if it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
            return str(probe.getsockname()[0])
        except OSError as error:
            found = tunnel.installed()
            fix = f"make share ARGS='--through {found[0]}'" if found else None
            what = f"this machine is in no network: {error.strerror}"
            raise PreflightError([Finding(where="share", what=what, fix=fix)]) from error


def _check(url: str, stack: str) -> None:
    """Raise PocdeployError if the application does not answer."""
    try:
        with http.request("GET", url, timeout=TIMEOUT, use_proxies=False):
            return
    except http.HttpError as error:
        finding = Finding(where=url, what="does not answer", actual=str(error), fix=f"make status STACK={stack}")
        raise ShareError([finding]) from error


def _wait(seconds: float) -> None:
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        return  # the usual end


def _show(cli: CliContext, address: str, text: str) -> None:
    cli.log(text)
    typer.echo(qr_code(address), err=True)
    typer.echo(address)


def qr_code(text: str) -> str:
    """Return a QR code in characters for a terminal, dark on light whatever its colours are."""
    import segno  # noqa: PLC0415 -- no other command needs it

    drawn: Any = io.StringIO()
    segno.make(text, error="m").terminal(drawn, compact=True, border=2)
    # White on black also where the terminal is black on white; elsewhere than on a terminal, echo leaves colours out.
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" for line in drawn.getvalue().splitlines())
