"""Can `make e2e` run on this machine? Prints what is missing, and ends with 1 if anything is.

The checks are those of `make up` itself: Docker, plugins, charts, images and ports of the stack that the walk uses.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pocdeploy import process
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.preflight import checks
from tests.e2e.layout import STACK, make_clone


def missing() -> list[Finding]:
    """Return a finding for everything that the walk would lack."""
    docker = process.run(["docker", "info", "--format", "{{.ServerVersion}}"], timeout=20.0)
    if docker.code != 0:
        return [Finding(where="Docker", what="does not answer", actual=docker.stderr.strip() or None)]
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "pocdeploy"
        make_clone(clone)
        try:
            checks.check(clone, STACK)
        except PocdeployError as error:
            return list(error.findings)
    return []


if __name__ == "__main__":
    found = missing()
    for finding in found:
        print(f"  {finding.where}: {finding.what}" + (f" ({finding.actual})" if finding.actual else ""))  # noqa: T201
    sys.exit(1 if found else 0)
