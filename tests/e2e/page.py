"""Change a line of the page that polls shows, where no patch changes it."""

from __future__ import annotations

from pathlib import Path

PAGE = Path("app/polls/polls/templates/polls/base.html")
BEFORE = '<link rel="icon"'


def change(project: Path, mark: str) -> None:
    """Write ``mark``, a comment of HTML, into each page of the polls application in the folder of a project."""
    page = project / PAGE
    text = page.read_text("utf-8")
    assert BEFORE in text
    page.write_text(text.replace(BEFORE, f"{mark}{BEFORE}", 1), "utf-8")
