"""The image of an application: built from the patched source, or given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.recorder import Recorded, deploy

DIGEST = "ghcr.io/owner/polls@sha256:" + "cd" * 32


@pytest.fixture(scope="module")
def prebuilt(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder: Path = tmp_path_factory.mktemp("prebuilt")
    return deploy({"apps": {"polls": {"image": DIGEST}}, "monitoring": {"profile": "off"}}, folder)


def test_image_is_built_while_the_cluster_is_created(dev: Recorded) -> None:
    image = dev.one("Image")
    registry = dev.one("Command", "test-registry")

    assert image.depends_on == (registry.urn,)
    assert registry.depends_on == ()


def test_image_is_deleted_and_pushed_again_with_its_registry(dev: Recorded) -> None:
    image, registry = dev.one("Image"), dev.one("Command", "test-registry")

    assert image.deleted_with == registry.urn
    assert [image.replacement_trigger] == registry.inputs["triggers"]


def test_image_is_built_from_the_patched_copy_for_the_nodes(dev: Recorded) -> None:
    image = dev.one("Image").inputs

    assert image["imageName"] == "localhost:5001/polls:dev"
    assert image["build"]["context"] == ".pocdeploy/build/dev/polls"
    assert image["build"]["dockerfile"] == ".pocdeploy/build/dev/polls/Dockerfile"
    assert image["build"]["platform"] in ("linux/amd64", "linux/arm64")


def test_given_image_is_not_built(prebuilt: Recorded) -> None:
    pods = [each.pod for each in (*prebuilt.all("Deployment"), *prebuilt.all("Job"))]
    images = {container["image"] for pod in pods for container in pod["containers"]}

    assert prebuilt.all("Image") == []
    assert {image for image in images if "postgresql" not in image} == {DIGEST}
    assert prebuilt.stack_outputs["imageRef"] == DIGEST
