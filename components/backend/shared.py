"""SharedDatabase: an application's database in the PostgreSQL cluster of another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.backend import manifests, shared_manifests
from components.backend.component import Connection, uid
from components.shared import base
from pocdeploy.config import Database as DatabaseSettings

SECRET_OUTPUTS = ["data", "stringData"]


@dataclass(frozen=True, kw_only=True)
class SharedDatabaseArgs:
    """What a database in another application's cluster is made from."""

    owner: str
    """Application whose cluster it is in."""
    cluster: Connection
    """That application's connection: the cluster to wait for."""
    settings: DatabaseSettings
    """Of that cluster."""
    names: Mapping[str, str]
    """Variables that the application wants under another name."""
    namespace: pulumi.Input[str]
    """The application's own namespace."""


class SharedDatabase(base.Component):
    """A role and a database of its own; the owner's objects stay as they are, and neither gets into the other's."""

    connection: Connection

    def __init__(self, name: str, args: SharedDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        # Letters and digits only: it is part of URLs in many a client's configuration.
        password = random.RandomPassword(f"{name}-db-password", length=32, special=False, opts=self.child()).result
        labels = base.labels(name, "database")
        login = self._secret(f"{name}-db-role", shared_manifests.role_secret(name, args.owner, labels, password))
        role = self._custom(
            f"{name}-db-role",
            shared_manifests.role(name, args.owner, labels),
            depends_on=[login, *args.cluster.resources],
        )
        database = self._custom(f"{name}-db", shared_manifests.database(name, args.owner, labels), depends_on=[role])
        secret = self._secret(
            f"{name}-db-app",
            shared_manifests.client_secret(name, args.owner, labels, password, namespace=args.namespace),
        )
        policies = shared_manifests.network_policies(name, args.owner)
        clients = base.network_policies(self, name, args.namespace, {"database-clients": policies["clients"]})
        guests = base.network_policies(self, name, args.owner, {f"database-{name}": policies["guests"]})
        self.connection = Connection(
            environment=manifests.connection(name, args.names),
            service=shared_manifests.host(args.owner) + f":{manifests.POSTGRES_PORT}",
            database=name,
            settings=args.settings,
            pods=args.cluster.pods,
            identity=pulumi.Output.format("{}.{}", args.cluster.identity, uid(database)),
            resources=[database, secret, *clients, *guests],
            wait=[manifests.wait_container(name, args.settings)],
        )
        self.register_outputs({"service": self.connection.service})

    def _secret(self, name: str, manifest: Mapping[str, Any]) -> k8s.core.v1.Secret:
        opts = self.child(additional_secret_outputs=SECRET_OUTPUTS)
        return k8s.core.v1.Secret(
            name,
            metadata=manifest["metadata"],
            type=manifest["type"],
            string_data=pulumi.Output.secret(manifest["stringData"]),
            opts=opts,
        )

    def _custom(
        self, name: str, manifest: Mapping[str, Any], *, depends_on: list[pulumi.Resource]
    ) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            name,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            opts=self.child(
                depends_on=depends_on, custom_timeouts=pulumi.CustomTimeouts(create="5m", update="5m", delete="2m")
            ),
        )
