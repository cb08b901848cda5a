"""A program that cannot be started is named with the reason and the remedy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pocdeploy.processes.not_started import not_started


@pytest.mark.parametrize(
    ("script", "mode", "what", "fix"),
    [
        (b"#!/bin/sh\r\necho\r\n", 0o755, "its first line ends with CRLF", "sed -i 's/\\r$//' start.sh"),
        (b"#!/no/such/interpreter\n", 0o755, "needs /no/such/interpreter", None),
        (b"#!/bin/sh\n", 0o644, "is not executable", "chmod +x ./start.sh"),
        (None, 0, "not found, neither in its packages nor on this machine", None),
    ],
)
def test_the_reason_is_named(script: bytes | None, mode: int, what: str, fix: str | None, tmp_path: Path) -> None:
    if script is not None:
        (tmp_path / "start.sh").write_bytes(script)
        (tmp_path / "start.sh").chmod(mode)
    with pytest.raises(OSError) as caught:  # noqa: PT011 -- the kind is the subject
        subprocess.Popen(["./start.sh"], cwd=tmp_path)
    (finding,) = not_started("web", ["./start.sh"], caught.value, cwd=tmp_path, path="").findings

    assert finding.where == "web: ./start.sh"
    assert what in finding.what
    assert finding.fix == fix
