"""A virtualenv on a Python without ensurepip; docs/proof.md has a run on Debian."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pocdeploy.toolchain import bootstrap
from tests.processes import answering

CONTENT = b"a wheel"


class Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = f'<a href="../files/{bootstrap.PIP}#sha256=x">pip</a>'.encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write({"/simple/pip/": page, f"/simple/files/{bootstrap.PIP}": CONTENT}.get(self.path, b""))

    def log_message(self, *_: object) -> None:
        pass


def downloaded(path: str) -> bytes:
    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Index)) as server:
        return bootstrap.download(f"http://127.0.0.1:{server.server_address[1]}/{path}")


def test_pip_comes_from_the_index_if_it_is_the_locked_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    assert downloaded("simple/") == CONTENT


@pytest.mark.parametrize(("path", "reason"), [("simple", "not the locked file"), ("other", "has no pip-")])
def test_another_file_or_none_is_refused(path: str, reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        downloaded(path)


@pytest.mark.parametrize("has_ensurepip", [True, False])
def test_pip_is_only_downloaded_without_ensurepip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_ensurepip: bool
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if has_ensurepip else None)
    monkeypatch.setattr(subprocess, "run", lambda command, check: commands.append(command))
    monkeypatch.setattr(bootstrap, "download", lambda _: CONTENT)
    venv = tmp_path / "venv"
    bootstrap.create(venv)
    made = [sys.executable, "-m", "venv", "--clear", str(venv)]
    assert commands[0] == made + ["--without-pip"] * (not has_ensurepip)
    assert [command[0] for command in commands[1:]] == [str(venv / "bin" / "python")] * (not has_ensurepip)


def test_a_failure_names_the_package_of_debian(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise OSError("no route")

    monkeypatch.setattr(bootstrap, "create", fail)
    monkeypatch.setattr(sys, "argv", ["bootstrap", ".venv"])
    with pytest.raises(SystemExit, match=r"no route\. Install it with: apt install python3-venv"):
        bootstrap.main()
