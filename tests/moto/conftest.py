"""A stand-in for AWS that answers over HTTP on 127.0.0.1 (moto), and the real AWS CLI to ask it.

Both are in a virtualenv of their own, which is made once in ``.pocdeploy/moto``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pocdeploy import filelock, http
from pocdeploy import process as pocdeploy_process
from pocdeploy.process import Result
from tests.freeports import free_port

ROOT = Path(__file__).parents[2]
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
ENVIRONMENT = ROOT / ".pocdeploy" / "moto"
REGION = "eu-central-1"
LOGIN = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@dataclass
class Aws:
    """The AWS CLI, with moto behind it and nothing of this user's own."""

    url: str
    home: Path
    login: dict[str, str] = field(default_factory=lambda: dict(LOGIN))

    def run(self, command: Sequence[str], **_: Any) -> Result:
        """Run a command as ``pocdeploy.process.run`` does."""
        environment = {
            "PATH": os.pathsep.join([str(ENVIRONMENT / "bin"), os.environ["PATH"]]),
            "HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            **self.login,
        }
        program = str(ENVIRONMENT / "bin" / command[0]) if command[0] == "aws" else command[0]
        done = subprocess.run(
            [program, *command[1:]], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        return Result(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def __call__(self, *arguments: str) -> Any:
        """Run a command that has to succeed; give its answer."""
        done = self.run(["aws", *arguments, "--region", REGION, "--output", "json"])
        assert done.code == 0, f"{arguments[:2]}: {done.stderr}"
        return json.loads(done.stdout or "{}")


@pytest.fixture(scope="session")
def _installed() -> None:
    stamp = ENVIRONMENT / "installed"
    with filelock.hold(ENVIRONMENT.parent / "moto.lock", f"install {REQUIREMENTS.name}", timeout=900):
        if stamp.is_file() and stamp.read_text("utf-8") == REQUIREMENTS.read_text("utf-8"):
            return
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        pip = [
            str(ENVIRONMENT / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "-r",
            str(REQUIREMENTS),
        ]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the AWS CLI and moto cannot be installed: {done.stderr.strip()[-200:]}")
        stamp.write_text(REQUIREMENTS.read_text("utf-8"), "utf-8")


@pytest.fixture(scope="session")
def server(_installed: None) -> Iterator[str]:
    """Run moto; give its URL."""
    port = free_port()
    process = subprocess.Popen(
        [str(ENVIRONMENT / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:  # it says so when it listens
        if "Running on" in line:
            break
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def aws(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Return the CLI, with an empty account; the checks use it, too."""
    with http.request("POST", f"{server}/moto-api/reset", timeout=10, use_proxies=False, check_status=True):
        pass
    made = Aws(server, tmp_path)
    monkeypatch.setattr(pocdeploy_process, "run", made.run)
    return made
