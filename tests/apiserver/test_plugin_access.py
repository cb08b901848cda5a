"""The rights of the plugin are enough for the Role that it creates for a database, and for no other Secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.backend.backups import access
from pocdeploy.stacks import backup_servers
from tests.apiserver.client import Api, Refused

NAMESPACE, LABELS = "plugin-access", {"app.kubernetes.io/part-of": "pocdeploy"}
PLUGIN = f"system:serviceaccount:cnpg-system:{access.ACCOUNT}"
OWN = {"kind": "ServiceAccount", "name": "polls-db", "namespace": NAMESPACE}


def api_object(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    spelt = {("roleRef" if key == "role_ref" else key): value for key, value in fields.items()}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, **spelt}


def of_database(*secrets: str) -> dict[str, Any]:
    """Return the Role that the plugin creates for a database, with the Secrets of its ObjectStores."""
    stores = {"apiGroups": ["barmancloud.cnpg.io"], "resourceNames": ["polls-db"]}
    rules = [
        {**stores, "resources": ["objectstores"], "verbs": ["get", "watch", "list"]},
        {**stores, "resources": ["objectstores/status"], "verbs": ["update"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch", "list"], "resourceNames": [*secrets]},
    ]
    return api_object("Role", access.role("polls-db-barman-cloud", rules, labels=LABELS, namespace=NAMESPACE))


@pytest.fixture(params=[True, False], ids=["credentials", "role"])
def has_credentials(request: pytest.FixtureRequest, api: Api) -> Iterator[bool]:
    given: bool = request.param
    rules = access.rules("polls", has_credentials=given)
    granted: Any = {"labels": LABELS, "plugin_namespace": "cnpg-system"}
    made = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        api_object("ClusterRole", access.role("plugin-access", access.cluster_rules(), labels=LABELS)),
        api_object("ClusterRoleBinding", access.binding("plugin-access", **granted)),
        api_object("Role", access.role("plugin", rules, labels=LABELS, namespace=NAMESPACE)),
        api_object("RoleBinding", access.binding("plugin", namespace=NAMESPACE, **granted)),
    ]
    for each in made:
        api.apply(each)
    yield given
    for each in reversed(made):
        api.delete(each)


def test_the_role_of_a_database_can_be_created(api: Api, has_credentials: bool) -> None:
    role = of_database(*([backup_servers.credentials("polls")] if has_credentials else []))
    binding = api_object(
        "RoleBinding",
        access.binding("polls-db-barman-cloud", labels=LABELS, plugin_namespace="x", namespace=NAMESPACE)
        | {"subjects": [OWN]},
    )
    with api.acting_as(PLUGIN):
        api.request("POST", api.path(role), role)
        api.request("POST", api.path(binding), binding)
    for each in (binding, role):
        api.delete(each)


def test_other_secrets_are_out_of_reach(api: Api, has_credentials: bool) -> None:
    secrets = "/api/v1/namespaces/{}/secrets"
    refused = [secrets.format("default"), "/api/v1/secrets"]
    refused += [f"{secrets.format(NAMESPACE)}/polls-environment"] if has_credentials else []
    for path in refused:
        with api.acting_as(PLUGIN), pytest.raises(Refused, match="403"):
            api.request("GET", path)
    with api.acting_as(PLUGIN), pytest.raises(Refused, match="404"):
        api.request("GET", f"{secrets.format(NAMESPACE)}/{backup_servers.credentials('polls')}")
    role = of_database("polls-environment")
    if has_credentials:
        with api.acting_as(PLUGIN), pytest.raises(Refused, match="attempting to grant RBAC permissions"):
            api.request("POST", api.path(role), role)
