"""The command of an application in the files of Docker Compose, for an image that has none of its own."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator
from typing import Any

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.config.yaml_reader import parse
from pocdeploy.errors import PocdeployError

_GLOBS = ("docker-compose*.y*ml", "compose*.y*ml", "*/docker-compose*.y*ml", "*/compose*.y*ml")


def command(source: SourceFiles, context: str) -> tuple[str, str]:
    """Return the command of the service that is built in the folder ``context``, and its file; both may be empty.

    ``source`` is the whole source. A file for production has priority.
    """
    for name in sorted(source.matching(*_GLOBS), key=lambda name: ("prod" not in name, name)):
        for folder, words in _commands(source.text(name), name):
            if posixpath.normpath(posixpath.join(posixpath.dirname(name), folder)) == (context or "."):
                return words, name
    return "", ""


def _commands(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield folder and command of each service that is built."""
    try:
        data: Any = parse(text, name)[1]
    except PocdeployError:
        return
    services = data.get("services") if isinstance(data, dict) else None
    for service in services.values() if isinstance(services, dict) else ():
        build, words = (service.get("build"), service.get("command")) if isinstance(service, dict) else (None, None)
        folder = build.get("context", ".") if isinstance(build, dict) else build
        if isinstance(folder, str) and isinstance(words, str | list) and words:
            yield folder, words if isinstance(words, str) else shlex.join(map(str, words))
