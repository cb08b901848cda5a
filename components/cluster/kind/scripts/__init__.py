"""The shell scripts that the commands of this folder run: each can be run again at any point, whatever went before."""

from pathlib import Path


def script(name: str) -> str:
    """Return the text of a script of this folder, by its name without ``.sh``."""
    return (Path(__file__).parent / f"{name}.sh").read_text(encoding="utf-8")
