"""Day two, for real: validate, pause and wake, a reboot, a cluster that somebody deleted. In a clone, as test_walk."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.browser import Browser
from tests.e2e.faults import validated
from tests.e2e.test_walk import QUESTION, Walk, docker, missing, walk

__all__ = ["walk"]  # the fixture: a clone with a stack of its own

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def bad(text: str) -> list[dict[str, Any]]:
    """Return the checks that are not ok, from a command's JSON."""
    return [check for check in json.loads(text)["checks"] if check["severity"] != "ok"]


def validate(walk: Walk, name: str) -> list[dict[str, Any]]:
    return bad(walk.make("validate", "ARGS=--json", name=name))


def containers(walk: Walk, *options: str) -> list[str]:
    names = docker("ps", *options, "--format", "{{.Names}}").split()
    return [name for name in names if name.startswith(f"{walk.cluster}-")]


def waiting_pod(image: str, *, restart: str) -> dict[str, Any]:
    """Return a pod's spec, fit for the namespace: it fails if there was no ConfigMap ``early`` when it was made."""
    known = {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "early", "key": "A", "optional": True}}}
    both = {
        "image": image,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "state", "mountPath": "/state"}],
    }
    serve = "sleep 0" if restart == "Never" else "sleep infinity"
    return {
        "restartPolicy": restart,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": "state", "emptyDir": {}}],
        "initContainers": [{**both, "name": "look", "command": ["sh", "-c", 'echo "$A" > /state/a'], "env": [known]}],
        "containers": [{**both, "name": "early", "command": ["sh", "-c", f"grep -q 1 /state/a && {serve}"]}],
    }


def waiting_job(image: str) -> dict[str, Any]:
    metadata = {"name": "early", "namespace": "polls"}
    spec = {"backoffLimit": 0, "template": {"spec": waiting_pod(image, restart="Never")}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def waiting_deployment(image: str) -> dict[str, Any]:
    labels = {"app": "early"}
    template = {"metadata": {"labels": labels}, "spec": waiting_pod(image, restart="Always")}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "early", "namespace": "polls"},
        "spec": spec,
    }


def test_a_fresh_stack_is_good_in_every_check(walk: Walk) -> None:
    walk.make("doctor")
    walk.make("up", name="up from nothing")
    outputs = walk.outputs()
    browser = Browser(outputs["url"])
    browser.sign_in(outputs["adminUsername"], outputs["adminPassword"])
    walk.question = browser.create_question(QUESTION, ["Yes", "No"])

    # For a minute there are no metrics of the pods yet, which is a correct warning.
    assert [check for check in validate(walk, "validate") if check["check"] != "autoscaler"] == []


def test_a_pause_ends_all_pods_and_is_no_drift(walk: Walk) -> None:
    walk.make("pause")

    assert walk.kubectl("-n", "polls", "get", "pods", "--field-selector=status.phase=Running", "-o", "name") == ""
    assert " unchanged" in walk.make("preview", "ARGS=--refresh --expect-no-changes", name="preview while paused")

    walk.make("wake")
    assert QUESTION in Browser(walk.outputs()["url"]).get("/")[1]


def test_up_wakes_a_paused_stack(walk: Walk) -> None:
    walk.make("pause", name="second pause")
    walk.make("up", name="up while paused")

    assert QUESTION in Browser(walk.outputs()["url"]).get("/")[1]


def test_after_a_reboot_everything_is_there_again(walk: Walk) -> None:
    docker("stop", *containers(walk))
    walk.make("resume")

    assert QUESTION in Browser(walk.outputs()["url"]).get("/")[1]
    assert validated(walk) is not None  # Prometheus has yet to ask everything again


def test_up_brings_back_what_is_stopped(walk: Walk) -> None:
    docker("stop", f"{walk.cluster}-worker", f"{walk.cluster}-registry")
    walk.make("up", name="up with a node and the registry stopped")

    assert validated(walk) is not None


def test_fix_repairs_what_is_safe(walk: Walk) -> None:
    registry, node = f"{walk.cluster}-registry", f"{walk.cluster}-worker2"
    # A registry's image need not have a shell; that of the nodes has one, and is there.
    nodes_image = docker("inspect", "--format", "{{.Config.Image}}", node).strip()
    emptied = ("--entrypoint", "rm", nodes_image, "-rf", "/var/lib/registry/docker")
    docker("run", "--rm", "--network", "none", "--volumes-from", registry, *emptied)
    docker("restart", registry)  # it remembers what it has had
    image = walk.kubectl("-n", "polls", "get", "deployment", "polls", "-o", "jsonpath={..containers[0].image}")
    # Both fail until the ConfigMap is there: as something does that was started before what it needs.
    walk.apply(waiting_job(image), waiting_deployment(image))
    walk.kubectl("-n", "polls", "wait", "job/early", "--for=condition=Failed", "--timeout=120s")
    looping = "jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff"
    walk.kubectl("-n", "polls", "wait", "pod", "-l", "app=early", f"--for={looping}", "--timeout=180s")
    walk.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "early", "namespace": "polls"},
            "data": {"A": "1"},
        }
    )

    wrong = {
        check["check"]
        for check in bad(walk.make("validate", "ARGS=--json --only=images --only=jobs --only=pods", fails=True))
    }
    assert wrong == {"images", "jobs", "pods"}
    done = json.loads(walk.make("validate", "ARGS=--json --fix", name="validate --fix"))["done"]
    docker("stop", node)
    done += json.loads(walk.make("validate", "ARGS=--json --fix", name="validate --fix with a node stopped"))["done"]

    for what in ("pushed", "ran the Job polls/early again", "deleted the pod polls/early", node):
        assert any(what in line for line in done), (what, done)
    walk.kubectl("-n", "polls", "wait", "job/early", "--for=condition=Complete", "--timeout=60s")
    walk.kubectl("-n", "polls", "delete", "job/early", "deployment/early", "configmap/early")
    assert validated(walk) is not None  # an alert goes some time after what it is about


def test_a_deleted_cluster_is_recreated(walk: Walk) -> None:
    nodes = [name for name in containers(walk, "--all") if not name.endswith(("-registry", "-backups"))]
    docker("rm", "--force", "--volumes", *nodes)  # as `kind delete cluster` does
    walk.make("up", name="up after the deletion")

    url = walk.outputs()["url"]
    assert Browser(url).get("/")[0] == 200
    assert QUESTION not in Browser(url).get("/")[1]
    assert validated(walk) is not None


def test_down_leaves_nothing(walk: Walk) -> None:
    walk.make("down", "YES_DESTROY=1")

    assert containers(walk, "--all") == []
