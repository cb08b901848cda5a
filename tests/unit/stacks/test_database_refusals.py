"""Changes of a database's settings that are refused, and those that are not."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.preflight.cluster_inventory import Inventory
from pocdeploy.stacks import database_refusals, databases
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.facts import Facts
from tests.unit.stacks.deployedstack import deployed, settings

COPY = {"backup": "nightly", "mask": "mask.sql"}
RECOVERED = {"recovery": {"backup": {"name": "nightly"}, "database": "polls", "owner": "polls"}}
EXISTING = {"type": "existing", "context": "theirs", "registry": {"push": "localhost:5055/team"}}
KEY = "pocdeploy:apps.polls.database"


def refused(
    state: Deployed, inventory: Inventory | None = None, cluster: dict[str, Any] | None = None, **change: Any
) -> list[str]:
    """Return where and what of the findings."""
    wanted = databases.keep(settings(cluster, **change), state)
    found = [*database_refusals.refusals(wanted, state, Facts(inventory=inventory))]
    assert all(it.fix and it.expected for it in found)
    return [f"{it.where.removeprefix(f'{KEY}.')}: {it.what}" for it in found]


def test_settings_of_a_deployed_database_may_change() -> None:
    change = {"instances": 5, "parameters": {"work_mem": "8MB"}, "resources": None}

    assert refused(deployed(), **{key: it for key, it in change.items() if it}) == []
    assert refused(Deployed(), storage="10Gi", recovery=COPY, locale="de-DE") == []


def test_storage_cannot_shrink() -> None:
    assert refused(deployed(storage={"size": "4Gi"}), storage="1Gi") == ["storage: a volume cannot shrink"]


def test_another_spelling_of_the_same_size_is_no_change() -> None:
    assert refused(deployed(), storage="1024Mi") == []


def test_storage_of_kind_cannot_grow() -> None:
    wanted = databases.keep(settings(storage="2Gi"), deployed())
    found = [*database_refusals.refusals(wanted, deployed(), Facts())]

    assert [it.what for it in found] == ["the StorageClass of this volume does not allow it to grow"]
    assert found[0].actual == "2Gi, deployed is 1Gi"
    assert (found[0].fix or "").startswith(
        "docker exec test-control-plane kubectl --kubeconfig /etc/kubernetes/admin.conf"
    )
    assert " --namespace polls exec service/polls-db-rw -c postgres -- pg_dump" in (found[0].fix or "")


@pytest.mark.parametrize(
    ("inventory", "storage", "grows"),
    [
        (Inventory(storage_classes={"standard": True}, expandable=frozenset({"standard"})), {}, True),
        (Inventory(storage_classes={"standard": True}), {}, False),
        (Inventory(storage_classes={"standard": True, "gp3": False}, expandable=frozenset({"gp3"})), {}, False),
        (Inventory(storage_classes={"slow": True}, expandable=frozenset({"slow"})), {"size": "1Gi"}, True),
        (Inventory(storage_classes={"slow": True}), {"size": "1Gi"}, False),
        (Inventory(), {}, True),  # unknown: the hook at the Cluster reads the class
        (None, {}, True),
    ],
)
def test_storage_grows_where_its_class_can(inventory: Inventory | None, storage: dict[str, str], grows: bool) -> None:
    state = deployed(storage=storage or {"size": "1Gi", "storageClass": "standard"})

    assert (refused(state, inventory, EXISTING, storage="2Gi") == []) is grows


def test_volume_of_the_log_can_be_added_but_not_removed() -> None:
    assert refused(deployed(), walStorage="2Gi") == []
    assert refused(deployed(walStorage={"size": "2Gi"})) == [
        "walStorage: the volume of the write-ahead log cannot be removed"
    ]


def test_smallest_volume_is_for_new_databases_only() -> None:
    what = "storage: the volume is too small for a new database and its write-ahead log"

    assert refused(Deployed(), storage="500Mi") == [what]
    assert refused(Deployed(), storage="512Mi") == []
    assert refused(deployed(storage={"size": "256Mi"}), storage="256Mi") == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (18, 17, "PostgreSQL cannot read the files of a newer major version"),
        (14, 15, "CloudNativePG upgrades to PostgreSQL 16 and newer versions only"),
        (17, 18, None),
        (14, 16, None),
        (17, 17, None),
    ],
)
def test_version_can_be_raised_only(before: int, after: int, what: str | None) -> None:
    assert refused(deployed(before), version=after) == ([f"version: {what}"] if what else [])


def test_image_and_parameters_change_one_after_the_other() -> None:
    what = "CloudNativePG refuses another image and other parameters in one step"
    image = "registry.example.com/pg:18"

    assert refused(deployed(17, parameters={}), version=18) == [f"version: {what}"]
    assert refused(deployed(parameters={}), image=image) == [f"image: {what}"]
    assert refused(deployed(parameters={}, imageName=image), image=image) == []
    assert refused(deployed(), image=image) == []


@pytest.mark.parametrize(
    ("state", "is_refused"),
    [
        (deployed(), True),
        (deployed(bootstrap=RECOVERED), False),  # an interrupted creation
        (deployed(bootstrap=RECOVERED, record={"recovery": COPY}), False),
        (deployed(bootstrap=RECOVERED, record={"recovery": None}), True),
        (deployed(bootstrap={"recovery": {"backup": {"name": "older"}}}), True),
        (deployed(bootstrap={"recovery": {"volumeSnapshots": {"storage": {"name": "nightly"}}}}), False),
        (Deployed(), False),
    ],
    ids=["empty", "interrupted", "same", "removed and added", "other backup", "snapshot", "new"],
)
def test_recovery_is_only_for_a_new_database(state: Deployed, is_refused: bool) -> None:
    expected = ["recovery: a database begins as a copy only when it is created, and this one exists"]

    assert refused(state, recovery=COPY) == (expected if is_refused else [])


def test_recovery_may_be_removed() -> None:
    assert refused(deployed(bootstrap=RECOVERED, record={"recovery": COPY})) == []


@pytest.mark.parametrize(("locale", "is_refused"), [(None, False), ("C.UTF-8", False), ("C", True), ("de-DE", True)])
def test_locale_cannot_change(locale: str | None, is_refused: bool) -> None:
    change = {"locale": locale} if locale else {}

    assert refused(deployed(), **change) == (["locale: the locale of a database cannot change"] if is_refused else [])


def test_unset_locale_leaves_an_older_database_alone() -> None:
    assert refused(deployed(bootstrap={"initdb": {"database": "polls"}})) == []
