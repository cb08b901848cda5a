"""Hook of mkdocs: links of the pages to files outside of docs/ lead to the repository, if its address is known.

In the repository such links are relative (``../Pulumi.yaml``), so that they work in every fork and clone. The site has
the pages alone: there they become links to the repository (the environment variable REPOSITORY_URL, with branch, for
example ``https://github.com/owner/name/blob/main``), or plain text.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import Any

LINK = re.compile(r"\[([^\]]*)\]\(((?:\.\./)*(?:\.\./|stacks/)[^)\s]+)\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return the text of a page with its links to other files of the repository replaced."""
    return replaced(markdown, folder=posixpath.join("docs", posixpath.dirname(page.file.src_uri)))


def replaced(markdown: str, *, folder: str, repository: str | None = None) -> str:
    """Return ``markdown``, a page in ``folder``, with links that leave the pages led to ``repository`` or removed."""
    base = os.environ.get("REPOSITORY_URL", "") if repository is None else repository

    def replace(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[2]))
        if target.startswith("docs/") and not target.startswith("docs/stacks/"):
            return found[0]
        return f"[{found[1]}]({base.rstrip('/')}/{target})" if base else found[1]

    return LINK.sub(replace, markdown)
