"""The shell scripts of a cluster on EKS. Each can run again after an interruption at any point."""

from pathlib import Path


def run(name: str) -> str:
    """Return the command that runs a script of this folder from the project's root, by its name without ``.sh``."""
    return f"sh {(Path(__file__).parent / name).relative_to(Path(__file__).parents[4])}.sh"
