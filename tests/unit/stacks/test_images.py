"""Images by digest: the last built one, and the deployed one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.errors import PreflightError
from pocdeploy.process import Result
from pocdeploy.stacks import images
from pocdeploy.stacks.pulumi import Pulumi

DIGEST = "ghcr.io/owner/polls@sha256:" + "ab" * 32
DEPLOYED = {
    "urn": "urn:pulumi:dev::pocdeploy::pulumi:pulumi:Stack::pocdeploy-dev",
    "outputs": {"apps": {"polls": {"imageRef": DIGEST}}},
}
BUILT = {"urn": "urn:pulumi:dev::pocdeploy::docker:index/image:Image::polls-image"}


def deployed(monkeypatch: pytest.MonkeyPatch, exported: Result, app: str = "polls") -> str | None:
    monkeypatch.setattr(Pulumi, "capture", lambda *_: exported)
    return images.deployed(Pulumi(root=Path(), log=print), "dev", app)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [([DEPLOYED], DIGEST), ([DEPLOYED, BUILT], None), ([{**DEPLOYED, "outputs": None}], None), (None, None)],
    ids=["given", "built by the stack", "no outputs", "empty"],
)
def test_the_deployed_image_is_the_given_one(
    monkeypatch: pytest.MonkeyPatch, resources: list[dict[str, Any]] | None, expected: str | None
) -> None:
    exported = Result(code=0, stdout=json.dumps({"deployment": {"resources": resources}}))

    assert deployed(monkeypatch, exported) == expected
    assert deployed(monkeypatch, exported, "other") is None


def test_without_a_stack_no_image_is_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert deployed(monkeypatch, Result(code=255)) is None


@pytest.mark.parametrize("reference", ["", "ghcr.io/owner/polls:latest", "x@sha256:abc", f"{DIGEST}0"])
def test_a_reference_without_a_digest_is_refused(reference: str) -> None:
    images.check_reference(DIGEST)
    with pytest.raises(PreflightError) as raised:
        images.check_reference(reference)
    assert raised.value.findings[0].actual == (reference or "nothing")
