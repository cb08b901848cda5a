"""Check the store of backups from within the cluster, and claim the folder of a stack in it, before databases use it.

Runs in the image of the plugin's container, with its Python and boto3. In the environment: STACK, OWNER (identity of
the stack), BUCKET, PREFIX, ENDPOINT (empty for that of AWS), and credentials by the names of AWS's SDK, unless the pod
has a role.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

CLAIM = "pocdeploy-stack.json"
CAUSES = {
    "InvalidAccessKeyId": "the store does not know this access key: make set KEY=secrets.backups.ACCESS_KEY_ID {}",
    "SignatureDoesNotMatch": "the secret key is wrong: make set KEY=secrets.backups.SECRET_ACCESS_KEY {}",
    "ExpiredToken": "the credentials have expired: make set KEY=secrets.backups.ACCESS_KEY_ID {}",
    "AccessDenied": "the bucket is of another account, or the credentials may not use it: "
    "make set KEY=backups.bucket {}",
    "403": "the bucket is of another account, or the credentials may not use it: make set KEY=backups.bucket {}",
    "NoSuchBucket": "there is no such bucket: make set KEY=backups.bucket {}",
    "404": "there is no such bucket: make set KEY=backups.bucket {}",
    "PermanentRedirect": "the bucket is in another region: make set KEY=backups.region {}",
    "301": "the bucket is in another region: make set KEY=backups.region {}",
    "AuthorizationHeaderMalformed": "the bucket is in another region: make set KEY=backups.region {}",
    "RequestTimeTooSkewed": "the clocks of the nodes and of the store differ by more than 15 minutes: "
    "sudo timedatectl set-ntp true",
    "NoCredentialsError": "the pods have neither credentials nor a role: make set KEY=secrets.backups.ACCESS_KEY_ID {}",
    "507": "the store has no space left",
    "QuotaExceeded": "the store has no space left",
    "XMinioStorageFull": "the store has no space left",
}
"""Code of a store, or exception of the SDK -> what is wrong, and the command that changes it."""
UNREACHABLE = ("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "SSLError")


def check(client: Any, given: Mapping[str, str]) -> str | None:
    """Claim the folder; return what is wrong in one line, or None.

    Args:
        client: S3 client of boto3.
        given: the environment.
    """
    place = f"s3://{given['BUCKET']}/{given['PREFIX']}"
    try:
        claim = claimed(client, given["BUCKET"], f"{given['PREFIX']}/{CLAIM}", given)
    except Exception as error:  # noqa: BLE001 -- each exception of the SDK is one line
        return f"{place} at {given.get('ENDPOINT') or 'AWS'}: {explained(error, given['STACK'])}"
    if claim["owner"] == given["OWNER"]:
        return None
    return (
        f"{place} belongs to the stack {claim['stack']} since {claim['since']}, not to this one. Use another path:  "
        f"make set KEY=backups.prefix VALUE={given['STACK']}-backups STACK={given['STACK']}  "
        f"or, if that stack does not exist any more:  aws s3 rm {place}/{CLAIM}"
    )


def claimed(client: Any, bucket: str, key: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return who has the folder; a free one is claimed first."""
    if (found := read(client, bucket, key)) is not None:
        return found
    body = {"stack": given["STACK"], "owner": given["OWNER"], "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    try:
        client.put_object(Bucket=bucket, Key=key, Body=json.dumps(body).encode(), IfNoneMatch="*")
    except Exception as error:
        if code(error) not in ("PreconditionFailed", "412"):  # another stack was faster
            raise
    return read(client, bucket, key) or body


def read(client: Any, bucket: str, key: str) -> dict[str, str] | None:
    """Return the claim; None if there is none."""
    try:
        found: dict[str, str] = json.load(client.get_object(Bucket=bucket, Key=key)["Body"])
    except Exception as error:
        if code(error) != "NoSuchKey":
            raise
        return None
    return found


def code(error: Exception) -> str:
    """Return the code of a store in an exception of the SDK; otherwise the name of the exception."""
    response = getattr(error, "response", None) or {}
    return str((response.get("Error") or {}).get("Code") or type(error).__name__)


def explained(error: Exception, stack: str) -> str:
    """Return what is wrong, and the command that changes it, in one line."""
    name = code(error)
    if name in UNREACHABLE:
        return f"the store is unreachable from the cluster ({name}): make set KEY=backups.endpoint STACK={stack}"
    cause = CAUSES.get(name)
    return cause.format(f"STACK={stack}") if cause else " ".join(f"{name}: {error}".split())[:300]


def main() -> None:
    """Check the store; print what is wrong in one line, and fail then."""
    import boto3  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415 -- only in the image
    from botocore.config import Config  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415

    options = Config(connect_timeout=10, read_timeout=30, retries={"max_attempts": 4})
    client = boto3.client("s3", endpoint_url=os.environ.get("ENDPOINT") or None, config=options)
    if problem := check(client, os.environ):
        sys.exit(problem)
    print(f"s3://{os.environ['BUCKET']}/{os.environ['PREFIX']} can be used")  # noqa: T201 -- the log of the Job


if __name__ == "__main__":
    main()
