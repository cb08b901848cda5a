"""Find words of the project's old style in tracked text files; end with 1 if there is one.

The rules are in CONTRIBUTING.md, "Plain English". ``make check`` runs this.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REPLACEMENTS = {
    r"mend(?:s|ed|ing)?": "fix, repair or recover",
    r"anew": "again, or the verb recreate",
    r"nobody": "no one, or name what is missing (`user nobody` may stay)",
    r"whoever": "the person or program that",
    r"taken back": "rolled back or restored",
    r"is said": "an active sentence that names who reports it",
    r"stands in": "is in, or replaces",
    r"what is gone": "what is missing, or deleted resources",
}
"""Word of the old style (regular expression) -> what to write instead."""
ALLOWED = re.compile(r"user nobody|nobody:|:nobody|[\"']nobody[\"']")
"""The Unix user of this name."""
SKIPPED = re.compile(
    r"^(tools/plain_english\.py|tests/unit/(tools|previews|answers)/|.*\.(lock|sum|svg|png|gz)"
    r"|tests/golden/|components/(backend|frontend)/scripts/|app/|patches/|docs/stacks/mask-polls\.sql)"
)
"""This list itself, recordings of what other programs wrote, and texts that are part of deployed objects."""
OLD_STYLE = re.compile(r"(?<![a-z])(" + "|".join(REPLACEMENTS) + r")(?![a-z])", re.IGNORECASE)
"""Also as a part of a name with underscores."""


def findings(name: str, text: str) -> list[str]:
    """Return a line for each word of the old style in ``text``: file, line, word and replacement."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        for match in OLD_STYLE.finditer(ALLOWED.sub("", line)):
            better = next(to for word, to in REPLACEMENTS.items() if re.fullmatch(word, match[0], re.IGNORECASE))
            found.append(f"{name}:{number}: {match[0]!r}: write {better}")
    return found


def main() -> int:
    """Check the tracked files below the current directory; return the exit code."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name and not SKIPPED.match(name) and Path(name).is_file()]
    found = [line for name in names for line in findings(name, Path(name).read_text("utf-8", errors="replace"))]
    sys.stdout.write("\n".join(found or ["Plain English: no words of the old style found"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
