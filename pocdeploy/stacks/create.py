"""A stack of one's own: names and ports that no other stack of this machine has, derived from the stack's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocdeploy import filelock, process
from pocdeploy.config import defaults, stack_file
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.docker import ports
from pocdeploy.errors import Finding, PreflightError

if TYPE_CHECKING:
    from pocdeploy.config.yaml_editor import YamlText

TEMPLATE = "dev"
"""The stack whose settings a new one begins with."""
CLUSTER = "pocdeploy:cluster"
APPS = "pocdeploy:apps"
SECRETS = "pocdeploy:secrets"
FIRST_PORT = 20_000
"""Below the ports that Linux (32768) and macOS (49152) give to outgoing connections."""
BLOCKS = 1_000
BLOCK = 10
PORT_KEYS = ("httpPort", "httpsPort", "registryPort")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}")
_HEADER = """\
# A stack of its own, written once by `make up STACK={stack}`: the settings of Pulumi.{template}.yaml, with names and
# ports that no other stack had. Edit it as you like; it is not written again.
"""
_LEADING_COMMENTS = re.compile(r"\A\ufeff?(?:[ \t]*(?:#[^\n]*)?\r?\n)*")
"""They describe the template."""


@dataclass(frozen=True, kw_only=True)
class UsedNames:
    """What the other stacks of this machine have."""

    ports: frozenset[int]
    clusters: frozenset[str]


def create_stack_file(
    root: Path,
    stack: str,
    *,
    template: str = TEMPLATE,
    log: Callable[[str], None] = print,
    run: process.Run = process.run,
    is_busy: Callable[[int], bool] = ports.is_taken,
) -> bool:
    """Write ``Pulumi.<stack>.yaml`` if there is none; give whether it was written.

    ``root`` is the project; ``template`` is the stack whose settings the new one begins with. If that makes a cluster,
    the new one has a cluster of its own; if the cluster is there already, both are in it, and the applications have
    other names and hosts there. Encrypted values come along, with what decrypts them. Does nothing where there is no
    such template. Raises PreflightError for a name that is no name of a stack.
    """
    file = stack_file.path(root, stack)
    stack = stack.rpartition("/")[2]
    config = stack_file.config(root, template) or {}
    if file.exists() or CLUSTER not in config:
        return False
    if not _NAME.fullmatch(stack):
        accepted = "letters, digits and . _ -, beginning with a letter or digit"
        raise PreflightError([Finding(where="STACK", what="no name of a stack", actual=stack[:80], expected=accepted)])
    with filelock.hold(root / ".pocdeploy" / "stacks.lock", f"choose ports for stack {stack}"):
        if file.exists():
            return False
        document = stack_file.document(stack_file.path(root, template))
        text = _own(document, config, stack, lambda: _taken(root, run), is_busy).text
        header = _HEADER.format(stack=stack, template=template)
        stack_file.write(file, header + _LEADING_COMMENTS.sub("", text, count=1))
    log(f"{file.name}: written, from Pulumi.{template}.yaml")
    return True


def _own(
    document: YamlText,
    config: Mapping[str, Any],
    stack: str,
    taken: Callable[[], UsedNames],
    is_busy: Callable[[int], bool],
) -> YamlText:
    """Return the template with the names, ports and hosts of the new stack; the kind of cluster decides which."""
    cluster = config[CLUSTER] or {}
    settings = CLUSTERS.get(str(cluster.get("type", "kind")))
    fields = settings.model_fields if settings else {}
    if "http_port" in fields:
        return _set_cluster(document, _own_cluster(stack, taken(), is_busy))
    if "domain" in fields:
        return _set_cluster(document, _own_domain(cluster, stack))
    return _own_apps(document, config, cluster_name(stack, frozenset()))


def _set_cluster(document: YamlText, values: Mapping[str, Any]) -> YamlText:
    for key, value in values.items():
        document = document.set(("config", CLUSTER, key), value)
    return document


def _own_cluster(stack: str, taken: UsedNames, is_busy: Callable[[int], bool]) -> dict[str, Any]:
    own_ports = allocate_ports(stack, lambda port: port in taken.ports or is_busy(port))
    return {"name": cluster_name(stack, taken.clusters), **dict(zip(PORT_KEYS, own_ports, strict=True))}


def _own_domain(cluster: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """Return the name of a cluster in a cloud, and its domain in the same hosted zone."""
    name = cluster_name(stack, frozenset())
    domain = cluster.get("domain")
    zone = {"domain": f"{name}.{domain}", "hostedZone": cluster.get("hostedZone", domain)} if domain else {}
    return {"name": name, **zone}


def _own_apps(document: YamlText, config: Mapping[str, Any], prefix: str) -> YamlText:
    """Return the template with other names of the applications, which are those of their namespaces, and other hosts.

    An application without a host in the template gets none: it keeps the default for its name. What refers to an
    application, its secrets and applications that share its database, follows.
    """
    given = config.get(APPS) or {defaults.APP: None}
    for name, settings in given.items():
        app = settings if isinstance(settings, dict) else {}
        path = ("config", APPS, name)
        for key, value in {"path": f"app/{name}", "patches": f"patches/{name}"}.items():
            document = document if key in app else document.set((*path, key), value)
        if "host" in app:
            document = document.set((*path, "host"), f"{prefix}.{app['host']}")
        database = app.get("database")
        if isinstance(database, Mapping) and database.get("shared") in given:
            document = document.set((*path, "database", "shared"), f"{prefix}-{database['shared']}")
        document = document.rename(path, f"{prefix}-{name}").rename(("config", SECRETS, name), f"{prefix}-{name}")
    return document


def allocate_ports(stack: str, is_taken: Callable[[int], bool]) -> tuple[int, ...]:
    """Return the ports of ``stack``: one after the other, in a block that its name decides, or the next free one.

    Raises PreflightError when no block is free.
    """
    start = int.from_bytes(hashlib.sha256(stack.encode()).digest()[:8], "big") % BLOCKS
    for offset in range(BLOCKS):
        first = FIRST_PORT + BLOCK * ((start + offset) % BLOCKS)
        found = tuple(range(first, first + len(PORT_KEYS)))
        if not any(map(is_taken, found)):
            return found
    last = FIRST_PORT + BLOCKS * BLOCK - 1
    raise PreflightError([Finding(where=CLUSTER, what=f"no free ports from {FIRST_PORT} to {last}", fix="make stacks")])


def cluster_name(stack: str, taken: frozenset[str]) -> str:
    """Return a cluster's name made of the stack's: as it is where it can be, with a number where it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")[:40].rstrip("-") or "stack"
    candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name not in taken)


def _taken(root: Path, run: process.Run) -> UsedNames:
    """Collect what stack files of this checkout say, and what containers of this machine hold, running or not."""
    found_ports: set[int] = set()
    clusters: set[str] = set()
    for name in stack_file.names(root):
        cluster = (stack_file.config(root, name) or {}).get(CLUSTER) or {}
        # Without a word about them a stack has the defaults.
        found_ports |= {int(cluster.get(key, default)) for key, default in zip(PORT_KEYS, (80, 443, 5001), strict=True)}
        clusters.add(str(cluster.get("name", "test")))
    listed = run(["docker", "ps", "--all", "--format", "{{.Names}}\t{{.Ports}}"], timeout=20.0)
    for line in listed.stdout.splitlines() if listed.code == 0 else []:
        name, _, published = line.partition("\t")
        clusters |= {name.removesuffix(end) for end in ("-control-plane", "-registry") if name.endswith(end)}
        found_ports |= {int(port) for port in re.findall(r":(\d+)->", published)}
    return UsedNames(ports=frozenset(found_ports), clusters=frozenset(clusters))
