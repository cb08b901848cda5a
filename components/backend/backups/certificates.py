"""The two certificates with which operator and plugin know each other: a pure function of one random secret.

Both sides trust exactly the other's certificate, so there is no authority, and nothing expires within the life of a
stack. As a function of a secret in the state, a preview changes nothing, and another secret changes both.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVICE = "barman-cloud"
"""Name of the plugin's Service, which the operator checks in its certificate."""
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2075, 1, 1, tzinfo=UTC)
USAGES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}


def pair(secret: str, role: Literal["server", "client"]) -> dict[str, str]:
    """Return the contents of a Secret of the type ``kubernetes.io/tls``: the same ones for the same secret.

    Ed25519 signs without randomness (RFC 8032), so the certificate is the same one each time, too.

    Args:
        secret: at least 32 random characters.
        role: the side that shows the certificate.
    """
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{role} {secret}".encode()).digest())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SERVICE if role == "server" else f"{SERVICE}-client")])
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(public).digest()[:16], "big") | 1)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([USAGES[role]]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SERVICE)]), critical=False)
        .sign(key, None)
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    return {"tls.crt": certificate.public_bytes(encoding).decode(), "tls.key": private.decode()}
