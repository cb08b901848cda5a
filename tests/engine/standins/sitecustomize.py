"""Replaces the start of the language host's Python: ``tests/engine/preloaded.py`` runs the program, if it is served.

In any case the SDK sends no debug messages to the engine: three hundred in each run, one by one, an eighth of its
processor time, visible in a verbose log only. ``ENGINE_TESTS_DEBUG`` permits them, for the test that reads that log.
"""

import json
import os
import socket
import sys

PROGRAM = "pulumi-language-python-exec"


def pass_on(address: str, arguments: list[str]) -> int:
    """Return the program's exit code."""
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "executable": sys.executable,
        "folder": os.getcwd(),  # noqa: PTH109 -- pathlib costs time in each run
        "group": os.getpgrp(),
        "path": sys.path,
    }
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [json.dumps(request).encode() + b"\n"], [0, 1, 2])
        code = connection.recv(1)
    return code[0] if code else 1


started = [number for number, it in enumerate(sys.orig_argv) if PROGRAM in it]
if started and (address := os.environ.get("ENGINE_TESTS_PRELOADED")):
    os._exit(pass_on(address, sys.orig_argv[started[0] :]))
elif started and "ENGINE_TESTS_DEBUG" not in os.environ:
    from pulumi import log

    log.debug = lambda *_, **__: None
