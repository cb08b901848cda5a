"""Names of applications that would collide with other names of the stack: in Pulumi, in Kubernetes or in PostgreSQL.

A collision means two owners of one object. `tests/program/test_names.py` finds all of them in the names that the
program gives, and compares them with these lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

NAMESPACES = frozenset({"default", "cnpg-system", "monitoring", "gateway", "cluster-browser"})
"""Namespaces of the platform."""
SECTIONS = frozenset({"alertmanager", "backups"})
"""Beside the applications in `pocdeploy:secrets`."""
TARGETS = frozenset({"cnpg", "traefik"})
"""Parts of the platform with metrics: each has a PodMonitor of its name, as an application has."""
DATABASES = frozenset({"postgres", "template0", "template1"})
"""PostgreSQL's own: database and role have the name of their application."""
RESERVED = NAMESPACES | SECTIONS | TARGETS | DATABASES
PARTS = ("db", "smoke", "before")
"""Of names that an application gives: with `shop`, an application `shop-db` would give the same ones."""
OF_GUESTS = frozenset({"clients"})
"""Parts of names that an application with a shared database gives: called like one, it would give a name twice."""


def collisions(names: Collection[str]) -> Iterator[str]:
    """Yield each of the names of applications that cannot be used, with the reason."""
    for name in sorted(names):
        first, _, part = name.rpartition("-")
        if name in RESERVED or name.startswith("kube-"):
            yield f"{name} is a name of the platform"
        elif part in PARTS and first in names:
            yield f"{name} gives the same names as {first}"
