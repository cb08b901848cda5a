"""SharedDatabase: a database in the PostgreSQL cluster of another application, its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.backend import clients, manifests
from components.backend.component import Connection, uid
from components.backend.shared_database import manifests as shared_manifests
from components.shared import base
from pocdeploy.config import Database as DatabaseSettings

TIMEOUTS = pulumi.CustomTimeouts(create="5m", update="5m", delete="2m")


@dataclass(frozen=True, kw_only=True)
class SharedDatabaseArgs:
    """Inputs of a database in another application's cluster."""

    owner: str
    """Application that has the cluster."""
    cluster: Connection
    """Connection of that application."""
    settings: DatabaseSettings
    """Settings of the cluster."""
    names: Mapping[str, str]
    """Environment variable -> the name that the application uses for it."""
    url_variable: str | None = None
    """Environment variable with the URL of the database; None for none."""
    namespace: pulumi.Input[str]
    """Namespace of the application that uses the database."""
    protect: bool
    """Whether Pulumi refuses to delete the database, and PostgreSQL keeps it if its object is deleted otherwise."""


class SharedDatabase(base.Component):
    """A role and a database of its own. The owner and the guest cannot read each other's data."""

    connection: Connection

    def __init__(self, name: str, args: SharedDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        # Letters and digits only: clients put it into URLs.
        password = random.RandomPassword(f"{name}-db-password", length=32, special=False, opts=self.child()).result
        labels = base.labels(name, "database")
        login = self._secret(f"{name}-db-role", shared_manifests.role_secret(name, args.owner, labels, password))
        role = self.create_custom_object(
            f"{name}-db-role",
            shared_manifests.role(name, args.owner, labels, keep=args.protect),
            depends_on=[login, *args.cluster.resources],
            custom_timeouts=TIMEOUTS,
        )
        database = self.create_custom_object(
            f"{name}-db",
            shared_manifests.database(name, args.owner, labels, args.settings, keep=args.protect),
            depends_on=[role],
            protect=args.protect,
            ignore_changes=[f"spec.{field}" for field in shared_manifests.CREATED_WITH],
            custom_timeouts=TIMEOUTS,
        )
        client_manifest = shared_manifests.client_secret(
            name,
            args.owner,
            labels,
            password,
            uri=password.apply(lambda known: shared_manifests.url(name, args.owner, known)),
            namespace=args.namespace,
        )
        secret = self._secret(f"{name}-db-app", client_manifest)
        self.connection = Connection(
            environment=manifests.connection(name, args.names, url=args.url_variable),
            service=f"{shared_manifests.host(args.owner)}:{manifests.POSTGRES_PORT}",
            database=name,
            settings=args.settings,
            pods=args.cluster.pods,
            identity=pulumi.Output.format("{}.{}", args.cluster.identity, uid(database)),
            resources=[database, secret, *self._policies(name, args)],
            wait=[clients.wait_container(name, args.settings)],
        )
        self.register_outputs({"service": self.connection.service})

    def _policies(self, name: str, args: SharedDatabaseArgs) -> list[k8s.networking.v1.NetworkPolicy]:
        policies = shared_manifests.network_policies(name, args.owner)
        return [
            *self.create_network_policies(name, args.namespace, {"database-clients": policies["clients"]}),
            *self.create_network_policies(name, args.owner, {f"database-{name}": policies["guests"]}),
        ]

    def _secret(self, name: str, manifest: Mapping[str, Any]) -> k8s.core.v1.Secret:
        return self.create_secret(
            name,
            metadata=manifest["metadata"],
            string_data=pulumi.Output.secret(manifest["stringData"]),
            fields={"type": manifest["type"]},
        )
