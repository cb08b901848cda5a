"""Git repositories that tests create, with an author and a date of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def git(folder: Path, *arguments: str) -> str:
    """Run git in ``folder`` and return what it writes."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit everything in ``folder`` to a new repository; later commits have the same author and date."""
    for name, value in {"NAME": "Someone", "EMAIL": "someone@example.com"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2025-03-04T05:06:07+02:00")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Begin")
