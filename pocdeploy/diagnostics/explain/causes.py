"""Known causes: what a text of Kubernetes, PostgreSQL or an application most probably means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

KNOWN_CAUSES: tuple[tuple[str, str], ...] = (
    (r"OOMKilled", "out of memory: the container exceeded its memory limit (resources.limits.memory)"),
    (
        r"no space left on device|disk full|Disk ?Pressure|could not extend file|low on resource: ephemeral",
        "out of disk: a volume or the node's disk is full",
    ),
    (r"breaking migration refused", "migration refused: the running release is not compatible with the new schema"),
    (r"exec format error", "wrong processor: the image is for another architecture than the node"),
    (
        r"executable file not found|stat \S+: no such file|exec /\S+: no such file or directory",
        "the program does not start: it is not in the image, or its first line names an interpreter that is not"
        " (a script with Windows line ends does)",
    ),
    (r"exec\S* .*permission denied", "the program does not start: its file is not executable (chmod +x)"),
    (
        r"Read-only file system|EROFS",
        "read-only: the program writes outside of the folders that it may write to (apps.<name>.writable)",
    ),
    (
        r"runAsNonRoot and image (?:will run as root|has non-numeric user)",
        "configuration: the image runs as root or names its user; it needs a number (USER 1000, apps.<name>.user)",
    ),
    (r"InvalidImageName", "image pull: the name of the image is not valid"),
    (
        r"toomanyrequests|(?:ErrImagePull|ImagePullBackOff|Failed to pull image).*429",
        "image pull: the registry limits the number of pulls; log in, or use a mirror (cluster.registryMirror)",
    ),
    (r"no match for platform", "image pull: the image does not exist for the processor of the node"),
    (
        r"server gave HTTP response to HTTPS client",
        "image pull: the nodes expect https, and the registry speaks http",
    ),
    (
        r"Failed to pull image.*x509",
        "image pull: the nodes do not trust the certificate of the registry",
    ),
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
    (
        r"FailedMount.*(?:secret|configmap) \"?\S+ not found",
        "configuration: a Secret or ConfigMap that the pod mounts does not exist",
    ),
    (r"FailedMount|FailedAttachVolume", "volume: the node cannot attach or mount it; the event says why"),
    (r"FailedCreatePodSandBox|NetworkNotReady", "network: the node cannot give the pod an address"),
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
    (
        r"(Startup|Readiness) probe failed.*statuscode: 400",
        "probe: the container answers 400 {0}; does the application refuse the host name (ALLOWED_HOSTS)?",
    ),
    (
        r"(Startup|Readiness) probe failed.*statuscode: 30\d",
        "probe: the container redirects {0}; does the application insist on https there?",
    ),
    (
        r"(Startup|Readiness) probe failed.*statuscode: 404",
        "probe: the container has no page {0}; set apps.<name>.health",
    ),
    (r"(Startup|Readiness|Liveness) probe failed|its probe fails", "probe: the container runs and does not answer {0}"),
    (r"DeadlineExceeded", "too slow: not finished before the deadline"),
    (r"Evicted", "evicted: the node had too little of a resource"),
    (r"CrashLoopBackOff", "crash loop: the program ends right after its start; its log says why"),
    (r"exit code [1-9]", "failed: the program ended with an error; its log says why"),
)
"""Pattern -> cause, the most specific first. ``{0}`` is the text of the pattern's first group."""
PROBE = {"Startup": "at livePath", "Liveness": "on its port", "Readiness": "at readyPath"}


def probable(texts: Iterable[str], asked: Callable[[str], str] = lambda _: "") -> str | None:
    """Return the most probable cause in texts (reasons, messages, events, log lines), or None.

    ``asked`` returns what a probe of this kind asks, if it is known.
    """
    text = "\n".join(texts)
    for pattern, cause in KNOWN_CAUSES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            group = (found.lastindex and found[1]) or ""
            kind = group.capitalize()
            return cause.format((asked(kind) if kind in PROBE else "") or PROBE.get(kind, group)).rstrip()
    return None
