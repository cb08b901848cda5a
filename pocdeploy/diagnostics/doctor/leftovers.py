"""Check what this and other stacks have left on the machine: clusters, registries, states, running operations."""

from __future__ import annotations

from collections.abc import Iterator

from pocdeploy import fixes
from pocdeploy.config.local_cluster import REMOVE
from pocdeploy.diagnostics.doctor.facts import Facts, State
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.docker import containers


def own_cluster(facts: Facts) -> Iterator[CheckResult]:
    """Check the nodes of the stack's own cluster."""
    local = facts.local
    if local is None or facts.is_new:
        return
    nodes = containers.nodes_of(facts.containers, local.name)
    stopped = [node.name for node in nodes if not node.running]
    stopped += [it.name for it in facts.containers if it.name == local.registry and not it.running]
    owner = facts.owners.get(local.name)
    if owner is None:
        yield fail(
            "cluster",
            f"a cluster {local.name} exists that this project did not create",
            why="its name is in use; nothing in it is changed",
            fix=f"{fixes.set_value('cluster.name', f'{local.name}-2')}   (or: {REMOVE.format(local.name)})",
        )
    elif owner != facts.stack:
        yield fail(
            "cluster",
            f"the cluster {local.name} belongs to the stack {owner}",
            why="two stacks cannot share a cluster",
            fix=fixes.set_value("cluster.name", f"{local.name}-2"),
        )
    elif stopped:
        yield warn(
            "cluster",
            f"stopped: {', '.join(stopped)}",
            why="Docker does not start all nodes again after a reboot, or after it was stopped",
            fix=f"make resume STACK={facts.stack}",
        )
    elif len(nodes) != local.nodes:
        yield warn(
            "cluster",
            f"{local.name} has {len(nodes)} nodes, the configuration asks for {local.nodes}",
            why="`make up` recreates the cluster, with empty databases",
            fix=f"make preview STACK={facts.stack}",
        )
    else:
        yield ok("cluster", f"{local.name} runs with {len(nodes)} nodes")


def deleted_clusters(facts: Facts, *, except_stack: str | None = None) -> Iterator[CheckResult]:
    """Check for states whose cluster was deleted."""
    for state in facts.states:
        for cluster in state.clusters:
            if facts.exists(cluster) or state.stack == except_stack:
                continue
            yield warn(
                "state",
                f"the state of {state.stack} has a cluster {cluster} that does not exist",
                why="`make up` recreates it, with empty databases; plain `pulumi up` would see no change",
                fix=f"make up STACK={state.stack}   (or, to remove it from the state: make down STACK={state.stack})",
            )


def stale_containers(facts: Facts) -> Iterator[CheckResult]:
    """Check for clusters and registries of this project whose stack was removed."""
    in_states = {cluster for state in facts.states for cluster in state.clusters}
    clusters = {container.cluster for container in facts.containers if container.cluster}
    own = facts.local.name if facts.local else None
    for cluster in sorted(clusters - in_states):
        if cluster in facts.owners and facts.owners[cluster] != facts.stack:
            yield warn(
                "stale cluster",
                f"{cluster} was created for the stack {facts.owners[cluster]}, which has no state",
                why="it uses memory and ports, and no command of this project removes it",
                fix=REMOVE.format(cluster),
            )
        elif cluster != own and cluster not in facts.owners:
            yield ok("other cluster", f"{cluster} is not from this project")
    for container in facts.containers:
        cluster = container.name.removesuffix("-registry")
        if container.registry_of and cluster not in {*clusters, *in_states, own}:
            yield warn(
                "stale registry",
                f"{container.name} was created for the stack {container.registry_of}, which has no cluster",
                why="it uses a port and disk space",
                fix=f"docker rm --force --volumes {container.name}",
            )


def runs(facts: Facts) -> Iterator[CheckResult]:
    """Check for running operations."""
    for state in facts.states:
        if state.held_by is not None:
            yield _running(state, is_own=state.stack == facts.stack)


def _running(state: State, *, is_own: bool) -> CheckResult:
    what = f"process {state.held_by} holds the lock of the stack {state.stack}"
    if not is_own:
        return ok("other run", what)
    return fail(
        "lock",
        what,
        why="two operations at once would damage the state, so the second one is refused",
        fix=f"wait until it ends; if it hangs: kill {state.held_by}, then make up STACK={state.stack}",
    )


def summary(facts: Facts) -> Iterator[CheckResult]:
    """Return a result for each other stack."""
    for state in facts.states:
        if state.stack != facts.stack and state.resources:
            clusters = f" in {', '.join(state.clusters)}" if state.clusters else ""
            yield ok("other stack", f"{state.stack} has {state.resources} resources{clusters}")


def leftovers(facts: Facts, *, except_stack: str | None = None) -> Iterator[CheckResult]:
    """Yield the results of all checks, without a deleted cluster of ``except_stack``."""
    if facts.docker:
        yield from own_cluster(facts)
        yield from deleted_clusters(facts, except_stack=except_stack)
        yield from stale_containers(facts)
    yield from runs(facts)
    yield from summary(facts)
