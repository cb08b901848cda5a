"""The deployed stacks on which the changes are previewed, one for each type of cluster: plain data."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.paths import ROOT

KIND, EXISTING, EKS, PROCESSES = "kind", "existing", "eks", "processes"
CLUSTERS = (KIND, EXISTING, EKS)
FILES = {KIND: "Pulumi.dev.yaml", EXISTING: "docs/stacks/gke.yaml", EKS: "Pulumi.eks.yaml"}
"""Type of cluster -> the stack file to which `config` adds."""
APPS = tuple(f"app{number}" for number in range(1, 6))
"""Applications that are alike: in one preview each of them has another change."""
HOLDER = "holder"
"""Application whose PostgreSQL another one can ask to share."""
ALL_APPS = (*APPS, HOLDER)
SOURCE = "app/table"
SECRETS = {"pocdeploy:secrets.alertmanager.PASSWORD": "x1x-receiver", "pocdeploy:registryPassword": "x1x-registry"}
"""Secrets that the stacks have; the second one is for an existing cluster alone."""
RECEIVER = {
    "type": "email",
    "to": "team@example.com",
    "sender": "pocdeploy@example.com",
    "smarthost": "mail.example.com:587",
    "username": "pocdeploy",
}
Config = dict[str, Any]
"""Sections of a stack file without their ``pocdeploy:``."""


def config(cluster: str, apps: Sequence[str] = ALL_APPS) -> Config:
    """Return the configuration of the deployed stack with these applications.

    It sets what a change needs to have something before it.
    """
    if cluster == PROCESSES:
        return {"cluster": {"type": PROCESSES}, "apps": {name: _app(f"{name}.localhost") for name in (HOLDER, APPS[0])}}
    given = yaml.safe_load((ROOT / FILES[cluster]).read_text("utf-8"))["config"]
    domain = "localhost" if cluster == KIND else "polls.example.com"
    found: Config = {
        "cluster": given["pocdeploy:cluster"],
        "apps": {name: _app(f"{name}.{domain}") for name in apps},
        "monitoring": {
            "profile": "light",
            "grafana": True,
            "receiver": dict(RECEIVER),
            "clusterBrowser": "readonly",
        },
    }
    if cluster == EKS:
        found["cluster"] |= {"version": "1.35", "hostedZone": "example.com", "publicAccessCidrs": ["192.0.2.7/32"]}
    if cluster == KIND:
        found["backups"] = {"store": "local"}
    if cluster == EXISTING:
        found["backups"] = {"store": "s3", "bucket": "acme-backups", "region": "eu-central-1"}
        found["cluster"]["registry"]["username"] = "robot"
    return found


def _app(host: str) -> Config:
    return {"path": SOURCE, "patches": "patches/table", "host": host, "database": {"version": 17}}


REMOVED = object()
"""Value of a key after a change that removes it."""


@dataclass(frozen=True)
class Copy:
    """Value of a key that gets that of another one, for example an encrypted secret."""

    path: str


def get(config: Config, path: str) -> Any:
    """Return the value of a key; None if it is not set."""
    found: Any = config
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def put(config: Config, path: str, value: Any) -> None:
    """Set the value of one key, for example ``apps.polls.port``; None sets null."""
    *keys, last = path.split(".")
    into = config
    for key in keys:
        if not isinstance(into.get(key), dict):
            into[key] = {}
        into = into[key]
    if value is REMOVED:
        del into[last]
    else:
        into[last] = copy.deepcopy(get(config, value.path) if isinstance(value, Copy) else value)


def add_sources(project: Path) -> None:
    """Add the smallest source that can be built, another one, and a patch. Copying a real application takes longer."""
    for name in (SOURCE, f"{SOURCE}/backend", f"{SOURCE}-other"):
        folder = project / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text('FROM scratch\nCMD ["serve"]\n', "utf-8")
        (folder / "manage.py").write_text("", "utf-8")  # of Django, whose defaults the changes are about
    other = project / f"{SOURCE}-other"
    for name in ("other.txt", "requirements.txt", "mask.sql"):
        (other / name).write_text("SELECT 1;\n", "utf-8")
    patches = project / "patches" / "other"
    patches.mkdir(parents=True)
    diff = "--- /dev/null\n+++ b/added.txt\n@@ -0,0 +1 @@\n+added\n"
    text = f"Add a file.\n\ndiff --git a/added.txt b/added.txt\nnew file mode 100644\n{diff}"
    (patches / "0001-add.patch").write_text(text, "utf-8")
