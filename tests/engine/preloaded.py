"""A Python that has imported the program's libraries once, and copies itself for every run.

Half of a run's processor time is the import of provider SDKs. ``standins/sitecustomize.py`` passes what the language
host starts on to this process, which runs it in a fork: same arguments, environment, folder and output. The program's
own modules are imported in each run. ``FRESH`` is for runs that need a Python of their own.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

VARIABLE = "ENGINE_TESTS_PRELOADED"
"""Names the socket in a run's environment."""
FRESH = {VARIABLE: ""}
_LIBRARIES = (
    "pulumi",
    "pulumi_command.local",
    "pulumi_docker",
    "pulumi_random",
    "pulumi_kubernetes",
    *(f"pulumi_kubernetes.{group}" for group in ("apiextensions", "helm.v3", "meta.v1", "policy.v1")),
    *(f"pulumi_kubernetes.{group}" for group in ("apps.v1", "autoscaling.v2", "batch.v1", "core.v1", "networking.v1")),
    *(f"grafana_foundation_sdk.builders.{kind}" for kind in ("dashboard", "prometheus", "stat", "table", "timeseries")),
    "pydantic",
    "requests",
    "yaml",
)
"""What every run imports. One that is missing here costs time, and nothing else."""


@contextmanager
def serve() -> Iterator[None]:
    """Let the runs of this process's benches use a preloaded Python. It ends with this process."""
    with (
        tempfile.TemporaryDirectory() as folder,  # of a short name, as sockets need it
        subprocess.Popen(
            [sys.executable, "-m", __name__, f"{folder}/socket"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        os.environ[VARIABLE] = f"{folder}/socket"
        yield
        del os.environ[VARIABLE]


def main() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    sys.modules["pulumi"].log.debug = lambda *_, **__: None  # as ``sitecustomize`` does it, and for the same reason
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(sys.argv[1])
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while server in select.select([server, sys.stdin], [], [])[0]:
            _fork(server)


def _fork(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        message, files, _, _ = socket.recv_fds(connection, 1 << 16, 3)
        while not message.endswith(b"\n"):
            message += connection.recv(1 << 16)
        if os.fork() == 0:
            server.close()
            _run(connection, json.loads(message), files)
        for file in files:
            os.close(file)
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _run(connection: socket.socket, request: dict[str, Any], files: list[int]) -> NoReturn:
    """Become the process that asked: run its program, and tell it the exit code."""
    for target, file in enumerate(files):
        os.dup2(file, target)
    os.setpgid(0, request["group"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.executable, sys.argv = request["executable"], request["arguments"]
    sys.path[:] = [str(Path(sys.argv[0]).parent), *request["path"]]
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    code = 1
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 -- as Python itself ends
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        connection.sendall(bytes([code]))
        os._exit(code)


def _end_with(connection: socket.socket) -> NoReturn:
    """End as soon as the process that asked is killed."""
    connection.recv(1)
    os._exit(1)


if __name__ == "__main__":
    main()
