"""The check of a store: who has a folder, and one message for each thing that can be wrong."""

from __future__ import annotations

import io
from typing import Any

import pytest

from components.backend.backups.scripts import check

STACK = {"STACK": "prod", "OWNER": "acme/prod of 1", "BUCKET": "acme", "PREFIX": "prod", "ENDPOINT": ""}


class RefusedError(Exception):
    """An error of the SDK with the code of a store."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class EndpointConnectionError(Exception):
    """As the SDK names it."""


class Store:
    """A bucket in memory; ``error`` is raised by each request, ``rival`` claims a folder just before the caller."""

    def __init__(self, error: Exception | None = None, rival: bytes | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self.error, self.rival = error, rival

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 -- names of the SDK
        if self.error:
            raise self.error
        if f"{Bucket}/{Key}" not in self.objects:
            raise RefusedError("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[f"{Bucket}/{Key}"])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str) -> None:  # noqa: N803
        name = f"{Bucket}/{Key}"
        if self.rival:
            self.objects[name] = self.rival
        if IfNoneMatch == "*" and name in self.objects:
            raise RefusedError("PreconditionFailed")
        self.objects[name] = Body


def test_a_free_folder_is_claimed_and_stays_usable() -> None:
    store = Store()
    assert check.check(store, STACK) is None
    assert [*store.objects] == ["acme/prod/pocdeploy-stack.json"]
    assert check.check(store, STACK) is None


def test_a_folder_of_another_stack_is_refused_with_two_ways() -> None:
    store = Store()
    check.check(store, {**STACK, "STACK": "theirs", "OWNER": "acme/theirs of 2"})
    said = check.check(store, STACK)
    assert said is not None
    assert "s3://acme/prod belongs to the stack theirs since 2" in said
    assert "make set KEY=backups.prefix VALUE=prod-backups STACK=prod" in said
    assert said.endswith("aws s3 rm s3://acme/prod/pocdeploy-stack.json")


def test_the_same_name_on_another_machine_is_another_stack() -> None:
    store = Store()
    check.check(store, {**STACK, "OWNER": "acme/prod of 2"})
    assert "belongs to the stack prod" in str(check.check(store, STACK))


def test_of_two_at_once_one_is_refused() -> None:
    rival = b'{"stack": "theirs", "owner": "x", "since": "2026-01-31T14:00:00Z"}'
    assert "belongs to the stack theirs" in str(check.check(Store(rival=rival), STACK))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EndpointConnectionError("x"), "the store is unreachable from the cluster (EndpointConnectionError)"),
        (RefusedError("InvalidAccessKeyId"), "KEY=secrets.backups.ACCESS_KEY_ID STACK=prod"),
        (RefusedError("SignatureDoesNotMatch"), "the secret key is wrong"),
        (RefusedError("AccessDenied"), "the bucket is of another account"),
        (RefusedError("NoSuchBucket"), "there is no such bucket: make set KEY=backups.bucket STACK=prod"),
        (RefusedError("PermanentRedirect"), "another region: make set KEY=backups.region STACK=prod"),
        (RefusedError("RequestTimeTooSkewed"), "differ by more than 15 minutes"),
        (RefusedError("XMinioStorageFull"), "no space left"),
        (RefusedError("SlowDown"), "SlowDown"),
    ],
)
def test_each_fault_of_a_store_is_one_line(error: Exception, words: str) -> None:
    said = check.check(Store(error), STACK)
    assert said is not None
    assert said.startswith("s3://acme/prod at AWS: ")
    assert words in said
    assert "\n" not in said
