"""Is what runs what the program says? The images in the registry, and the drift of everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pocdeploy.diagnostics.result import CheckResult, fail, ok
from pocdeploy.diagnostics.validate.context import ValidationContext

MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
    )
)


def images(subject: ValidationContext) -> Iterator[CheckResult]:
    """Ask the registry on this machine for every application's image: a node that starts a pod has to pull it."""
    for name in subject.settings.apps:
        reference = str(subject.of(name).get("imageRef", ""))
        host, _, rest = reference.partition("/")
        repository, _, digest = rest.partition("@")
        if not host.startswith(("localhost:", "127.0.0.1:")) or not digest:
            continue
        address = f"http://{host}/v2/{repository}/manifests/{digest}"
        try:
            status = subject.fetch(address, accept=MANIFESTS).status
        except OSError as error:
            what = f"the registry {host} does not answer: {error}"
            fix = f"docker start {subject.local.registry}" if subject.local else None
            yield fail("images", what, why="no node can start another pod", fix=fix, repair=_start_registry(subject))
            continue
        if status == 200:
            yield ok("images", f"{repository}@{digest[:19]}… is in the registry")
        else:
            # As the program names it (components/stack/application.py).
            tag = subject.settings.apps[name].version or subject.stack.rpartition("/")[2]
            yield _lost(subject, f"{host}/{repository}", tag, digest)


def _start_registry(subject: ValidationContext) -> Any:
    if subject.local is None:
        return None
    registry = subject.local.registry

    def start() -> str:
        result = subject.run(["docker", "start", registry], timeout=60.0)
        return (
            f"started {registry}" if result.code == 0 else f"{registry} could not be started: {result.stderr.strip()}"
        )

    return start


def _lost(subject: ValidationContext, repository: str, tag: str, digest: str) -> CheckResult:
    image = f"{repository}:{tag}"

    def push() -> str:
        result = subject.run(["docker", "push", "--quiet", image], timeout=300.0)
        if result.code == 0:
            return f"pushed {image} again"
        return f"{image} could not be pushed: {result.stderr.strip()[-200:]}"

    what = f"{repository}@{digest[:19]}… is not in the registry"
    return fail(
        "images",
        what,
        why="a node that does not have it yet cannot start a pod",
        fix=f"docker push {image}",
        repair=push,
    )


def drift(subject: ValidationContext) -> Iterator[CheckResult]:
    """Compare program, state and cluster, as ``pulumi preview --refresh --expect-no-changes`` does."""
    verb = ("preview", "--refresh", "--expect-no-changes", "--json", "--stack", subject.stack)
    result = subject.pulumi(*verb)
    plain = " ".join(["pulumi", *(part for part in verb if part != "--json"), "--diff"])
    changes = _changes(result.stdout)
    if result.code == 0:
        yield ok("drift", f"none in {sum(changes.values())} resources")
        return
    changed = {operation: count for operation, count in changes.items() if operation != "same"}
    if changed:
        words = ", ".join(f"{operation} {count}" for operation, count in sorted(changed.items()))
        why = "somebody changed the cluster or the program since the last `up`"
        yield fail("drift", f"`up` would do: {words}", why=why, fix=f"{plain}   (then: make up STACK={subject.stack})")
    else:
        lines = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        yield fail("drift", f"could not be looked at: {' '.join(lines[-2:])[-300:]}", fix=plain)


def _changes(output: str) -> Mapping[str, int]:
    """Return operation -> number of resources, as Pulumi's JSON has it; empty if there is none."""
    try:
        summary = json.loads(output[output.index("{") :])["changeSummary"]
    except (ValueError, KeyError, TypeError):
        return {}
    return {str(operation): int(count) for operation, count in summary.items()}
