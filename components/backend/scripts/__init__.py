"""Shell scripts whose text is part of deployed Jobs and pods: a change of one character recreates the Jobs."""

from pathlib import Path


def read(name: str) -> str:
    """Return the text of a script of this folder, by its name without ``.sh``."""
    return (Path(__file__).parent / f"{name}.sh").read_text(encoding="utf-8")
