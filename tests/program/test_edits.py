# ruff: noqa: FBT003 -- values of settings
"""Ordinary edits of a stack file: each keeps the data, or is stopped by name, or is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.stacks.data_loss import DataLossError, losses
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.refusals import RefusedError
from tests import configurations
from tests.configurations import Config
from tests.program.planner import Planner
from tests.program.plans import faults

SOURCE = {"path": "app/polls", "patches": "patches/polls"}
MEDIA = {"path": "/app/media", "size": "1Gi"}


def apps(domain: str) -> Config:
    databases = {"shop": {"version": 17}, "blog": {"storage": "2Gi", "walStorage": "1Gi"}, "guest": {"shared": "shop"}}
    found: Config = {
        name: {**SOURCE, "host": f"{name}.{domain}", "database": database} for name, database in databases.items()
    }
    found["shop"] |= {"volumes": {"media": MEDIA}, "cache": {"queue": True}}
    return found


STACKS: dict[str, Config] = {
    "kind": {"cluster": {"type": "kind", "name": "shop"}, "apps": apps("localhost"), "monitoring": {"profile": "off"}},
    "existing": {
        "cluster": {
            "type": "existing",
            "context": "one",
            "kubeconfig": ".pocdeploy/one.kubeconfig",
            "registry": {"push": "registry.example.com/shop"},
            "exposure": {"type": "nodePort"},
            "storageClass": "fast",
        },
        "apps": apps("example.com"),
        "monitoring": {"profile": "full"},
    },
    "eks": {
        "cluster": {
            "type": "eks",
            "region": "eu-central-1",
            "insecureHttp": True,
            "publicAccessCidrs": ["192.0.2.7/32"],
            "registryForceDelete": True,
            "encryptSecrets": True,
        },
        "apps": apps("example.com"),
        "monitoring": {"profile": "light"},
    },
}
"""Deployed stacks."""


@dataclass(frozen=True)
class Edit:
    """One edit of a stack file."""

    what: str
    change: Callable[[Config], object]
    expected: tuple[str, ...] = ()
    """Names of resources that the guard names; none if nothing is lost."""
    refused: str = ""
    """Part of the message of a change that is not possible."""
    on: tuple[str, ...] = ("kind",)


def put(path: str, value: Any) -> Callable[[Config], object]:
    """Return the edit that sets a key."""

    def change(config: Config) -> None:
        *parts, last = path.split(".")
        place = config
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = value

    return change


def drop(path: str) -> Callable[[Config], object]:
    """Return the edit that removes a key."""
    *parts, last = path.split(".")

    def change(config: Config) -> None:
        place = config
        for part in parts:
            place = place[part]
        del place[last]

    return change


def both(*changes: Callable[[Config], object]) -> Callable[[Config], object]:
    return lambda config: [change(config) for change in changes]


def renamed(before: str, after: str, **more: Any) -> Callable[[Config], object]:
    """Return the edit of the name of an application."""
    return lambda config: config["apps"].update({after: {**config["apps"].pop(before), **more}})


EVERYWHERE = ("kind", "existing")
OF_SHOP = ("shop-db", "shop-volume.media", "shop-cache-volume")
KEPT = "cannot change this of a volume"
MOVED = "a database is not moved to another cluster"
EDITS = (
    Edit("other cluster name", put("cluster.name", "other"), ("shop-kind",)),
    Edit("no cluster section", drop("cluster"), ("shop-kind",)),
    Edit("cluster on AWS under another name", put("cluster.name", "other"), ("pocdeploy",), on=("eks",)),
    Edit("other region", put("cluster.region", "eu-west-1"), ("pocdeploy",), on=("eks",)),
    Edit("secrets no longer encrypted", put("cluster.encryptSecrets", False), ("pocdeploy",), on=("eks",)),
    Edit("other StorageClass of the cluster", put("cluster.storageClass", "slow"), on=("existing",)),
    Edit("default StorageClass", drop("cluster.storageClass"), on=("existing",)),
    Edit("StorageClass of a volume", put("apps.shop.volumes.media.storageClass", "x"), refused=KEPT, on=EVERYWHERE),
    Edit("shared volume", put("apps.shop.volumes.media.shared", True), refused=KEPT, on=("existing",)),
    Edit("volume under another key", put("apps.shop.volumes", {"files": MEDIA}), ("shop-volume.media",), on=EVERYWHERE),
    Edit(
        "volume of another application",
        both(drop("apps.shop.volumes"), put("apps.blog.volumes", {"media": MEDIA})),
        ("shop-volume.media",),
    ),
    Edit("other path of a volume", put("apps.shop.volumes.media.path", "/app/files")),
    Edit(
        "size in another unit",
        both(put("apps.shop.volumes.media.size", "1024Mi"), put("apps.blog.database.storage", "2048Mi")),
    ),
    Edit("queue to cache", put("apps.shop.cache", True), ("shop-cache-volume",)),
    Edit("no cache", drop("apps.shop.cache"), ("shop-cache-volume",), on=EVERYWHERE),
    Edit("no database", put("apps.blog.database", False), ("blog-db",), on=EVERYWHERE),
    Edit("one instance", put("apps.blog.database.instances", 1), on=EVERYWHERE),
    Edit("no volume for the write-ahead log", drop("apps.blog.database.walStorage"), refused="walStorage"),
    Edit("no version", drop("apps.shop.database.version")),
    Edit("older version", put("apps.shop.database.version", 16), refused="newer major version"),
    Edit("guest of another application", put("apps.guest.database.shared", "blog"), ("guest-db",), on=EVERYWHERE),
    Edit("guest with a cluster of its own", put("apps.guest.database", {}), refused=MOVED),
    Edit(
        "guest and owner change places",
        both(put("apps.guest.database", {}), put("apps.shop.database", {"shared": "guest"})),
        refused=MOVED,
    ),
    Edit(
        "owner removed, guest has a cluster of its own",
        both(drop("apps.shop"), put("apps.guest.database", {})),
        refused=MOVED,
    ),
    Edit("applications in another order", lambda config: config.update(apps=dict(reversed(config["apps"].items())))),
    Edit("renamed without renamedFrom", renamed("blog", "news"), ("blog-db",), on=EVERYWHERE),
    Edit("renamed on AWS", renamed("blog", "news"), ("blog-db", "pocdeploy-images-blog"), on=("eks",)),
    Edit("application on AWS removed", drop("apps.blog"), ("blog-db", "pocdeploy-images-blog"), on=("eks",)),
    Edit(
        "volume on AWS under another key",
        put("apps.shop.volumes", {"files": MEDIA}),
        ("shop-volume.media",),
        on=("eks",),
    ),
    Edit("renamed with renamedFrom", renamed("blog", "news", renamedFrom="blog"), on=EVERYWHERE),
    Edit(
        "owner renamed, guest follows",
        both(renamed("shop", "store", renamedFrom="shop"), put("apps.guest.database.shared", "store")),
        on=EVERYWHERE,
    ),
    Edit(
        "owner renamed alone, guest follows",
        both(renamed("shop", "store"), put("apps.guest.database.shared", "store")),
        (*OF_SHOP, "guest-db"),
    ),
    Edit(
        "names exchanged by renamedFrom",
        lambda config: config.update(
            apps={
                "blog": {**config["apps"]["shop"], "renamedFrom": "shop"},
                "shop": {**config["apps"]["blog"], "renamedFrom": "blog"},
                "guest": {**config["apps"]["guest"], "database": {"shared": "blog"}},
            }
        ),
    ),
    Edit(
        "settings exchanged",
        lambda config: config.update(
            apps={
                "blog": config["apps"]["shop"],
                "shop": config["apps"]["blog"],
                "guest": config["apps"]["guest"],
            }
        ),
        refused="cannot shrink",
    ),
    Edit(
        "one application in place of another",
        both(drop("apps.blog"), put("apps.news", {**SOURCE, "host": "news.localhost"})),
        ("blog-db",),
    ),
    Edit("image from elsewhere", put("apps.blog.image", f"ghcr.io/owner/blog@sha256:{'1' * 64}"), on=EVERYWHERE),
    Edit("default application", drop("apps"), (*OF_SHOP, "blog-db", "guest-db")),
    Edit("other registry", put("cluster.registry.push", "registry.example.com/other"), on=("existing",)),
    Edit(
        "to Kind", put("cluster", {"type": "kind"}), (*OF_SHOP, "blog-db", "guest-db", "monitoring"), on=("existing",)
    ),
    Edit("no monitoring", put("monitoring", {"profile": "off"}), ("monitoring",), on=("existing", "eks")),
    Edit(
        "smaller profile", put("monitoring", {"profile": "light"}), refused="the volume of Prometheus", on=("existing",)
    ),
    Edit("shorter retention, as the setting says", put("monitoring.retention", "1d"), on=("existing", "eks")),
    Edit("no logs of the control plane", put("cluster.controlPlaneLogs", []), on=("eks",)),
)
CASES = [pytest.param(kind, edit, id=f"{kind} {edit.what}") for kind in STACKS for edit in EDITS if kind in edit.on]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Planner]:
    """Return a function that deploys a stack once."""

    @cache
    def planner(kind: str) -> Planner:
        found = Planner(tmp_path_factory.mktemp(kind))
        refused = found.up(STACKS[kind]).refused
        assert refused == ""
        return found

    return planner


@pytest.mark.parametrize(("kind", "edit"), CASES)
def test_an_edit_loses_nothing_unasked(deployed: Callable[[str], Planner], kind: str, edit: Edit) -> None:
    planner, config = deployed(kind), copy.deepcopy(STACKS[kind])
    edit.change(config)
    found = losses(effective(configurations.checked(config), planner.deployed), planner.deployed)
    stopped = planner.plan(config)

    if edit.refused:
        assert stopped.refused.startswith(RefusedError.headline)
        assert edit.refused in stopped.refused
        return
    assert sorted(loss.urn.rpartition("::")[2] for loss in found) == sorted(edit.expected)
    plan = planner.plan(config, allowed=" ".join(loss.urn for loss in found)) if found else stopped
    assert stopped.refused.startswith(DataLossError.headline) if found else stopped.refused == ""
    assert plan.refused == ""
    assert faults(plan, planner.state, found) == []


def test_zones_in_another_order_change_nothing(deployed: Callable[[str], Planner]) -> None:
    config = copy.deepcopy(STACKS["eks"])
    config["cluster"]["zones"] = [f"eu-central-1{zone}" for zone in "cab"]

    assert [step.label for step in deployed("eks").plan(config).steps] == []


@pytest.mark.parametrize("kind", STACKS)
def test_protection_and_a_loss_in_one_edit_are_stopped(tmp_path: Path, kind: str) -> None:
    """Also if the loss is allowed, and in a stack that is protected by its name alone."""
    stack, config = Planner(tmp_path, stack="production"), copy.deepcopy(STACKS[kind])
    assert stack.up(config).refused == ""
    renamed("blog", "news")(config)
    config["cluster"]["protect"] = False
    (loss, *_) = losses(configurations.checked(config), stack.deployed)

    assert "in an `up` of its own" in stack.plan(config, allowed=loss.urn).refused


def test_migration_of_a_changed_database_waits_for_the_gate(deployed: Callable[[str], Planner]) -> None:
    """Otherwise it starts on the old primary, which is switched away from while it runs."""
    config = copy.deepcopy(STACKS["kind"])
    config["apps"]["shop"]["database"]["image"] = f"ghcr.io/owner/postgresql:17.9@sha256:{'1' * 64}"
    plan = deployed("kind").plan(config)
    migrate, gate = [
        next(step.new.registered for step in plan.steps if step.new and step.new.registered.name == name)
        for name in ("shop-migrate", "shop-db-verified")
    ]

    assert gate.urn in migrate.depends_on
