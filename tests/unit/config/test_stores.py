"""Two stacks with one folder in a store are refused before anything is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config.backups import Backups
from pocdeploy.config.stores import check_prefix

S3 = {"store": "s3", "bucket": "acme"}


@pytest.mark.parametrize(
    ("theirs", "own", "is_refused"),
    [
        ({**S3, "prefix": "prod"}, S3, True),
        (S3, {**S3, "prefix": "test"}, True),
        ({**S3, "prefix": "prod/shop"}, S3, True),
        ({**S3, "prefix": "production"}, S3, False),
        ({**S3, "bucket": "other", "prefix": "prod"}, S3, False),
        ({**S3, "endpoint": "https://s3.example.com", "prefix": "prod"}, S3, False),
        ({"store": "local"}, S3, False),
        ({**S3, "prefix": "prod"}, {"store": "local"}, False),
    ],
)
def test_one_folder_for_two_stacks_is_refused(
    tmp_path: Path, theirs: dict[str, Any], own: dict[str, Any], is_refused: bool
) -> None:
    (tmp_path / "Pulumi.test.yaml").write_text(json.dumps({"config": {"pocdeploy:backups": theirs}}))
    (tmp_path / "Pulumi.prod.yaml").write_text(json.dumps({"config": {"pocdeploy:backups": own}}))
    (tmp_path / "Pulumi.broken.yaml").write_text("config: [")
    found = list(check_prefix(Backups.model_validate(own), tmp_path, "prod"))

    assert len(found) == is_refused
    for finding in found:
        assert finding.where == "pocdeploy:backups.prefix"
        assert "the stack test" in finding.what
        assert "set backups.prefix prod-backups --stack" in str(finding.fix)
