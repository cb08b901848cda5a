"""The program of the weekly drill, whose text is part of its CronJob."""

from pathlib import Path

DRILL = (Path(__file__).parent / "drill.py").read_text(encoding="utf-8")
