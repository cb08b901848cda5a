"""Test equipment: a real etcd and kube-apiserver on 127.0.0.1, with the admission plugins that are on by default.

There is no controller manager, no kubelet and no scheduler: objects are checked and stored, and nothing comes of them.
"""

from __future__ import annotations

import http.client
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.apiserver.client import Api, Refused
from tests.freeports import free_ports

HOST = "127.0.0.1"
READY_SECONDS = 90
STOP_SECONDS = 10


@contextmanager
def running(etcd: Path, kube_apiserver: Path, folder: Path) -> Iterator[Api]:
    """Run both programs with their files and logs in ``folder``; yield a client with all rights.

    Raises AssertionError with the end of a program's log if it ends, or is not ready in time.
    """
    store_port, peer_port, api_port = free_ports(3)
    store, token = f"http://{HOST}:{store_port}", secrets.token_hex(16)
    tokens = folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{token},tests,tests,system:masters\n", encoding="utf-8")
    certificates = folder / "certificates"
    with ExitStack() as stack:
        stack.enter_context(_process(_etcd(etcd, folder / "data", store, f"http://{HOST}:{peer_port}"), folder))
        command = _kube_apiserver(kube_apiserver, store, api_port, certificates, tokens)
        server = stack.enter_context(_process(command, folder))
        yield stack.enter_context(_ready(server, api_port, certificates / "apiserver.crt", token, folder))


def _etcd(program: Path, data: Path, address: str, peer_address: str) -> list[str]:
    return [
        str(program),
        f"--data-dir={data}",
        f"--listen-client-urls={address}",
        f"--advertise-client-urls={address}",
        f"--listen-peer-urls={peer_address}",
        f"--initial-advertise-peer-urls={peer_address}",
        f"--initial-cluster=default={peer_address}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _kube_apiserver(program: Path, store: str, port: int, certificates: Path, tokens: Path) -> list[str]:
    # The server makes its own certificate; its key signs the tokens of service accounts too, as no one else reads them.
    key = certificates / "apiserver.key"
    return [
        str(program),
        f"--etcd-servers={store}",
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--cert-dir={certificates}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--endpoint-reconciler-type=none",
        # As on every node of Kind and EKS: what a namespace forbids is for Pod Security to say.
        "--allow-privileged=true",
    ]


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _ready(server: subprocess.Popen[bytes], port: int, certificate: Path, token: str, folder: Path) -> Iterator[Api]:
    api, answer = None, "no answer"
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            if api is None and certificate.exists():
                api = Api(HOST, port, token=token, certificate=certificate)
            answer = api.request("GET", "/readyz") if api else answer
        except (OSError, http.client.HTTPException, Refused) as error:
            answer = str(error)
        if api and answer == "ok":
            try:
                yield api
            finally:
                api.close()
            return
        time.sleep(0.2)
    ended = f"ended with {server.returncode}" if server.poll() is not None else f"is not ready after {READY_SECONDS} s"
    logs = {name: (folder / f"{name}.log").read_text(errors="replace")[-1500:] for name in ("etcd", "kube-apiserver")}
    raise AssertionError(f"kube-apiserver {ended} ({answer}); ends of the logs:\n{logs}")
