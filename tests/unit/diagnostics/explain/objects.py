"""API objects for the tests of explain: containers in several states, a pod, an event."""

from __future__ import annotations

from typing import Any

CRASHING = {
    "name": "web",
    "ready": False,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}},
    "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
}
PULLING = {"name": "web", "ready": False, "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}
UNREADY = {"name": "web", "ready": False, "state": {"running": {}}}
HEALTHY = {"name": "web", "ready": True, "state": {"running": {}}}
DONE = {"name": "migrate", "ready": False, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}


def pod(*statuses: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **status: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "polls-1",
            "namespace": "polls",
            "labels": {"app": "polls"},
            "ownerReferences": [{"name": "polls-rs"}],
        },
        "status": {"containerStatuses": list(statuses), "initContainerStatuses": list(init), **status},
    }


def event(kind: str, name: str, reason: str, message: str, *, at: str = "1", type_: str = "Warning") -> dict[str, Any]:
    about = {"kind": kind, "name": name}
    text = {"reason": reason, "message": message, "lastTimestamp": at, "type": type_}
    return {"metadata": {"name": f"{name}.{at}"}, "involvedObject": about, **text}
