"""Refuse to switch an application between a database cluster of its own and a shared one in one step."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic.alias_generators import to_camel

from pocdeploy import fixes
from pocdeploy.config import Database, Settings
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
            expected="the database as deployed; or database: false in an `up` of its own before, which deletes it",
            fix=_as_deployed(name, app.database, deployed),
        )


def _as_deployed(name: str, database: Database, deployed: Deployed) -> str:
    """Return the command that sets the database as it is deployed."""
    key, guest = f"apps.{name}.database", deployed.find(SHARED_DATABASE, f"{name}-db")
    if guest is None:
        return fixes.unset(f"{key}.shared")
    owner = str((guest.spec.get("cluster") or {}).get("name")).removesuffix("-db")
    more = tuple(f"{key}.{to_camel(field)}" for field in sorted(database.model_fields_set - {"shared"}))
    return fixes.set_values({f"{key}.shared": owner}, remove=more)
