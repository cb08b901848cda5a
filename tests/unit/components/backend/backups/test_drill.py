"""The drill's objects."""

from __future__ import annotations

from typing import Any

from components.backend.backups import drill

CLUSTER: dict[str, Any] = {
    "spec": {"plugins": [{"name": "barman-cloud.cloudnative-pg.io", "parameters": {"barmanObjectName": "polls-db"}}]}
}


def test_the_operator_does_not_overwrite_the_rights_of_the_drill() -> None:
    """It creates an account, a Role and a RoleBinding with the name of each cluster."""
    copy = drill.copy("polls", CLUSTER, labels={})
    objects = drill.access("polls", namespace="polls", labels={})

    assert copy["metadata"]["name"] not in {each["metadata"]["name"] for each in objects}


def test_the_drill_may_delete_only_its_temporary_cluster() -> None:
    name = drill.copy("polls", CLUSTER, labels={})["metadata"]["name"]
    of = [
        (rule["resources"][0], verb, *rule.get("resourceNames", ["any"]))
        for rule in drill.rules("polls")
        for verb in rule["verbs"]
    ]

    assert sorted(of) == [
        ("clusters", "create", "any"),
        ("clusters", "delete", name),
        ("clusters", "get", name),
        ("configmaps", "create", "any"),
        ("configmaps", "delete", "polls-db-drill"),
        ("configmaps", "get", "polls-db-drill"),
        ("secrets", "get", f"{name}-app"),
    ]
