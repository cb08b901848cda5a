"""What this and other stacks have left on the machine: clusters, registries, states, runs that are going on."""

from __future__ import annotations

from collections.abc import Iterator

from pocdeploy.config.local_cluster import REMOVE
from pocdeploy.diagnostics.doctor.facts import Facts, State
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.docker import containers


def own_cluster(facts: Facts) -> Iterator[CheckResult]:
    """Look at the nodes of the stack's own cluster."""
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
            f"there is a cluster {local.name} that this project did not make",
            why="its name is taken; nothing in it is touched",
            fix=f"pulumi config set --path 'pocdeploy:cluster.name' {local.name}-2   (or: {REMOVE.format(local.name)})",
        )
    elif owner != facts.stack:
        yield fail(
            "cluster",
            f"the cluster {local.name} belongs to the stack {owner}",
            why="two stacks cannot share one",
            fix=f"pulumi config set --path 'pocdeploy:cluster.name' {local.name}-2",
        )
    elif stopped:
        yield warn(
            "cluster",
            f"stopped: {', '.join(stopped)}",
            why="after a reboot, or when Docker was stopped, nodes do not all come back by themselves",
            fix=f"make resume STACK={facts.stack}",
        )
    elif len(nodes) != local.nodes:
        yield warn(
            "cluster",
            f"{local.name} has {len(nodes)} nodes, the configuration asks for {local.nodes}",
            why="`make up` makes the cluster anew, with empty databases",
            fix=f"make preview STACK={facts.stack}",
        )
    else:
        yield ok("cluster", f"{local.name} runs with {len(nodes)} nodes")


def lost_clusters(facts: Facts, *, but_for: str | None = None) -> Iterator[CheckResult]:
    """Look for states whose cluster is gone."""
    for state in facts.states:
        for cluster in state.clusters:
            if facts.exists(cluster) or state.stack == but_for:
                continue
            yield warn(
                "state",
                f"the state of {state.stack} has a cluster {cluster} that is gone",
                why="`make up` makes it anew, with empty databases; plain `pulumi up` would see no change",
                fix=f"make up STACK={state.stack}   (or, to forget it: make down STACK={state.stack})",
            )


def stale_containers(facts: Facts) -> Iterator[CheckResult]:
    """Look for clusters and registries of this project whose stack is gone."""
    kept = {cluster for state in facts.states for cluster in state.clusters}
    clusters = {container.cluster for container in facts.containers if container.cluster}
    own = facts.local.name if facts.local else None
    for cluster in sorted(clusters - kept):
        if cluster in facts.owners and facts.owners[cluster] != facts.stack:
            yield warn(
                "stale cluster",
                f"{cluster} was made for the stack {facts.owners[cluster]}, whose state is gone",
                why="it takes memory and ports, and no command of this project will remove it",
                fix=REMOVE.format(cluster),
            )
        elif cluster != own and cluster not in facts.owners:
            yield ok("other cluster", f"{cluster} is not of this project")
    for container in facts.containers:
        cluster = container.name.removesuffix("-registry")
        if container.registry_of and cluster not in {*clusters, *kept, own}:
            yield warn(
                "stale registry",
                f"{container.name} was made for the stack {container.registry_of}, whose cluster is gone",
                why="it takes a port and disk",
                fix=f"docker rm --force --volumes {container.name}",
            )


def runs(facts: Facts) -> Iterator[CheckResult]:
    """Look for runs that are going on."""
    for state in facts.states:
        if state.held_by is not None:
            yield _running(state, is_own=state.stack == facts.stack)


def _running(state: State, *, is_own: bool) -> CheckResult:
    what = f"process {state.held_by} is at work on the stack {state.stack}"
    if not is_own:
        return ok("other run", what)
    return fail(
        "lock",
        what,
        why="two runs on one state would destroy it, so that the second one is refused",
        fix=f"wait for its end; if it hangs: kill {state.held_by}, then make up STACK={state.stack}",
    )


def summary(facts: Facts) -> Iterator[CheckResult]:
    """Say which other stacks there are."""
    for state in facts.states:
        if state.stack != facts.stack and state.resources:
            clusters = f" in {', '.join(state.clusters)}" if state.clusters else ""
            yield ok("other stack", f"{state.stack} has {state.resources} resources{clusters}")


def leftovers(facts: Facts, *, but_for: str | None = None) -> Iterator[CheckResult]:
    """Yield what each check found; that the cluster of the stack ``but_for`` is gone is left out."""
    if facts.docker:
        yield from own_cluster(facts)
        yield from lost_clusters(facts, but_for=but_for)
        yield from stale_containers(facts)
    yield from runs(facts)
    yield from summary(facts)
