"""Create the file of a new stack, with names and ports that no other stack of this machine uses."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from pocdeploy import filelock, process
from pocdeploy.config import defaults, stack_file
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.docker import ports
from pocdeploy.errors import Finding, PreflightError

if TYPE_CHECKING:
    from pocdeploy.config.yaml_editor import YamlText

TEMPLATE = "dev"
"""Stack whose settings a new one gets by default."""
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
    """Ports and cluster names that other stacks of this machine use."""

    ports: frozenset[int]
    clusters: frozenset[str]


def create_stack_file(root: Path, stack: str, *, template: str, log: Callable[[str], None]) -> bool:
    """Write ``Pulumi.<stack>.yaml`` if it does not exist; return whether it was written.

    The file has the settings of the stack ``template``; without such a stack none is written. If the template creates a
    cluster, the new stack gets another cluster. If it uses an existing one, the new stack uses the same, and its
    applications get other names and hosts. Encrypted values are copied, with the key that decrypts them. Raises
    PreflightError for an invalid stack name, and for a template that does not exist.
    """
    file = stack_file.path(root, stack)
    stack = stack.rpartition("/")[2]
    if template != TEMPLATE and not stack_file.path(root, template).is_file():
        raise PreflightError([_no_template(root, stack, template)])
    config = stack_file.config(root, template) or {}
    if file.exists() or CLUSTER not in config:
        return False
    if not _NAME.fullmatch(stack):
        expected = "letters, digits and . _ -, beginning with a letter or digit"
        finding = Finding(
            where="STACK", what="invalid stack name", actual=stack[:80], expected=expected, fix="make up STACK=alice"
        )
        raise PreflightError([finding])
    with filelock.hold(root / ".pocdeploy" / "stacks.lock", f"choose ports for stack {stack}"):
        if file.exists():
            return False
        document = stack_file.document(stack_file.path(root, template))
        text = _own(document, config, stack, root).text
        header = _HEADER.format(stack=stack, template=template)
        stack_file.write(file, header + _LEADING_COMMENTS.sub("", text, count=1))
    log(f"{file.name}: written, from Pulumi.{template}.yaml")
    return True


def _no_template(root: Path, stack: str, template: str) -> Finding:
    known = stack_file.names(root)
    close = difflib.get_close_matches(template, known, n=1, cutoff=0.0)
    return Finding(
        where="TEMPLATE",
        what="there is no such stack to take the settings from; nothing was written",
        actual=template,
        expected=f"one of {', '.join(known) or 'none: there is no stack file'}",
        fix=f"make up STACK={stack} TEMPLATE={close[0]}" if close else f"make up STACK={stack}",
    )


def _own(document: YamlText, config: Mapping[str, Any], stack: str, root: Path) -> YamlText:
    """Return the template with the names, ports and hosts of the new stack; the kind of cluster decides which."""
    cluster = config[CLUSTER] or {}
    settings = CLUSTERS.get(str(cluster.get("type", "kind")))
    fields = settings.model_fields if settings else {}
    if "http_port" in fields:
        own = _own_cluster(stack, _used_names(root))
        return _set_cluster(document, {key: value for key, value in own.items() if key in map(to_camel, fields)})
    if "domain" in fields:
        return _set_cluster(document, _own_domain(cluster, stack))
    return _own_apps(document, config, cluster_name(stack, frozenset()))


def _set_cluster(document: YamlText, values: Mapping[str, Any]) -> YamlText:
    for key, value in values.items():
        document = document.set(("config", CLUSTER, key), value)
    return document


def _own_cluster(stack: str, used: UsedNames) -> dict[str, Any]:
    own_ports, name = _own_names(stack, used)
    return {"name": name, **dict(zip(PORT_KEYS, own_ports, strict=True))}


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
        before = app.get("renamedFrom", name)
        for key, value in {"path": f"app/{before}", "patches": f"patches/{before}"}.items():
            document = document if key in app else document.set((*path, key), value)
        if "renamedFrom" in app:  # nothing is deployed yet
            document = document.unset((*path, "renamedFrom"))
        if "host" in app:
            document = document.set((*path, "host"), f"{prefix}.{app['host']}")
        database = app.get("database")
        if isinstance(database, Mapping) and database.get("shared") in given:
            document = document.set((*path, "database", "shared"), f"{prefix}-{database['shared']}")
        document = document.rename(path, f"{prefix}-{name}").rename(("config", SECRETS, name), f"{prefix}-{name}")
    return document


def allocate_ports(stack: str, is_taken: Callable[[int], bool]) -> tuple[int, ...]:
    """Return consecutive ports for ``stack``, in a block that depends on its name, or in the next free block.

    Raises PreflightError if no block is free.
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
    """Return the stack's name as the name of a cluster, with a number at its end if it is ``taken``."""
    base = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")[:40].rstrip("-") or "stack"
    candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name not in taken)


def own_names(root: Path, stack: str) -> tuple[tuple[int, ...], str]:
    """Return ports and a cluster name for a new stack that no other stack of this machine uses."""
    return _own_names(stack, _used_names(root))


def _own_names(stack: str, used: UsedNames) -> tuple[tuple[int, ...], str]:
    free = allocate_ports(stack, lambda port: port in used.ports or ports.is_taken(port))
    return free, cluster_name(stack, used.clusters)


def _used_names(root: Path) -> UsedNames:
    """Return ports and clusters in the stack files of this checkout, and of the containers on this machine."""
    found_ports: set[int] = set()
    clusters: set[str] = set()
    for name in stack_file.names(root):
        cluster = (stack_file.config(root, name) or {}).get(CLUSTER) or {}
        # A stack file without them means the defaults.
        found_ports |= {int(cluster.get(key, default)) for key, default in zip(PORT_KEYS, (80, 443, 5001), strict=True)}
        clusters.add(str(cluster.get("name", "test")))
    listed = process.run(["docker", "ps", "--all", "--format", "{{.Names}}\t{{.Ports}}"], timeout=20.0)
    for line in listed.stdout.splitlines() if listed.code == 0 else []:
        name, _, published = line.partition("\t")
        clusters |= {name.removesuffix(end) for end in ("-control-plane", "-registry") if name.endswith(end)}
        found_ports |= {int(port) for port in re.findall(r":(\d+)->", published)}
    return UsedNames(ports=frozenset(found_ports), clusters=frozenset(clusters))
