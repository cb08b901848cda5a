"""The certificates of operator and plugin, in a real TLS connection."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from components.backend.backups import certificates

SECRET, OTHER = "s" * 48, "t" * 48
PARTIAL_CHAIN = 0x80000
"""X509_V_FLAG_PARTIAL_CHAIN: a certificate that is trusted need not be that of an authority, as in Go."""


def context(folder: Path, *, secret: str, role: str, trusted: str) -> ssl.SSLContext:
    """Return the context of a side that shows its certificate and trusts the other's, which ``trusted`` made."""
    own = certificates.pair(secret, role)  # type: ignore[arg-type]
    peer = certificates.pair(trusted, "client" if role == "server" else "server")
    for name, text in own.items():
        (folder / f"{role}-{name}").write_text(text)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if role == "server" else ssl.PROTOCOL_TLS_CLIENT)
    made.load_cert_chain(folder / f"{role}-tls.crt", folder / f"{role}-tls.key")
    made.load_verify_locations(cadata=peer["tls.crt"])
    made.verify_mode, made.minimum_version = ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_3
    made.verify_flags |= PARTIAL_CHAIN
    return made


def connect(folder: Path, *, client_secret: str) -> bytes:
    """Connect a client with the certificate of ``client_secret`` to a server that expects that of SECRET."""
    server = context(folder, secret=SECRET, role="server", trusted=SECRET)
    client = context(folder, secret=client_secret, role="client", trusted=SECRET)
    left, right = socket.socketpair()

    def answer() -> None:
        try:
            with server.wrap_socket(left, server_side=True) as wrapped:
                wrapped.sendall(b"hello")
        except ssl.SSLError:
            left.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(right, server_hostname=certificates.SERVICE) as wrapped:
            return wrapped.recv(5)
    finally:
        thread.join()


def test_operator_and_plugin_accept_each_other(tmp_path: Path) -> None:
    assert connect(tmp_path, client_secret=SECRET) == b"hello"


def test_another_client_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(tmp_path, client_secret=OTHER)


def test_the_same_secret_gives_the_same_certificates() -> None:
    assert certificates.pair(SECRET, "server") == certificates.pair(SECRET, "server")
    made = [certificates.pair(secret, role) for secret in (SECRET, OTHER) for role in ("server", "client")]  # type: ignore[arg-type]
    assert len({pair[part] for pair in made for part in pair}) == 8
