"""A deployed stack with one database, as plain data."""

from __future__ import annotations

import json
from typing import Any

from pocdeploy.config import Database, Settings
from pocdeploy.stacks.deployed import Deployed, Resource

OWN = {"initdb": {"database": "polls", "owner": "polls", "localeProvider": "builtin", "builtinLocale": "C.UTF-8"}}
IMAGE = "ghcr.io/cloudnative-pg/postgresql:{}-minimal-trixie"
"""Image of an earlier version of pocdeploy."""


def settings(cluster: dict[str, Any] | None = None, **database: Any) -> Settings:
    """Return the settings of a stack with these settings of its database."""
    apps = {"polls": {"database": database}}
    return Settings.model_validate({"apps": apps} | ({"cluster": cluster} if cluster else {}))


def database(found: Settings) -> Database:
    """Return the settings of the one database."""
    polls = found.apps["polls"].database
    assert polls is not None
    return polls


def deployed(
    major: int = 18,
    *,
    bootstrap: dict[str, Any] | None = None,
    parameters: dict[str, str] | None = None,
    record: dict[str, Any] | None = None,
    mask: dict[str, Any] | None = None,
    **spec: Any,
) -> Deployed:
    """Return the state of a stack whose database has this spec, with the default parameters if none are given."""
    own = {
        "imageName": IMAGE.format(major),
        "storage": {"size": "1Gi", "storageClass": "standard"},
        "bootstrap": bootstrap or OWN,
        "postgresql": {"parameters": Database().all_parameters if parameters is None else parameters},
        **spec,
    }
    found = [_resource("postgresql.cnpg.io/v1:Cluster", "polls-db", spec=own)]
    if record is not None:
        found.append(_resource("core/v1:ConfigMap", "polls-db-verified", data={"specification": json.dumps(record)}))
    if mask is not None:
        found.append(_resource("batch/v1:Job", "polls-db-mask", status=mask))
    return Deployed(resources={it.urn: it for it in found})


def _resource(kind: str, name: str, **outputs: Any) -> Resource:
    parent = "urn:pulumi:dev::pocdeploy::pocdeploy:backend:Database"
    return Resource(urn=f"{parent}$kubernetes:{kind}::{name}", outputs=outputs)
