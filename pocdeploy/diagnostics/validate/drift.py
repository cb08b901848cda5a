"""Compare deployed resources with the program: images in the registry, and drift of everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from pocdeploy import process
from pocdeploy.config.local_cluster import LocalCluster
from pocdeploy.diagnostics.result import CheckResult, fail, ok
from pocdeploy.diagnostics.validate import http
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


def images(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that the registry on this machine has the image of each application: nodes pull it for new pods."""
    for name in context.settings.apps:
        reference = str(context.app_outputs(name).get("imageRef", ""))
        host, _, rest = reference.partition("/")
        repository, _, digest = rest.partition("@")
        if not host.startswith(("localhost:", "127.0.0.1:")) or not digest:
            continue
        try:
            status = http.fetch(f"http://{host}/v2/{repository}/manifests/{digest}", accept=MANIFESTS).status
        except OSError as error:
            yield _registry_down(context.local, host, error)
            continue
        if status == 200:
            yield ok("images", f"{repository}@{digest[:19]}… is in the registry")
        else:
            # The tag is the one that the program gives (components/stack/application.py).
            tag = context.settings.apps[name].version or context.stack.rpartition("/")[2]
            yield _missing(f"{host}/{repository}", tag, digest)


def _registry_down(local: LocalCluster | None, host: str, error: OSError) -> CheckResult:
    what, why = f"the registry {host} does not answer: {error}", "no node can start another pod"
    if local is None:
        return fail("images", what, why=why)

    def start() -> str:
        result = process.run(["docker", "start", local.registry], timeout=60.0)
        return f"started {local.registry}" if result.code == 0 else f"docker start failed: {result.stderr.strip()}"

    return fail("images", what, why=why, fix=f"docker start {local.registry}", repair=start)


def _missing(repository: str, tag: str, digest: str) -> CheckResult:
    image = f"{repository}:{tag}"

    def push() -> str:
        result = process.run(["docker", "push", "--quiet", image], timeout=300.0)
        return f"pushed {image} again" if result.code == 0 else f"docker push failed: {result.stderr.strip()[-200:]}"

    return fail(
        "images",
        f"{repository}@{digest[:19]}… is not in the registry",
        why="a node that does not have it yet cannot start a pod",
        fix=f"docker push {image}",
        repair=push,
    )


def drift(context: ValidationContext) -> Iterator[CheckResult]:
    """Compare program, state and cluster, as ``pulumi preview --refresh --expect-no-changes`` does."""
    verb = ("preview", "--refresh", "--expect-no-changes", "--json", "--stack", context.stack)
    result = context.pulumi(*verb)
    shown = " ".join(["pulumi", *(part for part in verb if part != "--json"), "--diff"])
    changes = _changes(result.stdout)
    if result.code == 0:
        yield ok("drift", f"none in {sum(changes.values())} resources")
        return
    changed = {operation: count for operation, count in changes.items() if operation != "same"}
    if changed:
        counts = ", ".join(f"{operation} {count}" for operation, count in sorted(changed.items()))
        why = "the cluster or the program was changed since the last `up`"
        fix = f"{shown}   (then: make up STACK={context.stack})"
        yield fail("drift", f"`up` would change resources: {counts}", why=why, fix=fix)
    else:
        lines = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        yield fail("drift", f"preview failed: {' '.join(lines[-2:])[-300:]}", fix=shown)


def _changes(output: str) -> Mapping[str, int]:
    """Return operation -> number of resources, as Pulumi's JSON has it; empty if there is none."""
    try:
        summary = json.loads(output[output.index("{") :])["changeSummary"]
    except (ValueError, KeyError, TypeError):
        return {}
    return {str(operation): int(count) for operation, count in summary.items()}
