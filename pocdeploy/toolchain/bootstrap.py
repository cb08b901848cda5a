"""Create a virtualenv with pip: ``python -m pocdeploy.toolchain.bootstrap VENV``. Only the standard library is there.

Debian's Python has no ``ensurepip`` without the package python3-venv. The locked pip is then downloaded from the
package index, and checked against its digest.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

PIP = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
INDEX = "https://pypi.org/simple"
TIMEOUT = 60.0  # seconds


def create(venv: Path) -> None:
    """Create the virtualenv ``venv`` with pip. Raises OSError, or CalledProcessError if Python or pip fails."""
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if importlib.util.find_spec("ensurepip") is not None:
        subprocess.run(command, check=True)
        return
    subprocess.run([*command, "--without-pip"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder, PIP)
        wheel.write_bytes(download(os.environ.get("PIP_INDEX_URL") or INDEX))
        # A wheel is an archive that Python imports from, so this pip installs itself.
        install = [str(venv / "bin" / "python"), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)]
        subprocess.run(install, check=True)


def download(index: str) -> bytes:
    """Return the wheel of pip from a package index; raises OSError if it is not there, or is another file."""
    page = f"{index.rstrip('/')}/pip/"
    link = re.search(rf'href="([^"]*/{re.escape(PIP)})[#"]', _read(page).decode())
    if link is None:
        raise OSError(f"{page} has no {PIP}")
    content = _read(urljoin(page, link[1]))
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise OSError(f"{link[1]} is not the locked file: its SHA-256 is not {SHA256}")
    return content


def _read(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise OSError(f"{url} is no address of a package index")
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310 -- checked above
        return bytes(response.read())


def main() -> None:
    """Create the virtualenv that the command line names; end with a sentence if that fails."""
    try:
        create(Path(sys.argv[1]))
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"No virtualenv with pip: {error}. Install it with: apt install python3-venv")


if __name__ == "__main__":
    main()
