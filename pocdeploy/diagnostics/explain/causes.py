"""Known causes: what a text of Kubernetes, PostgreSQL or an application most probably means."""

from __future__ import annotations

import re
from collections.abc import Iterable

KNOWN_CAUSES: tuple[tuple[str, str], ...] = (
    (r"OOMKilled", "out of memory: the container exceeded its memory limit (resources.limits.memory)"),
    (
        r"no space left on device|disk full|Disk ?Pressure|could not extend file|low on resource: ephemeral",
        "out of disk: a volume or the node's disk is full",
    ),
    (r"breaking migration refused", "migration refused: the running release is not compatible with the new schema"),
    (r"InvalidImageName", "image pull: the name of the image is not valid"),
    (
        r"(ErrImagePull|ImagePullBackOff|Failed to pull image).*(not found|manifest unknown|404)",
        "image pull: the registry has no such image",
    ),
    (
        r"(ErrImagePull|ImagePullBackOff|Failed to pull image).*(unauthorized|denied|403|401)",
        "image pull: the registry refuses the credentials of the nodes",
    ),
    (
        r"ErrImagePull|ImagePullBackOff|ErrImageNeverPull|Failed to pull image",
        "image pull: the nodes cannot get the image from its registry",
    ),
    (r"CreateContainerConfigError", "configuration: a Secret or ConfigMap of the container does not exist"),
    (r"exceeded quota", "quota: the namespace's ResourceQuota does not allow another pod"),
    (r"failed calling webhook", "webhook unreachable: an admission webhook does not answer; is its operator running?"),
    (r"violates PodSecurity", "admission refused: the pod is not allowed under the namespace's Pod Security standard"),
    (
        r"denied the request|ValidatingAdmissionPolicy|admission webhook",
        "admission refused: a policy denies the object",
    ),
    (
        r"unbound immediate PersistentVolumeClaims|no persistent volumes available|ProvisioningFailed"
        r"|storageclass\S* .*not found|PersistentVolumeClaim is Pending",
        "PVC pending: no volume could be created; is there a StorageClass with a provisioner?",
    ),
    (r"Insufficient (cpu|memory|pods|ephemeral-storage)", "unschedulable: no node has enough free {0}"),
    (
        r"nodes? are available|FailedScheduling|Unschedulable|untolerated taint",
        "unschedulable: no node accepts the pod (taints, affinity or resources)",
    ),
    (
        r"django\.db\.utils|psycopg\S*\.errors|InconsistentMigrationHistory|NodeNotFoundError|BadMigrationError",
        "migration error: the database refused a statement, or the migrations conflict",
    ),
    (r"(Startup|Readiness|Liveness) probe failed|its probe fails", "probe: the container runs and does not answer {0}"),
    (r"DeadlineExceeded", "too slow: not finished before the deadline"),
    (r"Evicted", "evicted: the node had too little of a resource"),
    (r"CrashLoopBackOff", "crash loop: the program ends right after its start; its log says why"),
    (r"exit code [1-9]", "failed: the program ended with an error; its log says why"),
)
"""Pattern -> cause, the most specific first. ``{0}`` is the text of the pattern's first group."""
PROBE = {"Startup": "at livePath", "Liveness": "on its port", "Readiness": "at readyPath"}


def probable(texts: Iterable[str]) -> str | None:
    """Return the most probable cause in texts (reasons, messages, events, log lines), or None."""
    text = "\n".join(texts)
    for pattern, cause in KNOWN_CAUSES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            group = (found.lastindex and found[1]) or ""
            return cause.format(PROBE.get(group.capitalize(), group)).rstrip()
    return None
