"""Test equipment: programs that only print a version."""

from __future__ import annotations

from pathlib import Path

PULUMI_FILES = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")


def program(version: str) -> bytes:
    return f"#!/bin/sh\necho v{version}\n".encode()


def put(folder: Path, version: str, *files: str) -> Path:
    """Write programs of a version into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file).write_bytes(program(version))
        (folder / file).chmod(0o755)
    return folder
