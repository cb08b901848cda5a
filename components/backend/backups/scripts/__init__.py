"""The programs of Jobs about backups, whose text is part of them."""

from pathlib import Path

CHECK = (Path(__file__).parent / "check.py").read_text(encoding="utf-8")
"""Checks the store, and claims a stack's folder in it."""
DRILL = (Path(__file__).parent / "drill.py").read_text(encoding="utf-8")
"""The weekly drill."""
