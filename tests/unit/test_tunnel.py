"""Tunnel programs, with programs of the same names that write what the real ones write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocdeploy import tunnel
from pocdeploy.errors import PreflightError

BANNER = "INF |  https://quick-red-fox-1.trycloudflare.com   |"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho $@ >{folder}/arguments\n{script}\n")
    (folder / name).chmod(0o755)


def test_the_address_is_read_and_the_program_ended(programs: Path) -> None:
    stays = f"trap 'touch {programs}/ended; exit' INT\necho starting\necho '{BANNER}'\nwhile :; do read x <fifo; done"
    os.mkfifo(programs / "fifo")
    program(programs, "cloudflared", f"cd {programs}\n{stays}")
    with tunnel.opened("cloudflared", 8090) as address:
        assert address == "https://quick-red-fox-1.trycloudflare.com"
        assert "--url http://127.0.0.1:8090" in (programs / "arguments").read_text()
    assert (programs / "ended").exists()


def test_tailscale_names_its_own_machine(programs: Path) -> None:
    program(programs, "tailscale", "echo 'Available on the internet:'; echo https://box.tail1.ts.net/")
    with tunnel.opened("tailscale", 8090) as address:
        assert address == "https://box.tail1.ts.net"
    assert (programs / "arguments").read_text() == "funnel 8090\n"


def test_a_program_that_ends_is_quoted(programs: Path) -> None:
    program(programs, "tailscale", "echo 'Funnel is not enabled on your tailnet.'; exit 1")
    with pytest.raises(tunnel.TunnelError, match="Funnel is not enabled"), tunnel.opened("tailscale", 8090):
        pass


def test_a_program_without_an_address_is_given_up(programs: Path) -> None:
    program(programs, "cloudflared", "exec sleep 60")
    with pytest.raises(tunnel.TunnelError, match="named no address"), tunnel.opened("cloudflared", 1, timeout=0.2):
        pass


def test_a_missing_program_is_named(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(programs))
    assert tunnel.installed() == []
    with pytest.raises(PreflightError, match="cloudflared"), tunnel.opened("cloudflared", 8090):
        pass
