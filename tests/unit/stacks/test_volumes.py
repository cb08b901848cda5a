"""Volumes of applications: what deletes them, and sizes that they cannot have."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.stacks import data_loss, volumes
from pocdeploy.stacks.deployed import Deployed, from_export
from pocdeploy.stacks.facts import Facts

BASE = "urn:pulumi:dev::pocdeploy::pocdeploy:frontend:Frontend$"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
MEDIA, QUEUE = f"{BASE}{CLAIM}::shop-volume.media", f"{BASE}pocdeploy:frontend:Cache${CLAIM}::shop-cache-volume"
VOLUME = {"path": "/app/media", "size": "2Gi"}
ANYWHERE = {"type": "existing", "context": "x", "registry": {"push": "r"}}


def state() -> Deployed:
    def claim(urn: str, size: str) -> dict[str, Any]:
        requests = {"requests": {"storage": size}}
        spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": requests}
        return {"urn": urn, "outputs": {"spec": spec}}

    return from_export({"deployment": {"resources": [claim(MEDIA, "2Gi"), claim(QUEUE, "1Gi")]}})


def settings(app: dict[str, Any] | None = None, name: str = "shop", **more: Any) -> Settings:
    given = {"volumes": {"media": VOLUME}, "cache": {"queue": True}} if app is None else app
    return Settings.model_validate({"apps": {name: given}, **more})


@pytest.mark.parametrize("deployed", [Deployed(), state()], ids=["new", "unchanged"])
def test_kept_volumes_are_no_loss(deployed: Deployed) -> None:
    assert data_loss.losses(settings(), deployed) == []
    assert list(volumes.refusals(settings(), deployed, Facts())) == []


@pytest.mark.parametrize(
    ("wanted", "urn", "reason"),
    [
        (settings({"cache": {"queue": True}}), MEDIA, "volumes.media is not in the settings"),
        (settings({"volumes": {"media": VOLUME}}), QUEUE, "cache.queue is not true"),
        (settings({"volumes": {"media": VOLUME}, "cache": True}), QUEUE, "cache.queue is not true"),
    ],
)
def test_change_that_deletes_a_volume_is_a_loss(wanted: Settings, urn: str, reason: str) -> None:
    (loss,) = data_loss.losses(wanted, state())

    assert (loss.urn, reason in loss.reason) == (urn, True)
    assert "Gi" in str(loss.size)


def test_removed_application_loses_all_of_its_volumes() -> None:
    found = data_loss.losses(settings({}, name="blog"), state())

    assert {loss.urn for loss in found} == {MEDIA, QUEUE}


@pytest.mark.parametrize(
    ("size", "cluster", "what"),
    [
        ("1Gi", {}, "cannot shrink"),
        ("1Gi", ANYWHERE, "cannot shrink"),
        ("3Gi", {}, "cannot grow"),
        ("3Gi", ANYWHERE, ""),
    ],
)
def test_size_that_a_volume_cannot_have_is_refused(size: str, cluster: dict[str, Any], what: str) -> None:
    app = {"volumes": {"media": {**VOLUME, "size": size}}, "cache": {"queue": True}}
    more = {"cluster": cluster} if cluster else {}
    found = [finding.what for finding in volumes.refusals(settings(app, **more), state(), Facts())]

    assert [what in text for text in found] == ([True] if what else [])


@pytest.mark.parametrize(
    ("changed", "key"), [({"storageClass": "slow"}, "storageClass"), ({"shared": True}, "shared"), ({"path": "/x"}, "")]
)
def test_what_a_volume_cannot_change_is_refused(changed: dict[str, Any], key: str) -> None:
    wanted = settings({"volumes": {"media": {**VOLUME, **changed}}, "cache": {"queue": True}}, cluster=ANYWHERE)
    found = [finding.where for finding in volumes.refusals(wanted, state(), Facts())]

    assert found == ([f"pocdeploy:apps.shop.volumes.media.{key}"] if key else [])
    assert data_loss.losses(wanted, state()) == []
