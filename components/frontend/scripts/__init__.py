"""Python scripts whose text is part of deployed Jobs: a change of one character recreates the Jobs."""

from pathlib import Path


def command(name: str) -> tuple[str, ...]:
    """Return the command that runs a script of this folder in Django's shell, by its name without ``.py``."""
    script = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    return ("python", "manage.py", "shell", "-c", script)


def text(name: str) -> str:
    """Return the text of a script for a shell of this folder, by its name."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
