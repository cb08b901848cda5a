"""Run the program once in this process with the recording monitor of the tests, and print the time of its parts.

``bench.program`` runs it in a new process, because modules are imported only once: ``python -m bench.evaluate``.
"""

# Imports are where their time is measured.
# ruff: noqa: PLC0415
from __future__ import annotations

import ast
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _configuration() -> dict[str, object]:
    """Return the settings of the stack ``dev``, without the project's name in the keys."""
    from pocdeploy.config import stack_file

    config = stack_file.config(ROOT, "dev") or {}
    return {key.removeprefix("pocdeploy:"): value for key, value in config.items()}


def main() -> None:
    """Print a JSON object: step -> seconds."""
    spent: dict[str, float] = {}
    clock = time.perf_counter
    began = clock()
    import pulumi  # noqa: F401

    spent["import pulumi"] = clock() - began
    from tests.program import recorder

    began = clock()
    # The import statements of the program itself, so that there is no second list of them.
    tree = ast.parse((ROOT / "__main__.py").read_text("utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    exec(compile(tree, "__main__.py", "exec"), {})  # noqa: S102
    spent["imports of the program"] = clock() - began

    from pocdeploy.source import build_context

    prepare, prepared = build_context.prepare, 0.0

    def timed(*args: object, **options: object) -> object:
        nonlocal prepared
        started = clock()
        try:
            return prepare(*args, **options)  # type: ignore[arg-type]
        finally:
            prepared += clock() - started

    build_context.prepare = timed  # type: ignore[assignment]
    before = set(sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        began = clock()
        recorder.deploy(_configuration(), Path(folder))
        spent["evaluation"] = clock() - began
    spent["of that, the patched copy of the application"] = prepared
    print(json.dumps({"seconds": spent, "modules": len(set(sys.modules) - before)}))  # noqa: T201


main()
