"""The shell scripts that the commands of this folder run: each can be run again at any point, whatever went before."""

from pathlib import Path


def run(name: str) -> str:
    """Return the command that runs a script of this folder, by its name without ``.sh``; it is run in the project."""
    return f"sh {(Path(__file__).parent / name).relative_to(Path(__file__).parents[4])}.sh"
