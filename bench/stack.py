"""A stack on its own Kind cluster, from a clone of the repository's last commit."""

from __future__ import annotations

import copy
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from pocdeploy import process
from pocdeploy.config import stack_file
from pocdeploy.errors import PocdeployError
from pocdeploy.preflight import checks
from pocdeploy.toolchain import install
from pocdeploy.toolchain.pulumi_env import pulumi_environment

ROOT = Path(__file__).parents[1]
NAME = "bench"
PORTS = {"httpPort": 18080, "httpsPort": 18443, "registryPort": 15001}
APP = "polls"
STACK_FILE = Path(os.environ.get("POCDEPLOY_E2E_STACK") or ROOT / "Pulumi.dev.yaml")
_COMMAND_TIMEOUT = 1500.0  # seconds
_SERVED_TIMEOUT = 300.0  # seconds until a changed line is served


def own_configuration(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contents of a stack's file with a cluster name and ports that no other stack uses."""
    result = copy.deepcopy(dict(document))
    cluster = result.setdefault("config", {}).setdefault("pocdeploy:cluster", {"type": "kind"})
    cluster.update({"name": NAME, **PORTS})
    return result


class Stack:
    """The clone, and the commands of the benchmarks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = own_configuration(stack_file.document(STACK_FILE).data)
        self.node = f"{NAME}-control-plane"

    def unavailable(self) -> str | None:
        """Prepare the clone. Return why the stack cannot be created on this machine, or None."""
        if process.run(["docker", "info"], timeout=60.0).code:
            return "Docker is unreachable"
        if process.run(["docker", "container", "inspect", self.node]).code == 0:
            return f"a cluster {NAME} already exists"
        if self.config["config"]["pocdeploy:cluster"]["type"] != "kind":
            return f"{STACK_FILE.name} is not a stack on Kind"
        if APP not in self.config["config"].get("pocdeploy:apps", {APP: {}}):
            return f"{STACK_FILE.name} has no application {APP}"
        try:
            install.ensure(ROOT)
            self._prepare()
            checks.check(self.folder, NAME)
        except PocdeployError as error:
            first, more = error.findings[0], len(error.findings) - 1
            return f"{first.where}: {first.what}" + (f" (and {more} more: see `make up`)" if more else "")
        return None

    def _prepare(self) -> None:
        self.run(["git", "clone", "--quiet", str(ROOT), str(self.folder)], cwd=ROOT)
        own = stack_file.document(STACK_FILE).set(("config",), self.config["config"])
        stack_file.write(stack_file.path(self.folder, NAME), own.text)
        for chart in self.config["config"].get("pocdeploy:charts", {}).values():
            archive = STACK_FILE.parent / chart.get("source", "")
            if archive.is_file():
                target = self.folder / chart["source"]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(archive, target)
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / ".pocdeploy").mkdir()
        (self.folder / ".pocdeploy" / "bin").symlink_to(ROOT / ".pocdeploy" / "bin")

    def environment(self) -> dict[str, str]:
        """Return the environment of all commands, with the state in the clone and without settings of the tests."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_DEBUG")}
        own.pop("PULUMI_BACKEND_URL", None)
        return {**pulumi_environment(self.folder, own), "PULUMI_DEBUG_COMMANDS": "1"}  # for --event-log

    def run(self, command: Sequence[str], *, cwd: Path | None = None, text: str | None = None) -> str:
        """Run a command and return its stdout; raises RuntimeError with its output if it fails."""
        done = subprocess.run(
            list(command),
            cwd=cwd or self.folder,
            env=self.environment() if self.folder.is_dir() else None,
            input=text or "",
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def pulumi(self, *arguments: str) -> str:
        """Run the CLI on the stack."""
        return self.run(["pulumi", "--non-interactive", *arguments, "--stack", NAME])

    def up(self, *options: str) -> None:
        """Create or update everything."""
        self.pulumi("up", "--yes", "--skip-preview", *options)

    def export(self) -> dict[str, Any]:
        """Return the deployment of the state, with encrypted secrets."""
        deployment: dict[str, Any] = json.loads(self.pulumi("stack", "export"))["deployment"]
        return deployment

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """Run the node's kubectl in the application's namespace, with ``text`` as its input."""
        inside = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--namespace", APP]
        return self.run(["docker", "exec", "--interactive", self.node, *inside, *arguments], text=text)

    def wait_until_served(self, host: str, text: str, unless: Future[None] | None = None) -> None:
        """Request the first page until it contains ``text``.

        Raises TimeoutError, or the error of ``unless`` if that fails first.
        """
        end = time.monotonic() + _SERVED_TIMEOUT
        while time.monotonic() < end:
            if text in self._page(host):
                return
            if unless and unless.done():
                unless.result()
            time.sleep(0.02)
        raise TimeoutError(f"{host} does not serve {text!r}")

    def _page(self, host: str) -> str:
        # By address, because not every system resolves names below `localhost`.
        connection = http.client.HTTPConnection("127.0.0.1", PORTS["httpPort"], timeout=5.0)
        try:
            connection.request("GET", "/", headers={"Host": f"{host}:{PORTS['httpPort']}"})
            return connection.getresponse().read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()
