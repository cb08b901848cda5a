"""Commands in the settings: a list of words, or one line for a shell."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from pocdeploy.config.types import invalid

_SEVERAL = re.compile(r"[;&|<>()`\n]|^\s*[A-Za-z_]\w*=")
"""A line with more than one command, or with a variable before it, which ``exec`` cannot start."""
ACCEPTED = "a list of words, for example [python, worker.py], or a line for the image's shell"


def shell(line: str) -> tuple[str, ...]:
    """Return the words that run a line in the image's shell. A single command replaces the shell, so signals reach it.

    ``line`` is not empty. The shell replaces variables such as ``$PORT``.
    """
    line = line.strip()
    return ("sh", "-c", line if _SEVERAL.search(line) else f"exec {line}")


def is_shell(words: tuple[str, ...]) -> bool:
    """Return whether ``words`` run a line in a shell, which reads ``$(…)`` in its own way."""
    return len(words) == 3 and words[0].rpartition("/")[2] in {"sh", "bash", "ash", "dash"} and words[1].endswith("c")


def _words(value: Any) -> Any:
    """Return the words of a command; raises the error of a value that is no command."""
    if isinstance(value, str) and value.strip():
        return shell(value)
    if isinstance(value, list | tuple) and value and all(isinstance(word, str) for word in value) and value[0].strip():
        return tuple(value)
    raise invalid(ACCEPTED)


Command = Annotated[tuple[str, ...], BeforeValidator(_words)]
