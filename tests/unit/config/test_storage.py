"""Directories and volumes of an application."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config.storage import overlaps
from tests.unit.configuration import Bad, app, assert_refused


def volume(**settings: Any) -> dict[str, Any]:
    return app(volumes={"media": {"path": "/app/media", "size": "1Gi", **settings}})


BAD: list[Bad] = [
    (app(writable="/app/log"), "apps.polls.writable", "a list"),
    (app(writable=["log"]), "apps.polls.writable[0]", "an absolute path"),
    (app(writable=["/app/log/"]), "apps.polls.writable[0]", "without / at its end"),
    (app(writable=["/app/../etc"]), "apps.polls.writable[0]", "without .."),
    (app(writable=["/"]), "apps.polls.writable[0]", "a directory of the application"),
    (app(writable=["/tmp"]), "apps.polls.writable[0]", "/tmp is writable anyway"),  # noqa: S108 -- of a container
    (app(writable=["/etc/nginx"]), "apps.polls.writable[0]", "a directory of the application"),
    (app(volumes=["/app/media"]), "apps.polls.volumes", "a map"),
    (app(volumes={"media": "/app/media"}), "apps.polls.volumes.media", "a map of settings"),
    (app(volumes={"Media": {"path": "/app/media", "size": "1Gi"}}), "apps.polls.volumes.Media", "lower-case letters"),
    (app(volumes={"media": {"path": "/app/media"}}), "apps.polls.volumes.media.size", "a value"),
    (volume(size="10"), "apps.polls.volumes.media.size", "needs a unit"),
    (volume(size=10), "apps.polls.volumes.media.size", "needs a unit"),
    (volume(path="media"), "apps.polls.volumes.media.path", "an absolute path"),
    (volume(shared="yes"), "apps.polls.volumes.media.shared", "true or false"),
    (volume(shared=True), "apps.polls.volumes.media.shared", "a directory of one node"),
    (volume(storageClass="Fast SSD"), "apps.polls.volumes.media.storageClass", "the name of a Kubernetes object"),
    (volume(class_="gp3"), "apps.polls.volumes.media.class_", "one of path, size"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_only_directories_inside_of_others_overlap() -> None:
    assert list(overlaps(["/app/log", "/app/log2", "/data"])) == []
    assert list(overlaps(["/app/log", "/app"])) == ["/app/log is inside of /app"]
