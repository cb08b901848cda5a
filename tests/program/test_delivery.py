"""What pull requests and releases ask of the program: an image that was built before, a masked copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.conftest import stack_config
from tests.program.recorder import ROOT, Recorded, deploy

DIGEST = "ghcr.io/owner/polls@sha256:" + "cd" * 32


@pytest.fixture(scope="module")
def prebuilt(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder: Path = tmp_path_factory.mktemp("prebuilt")
    return deploy({"apps": {"polls": {"image": DIGEST}}, "monitoring": {"profile": "off"}}, folder)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    config = stack_config(ROOT / "docs" / "stacks" / "masked-copy.yaml")
    return deploy(config, tmp_path_factory.mktemp("masked"), stack="masked-copy")


def test_a_given_image_runs_as_it_is_and_nothing_is_built(prebuilt: Recorded) -> None:
    pods = [each.inputs["spec"]["template"]["spec"] for each in (*prebuilt.all("Deployment"), *prebuilt.all("Job"))]
    images = {container["image"] for pod in pods for container in pod["containers"]}

    assert prebuilt.all("Image") == []
    assert {image for image in images if "postgresql" not in image} == {DIGEST}
    assert prebuilt.stack_outputs["imageRef"] == DIGEST


def test_a_copy_is_masked_before_anything_reads_it(masked: Recorded) -> None:
    cluster, mask = masked.one("Cluster", "polls-db"), masked.one("Job", "polls-db-mask")
    migrate = masked.one("Job", "polls-migrate")
    sql = (ROOT / "docs" / "stacks" / "mask-polls.sql").read_text("utf-8")
    (container,) = mask.inputs["spec"]["template"]["spec"]["containers"]

    assert cluster.inputs["spec"]["bootstrap"] == {
        "recovery": {"database": "polls", "owner": "polls", "backup": {"name": "polls-db-nightly"}}
    }
    assert {"name": "MASK", "value": sql} in container["env"]
    assert cluster.urn in mask.depends_on
    assert mask.urn in migrate.depends_on


def test_without_a_copy_nothing_is_masked(dev: Recorded) -> None:
    assert [job.name for job in dev.all("Job") if "mask" in job.name] == []
    assert set(dev.one("Cluster", "polls-db").inputs["spec"]["bootstrap"]) == {"initdb"}
