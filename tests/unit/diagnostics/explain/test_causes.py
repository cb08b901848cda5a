"""The probable cause: at least one text for each known cause."""

from __future__ import annotations

import pytest

from pocdeploy.diagnostics.explain.causes import KNOWN_CAUSES, probable

TEXTS = {
    "ended with exit code 137 (OOMKilled)": "out of memory",
    "could not write: No space left on device": "out of disk",
    "breaking migration refused, nothing was changed": "migration refused",
    "exec /usr/local/bin/gunicorn: exec format error": "wrong processor",
    'exec: "gunicorn": executable file not found in $PATH': "the program does not start: it is not in the image",
    "exec /app/entrypoint.sh: no such file or directory": "the program does not start: it is not in the image",
    'exec: "/app/start.sh": permission denied': "the program does not start: its file is not executable",
    "OSError: [Errno 30] Read-only file system: '/app/static'": "read-only",
    "CreateContainerConfigError container has runAsNonRoot and image will run as root": "configuration: the image runs",
    "container has runAsNonRoot and image has non-numeric user (app)": "configuration: the image runs as root or",
    'Failed to pull image "x": toomanyrequests: rate limit': "image pull: the registry limits the number of pulls",
    'Failed to pull image "x": no match for platform in manifest: not found': "image pull: the image does not exist",
    'Failed to pull image "r:5001/x": http: server gave HTTP response to HTTPS client': "image pull: the nodes expect",
    'Failed to pull image "x": x509: certificate signed by unknown authority': "image pull: the nodes do not trust",
    'FailedMount: MountVolume.SetUp failed for volume "x" : secret "shop" not found': "configuration: a Secret",
    "FailedMount: timed out waiting for the condition": "volume: the node cannot",
    "FailedCreatePodSandBox: failed to assign an IP": "network: the node cannot",
    "Readiness probe failed: HTTP probe failed with statuscode: 400": "probe: the container answers 400 at readyPath",
    "Startup probe failed: HTTP probe failed with statuscode: 301": "probe: the container redirects at livePath",
    "Readiness probe failed: HTTP probe failed with statuscode: 404": "probe: the container has no page at readyPath",
    "InvalidImageName couldn't parse image reference": "image pull: the name of the image is not valid",
    "ErrImagePull manifest unknown": "image pull: the registry has no such image",
    "ImagePullBackOff 401 Unauthorized": "image pull: the registry refuses the credentials of the nodes",
    "ImagePullBackOff Back-off pulling image": "image pull: the nodes cannot get the image from its registry",
    'CreateContainerConfigError secret "x" not found': "configuration",
    'pods "x" is forbidden: exceeded quota: q': "quota",
    'failed calling webhook "mcluster.cnpg.io": connection refused': "webhook unreachable",
    'pods "x" is forbidden: violates PodSecurity "restricted:latest"': "admission refused: the pod is not allowed",
    'admission webhook "v" denied the request: no': "admission refused: a policy denies the object",
    "pod has unbound immediate PersistentVolumeClaims": "PVC pending",
    "FailedScheduling: 0/4 nodes are available: 4 Insufficient memory": "unschedulable: no node has enough free memory",
    "0/4 nodes are available: 4 node(s) had untolerated taint": "unschedulable: no node accepts the pod",
    "django.db.utils.ProgrammingError: column does not exist": "migration error",
    "Unhealthy: Readiness probe failed: HTTP status 500": "probe: the container runs and does not answer at readyPath",
    "Unhealthy: Startup probe failed: connection refused": "probe: the container runs and does not answer at livePath",
    "Unhealthy: Liveness probe failed: timeout": "probe: the container runs and does not answer on its port",
    "runs, but its probe fails": "probe: the container runs and does not answer",
    "Job was active longer than specified deadline DeadlineExceeded": "too slow",
    "Evicted The node had condition: [PIDPressure]": "evicted",
    "CrashLoopBackOff back-off 20s": "crash loop",
    "ended with exit code 1 (Error)": "failed: the program ended with an error",
}
"""Text -> beginning of its cause."""


@pytest.mark.parametrize(("text", "cause"), TEXTS.items())
def test_known_causes(text: str, cause: str) -> None:
    assert str(probable(["something before", text])).startswith(cause)


def test_every_known_cause_has_a_text() -> None:
    found = {probable([text]) for text in TEXTS}
    assert len(found) == len(KNOWN_CAUSES) + 3  # {0} of a probe has four values


def test_an_unknown_text_has_no_cause() -> None:
    assert probable(["a fine day"]) is None
