"""Refuse to switch an application between a database cluster of its own and a shared one in one step."""

from __future__ import annotations

from collections.abc import Iterator

from pocdeploy.config import Settings
from pocdeploy.errors import Finding
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, SHARED_DATABASE, Deployed
from pocdeploy.stacks.facts import Facts


def refusals(settings: Settings, deployed: Deployed, facts: Facts) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each application that is switched.

    Both kinds have a Secret and a NetworkPolicy of the same names. Pulumi would adopt those of the old kind for the new
    one, and then they would be deleted with the old database: the application could not connect any more.
    """
    for name, app in settings.apps.items():
        if app.database is None:
            continue
        before = SHARED_DATABASE if app.database.shared is None else DATABASE_CLUSTER
        if deployed.find(before, f"{name}-db") is None:
            continue
        wanted = f"shared: {app.database.shared}" if app.database.shared else "a cluster of its own"
        yield Finding(
            where=f"pocdeploy:apps.{name}.database",
            what="a database is not moved to another cluster, and the old one has to be deleted before",
            actual=wanted,
            expected="database: false in an `up` of its own, which deletes the database, and then the new setting",
            fix=f"pulumi config set --stack {deployed.stack} --path pocdeploy:apps.{name}.database false",
        )
