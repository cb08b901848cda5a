"""axe-core, which checks pages for accessibility (https://github.com/dequelabs/axe-core), from the npm registry."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from pocdeploy.toolchain import cache

VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
MEMBER = "package/axe.min.js"
RULES = (
    "['color-contrast', 'document-title', 'html-has-lang', 'image-alt', 'link-name', 'button-name', 'meta-viewport']"
)
RUN = (
    f"axe.run(document, {{runOnly: {RULES}}}).then(found => found.violations.flatMap("
    "each => each.nodes.map(node => each.id + ': ' + node.target.join(' '))))"
)
"""Script that gives a line for each element that breaks a rule."""


def script() -> str:
    """Return the program, from the user's cache if it is there; skip the test if it cannot be had."""
    folder = cache.folder("axe")
    file = folder / f"axe-{VERSION}.min.js" if folder else None
    if file and file.is_file():
        return file.read_text("utf-8")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, which fetches axe-core")
    with tempfile.TemporaryDirectory() as work:
        command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"axe-core cannot be fetched: {done.stderr.strip()[-200:]}")
        with tarfile.open(Path(work, f"axe-core-{VERSION}.tgz")) as archive:
            content = archive.extractfile(MEMBER).read()
    assert hashlib.sha256(content).hexdigest() == SHA256
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return content.decode()
