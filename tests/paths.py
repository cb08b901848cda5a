"""Folders that tests read from."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
UNIT = ROOT / "tests" / "unit"
"""Folder of recorded previews and answers."""
