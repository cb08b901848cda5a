"""From one changed line to the first answer that has it, against what a person does with docker, kind and kubectl."""

from __future__ import annotations

import copy
import json
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

from bench import timeline
from bench.eventlog import EventLog
from bench.rows import Goal, Row, alternate
from bench.stack import APP, NAME, Stack

WHAT = "one changed line, until it is served"
REFERENCE = "`docker build`, `kind load docker-image`, `kubectl rollout restart`"
GOAL = Goal(kind="ratio", limit=0.33)
HOST = "reference.localhost"
IMAGE = f"pocdeploy-{NAME}/{APP}:reference"
_NAME = "reference"
_PAGE = Path("polls", "templates", "polls", "base.html")
_COMPONENT = "app.kubernetes.io/component"


def measure(stack: Stack, runs: int) -> tuple[Row, dict[str, float]]:
    """Change a line in the stack's application, and in a second one beside it, by turns.

    Returns the row, and the steps of the last run of both.
    """
    context = stack.folder.parent / "reference"
    shutil.copytree(stack.folder / ".pocdeploy" / "build" / NAME / APP, context)
    _build(stack, context)
    _load(stack)
    live = json.loads(stack.kubectl("get", "deployment", APP, "-o", "json"))
    stack.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects(live)}))
    stack.kubectl("rollout", "status", f"deployment/{_NAME}", "--timeout=180s")
    numbers = count(1)
    steps: dict[str, float] = {}

    def reference() -> float:
        mark = _change(context / _PAGE, next(numbers))
        began = time.monotonic()
        _build(stack, context)
        steps["reference: `docker build`"] = time.monotonic() - began
        _load(stack)
        steps["reference: build and `kind load`"] = time.monotonic() - began
        stack.kubectl("rollout", "restart", f"deployment/{_NAME}")
        stack.wait_until_served(HOST, mark)
        spent = steps["reference: the line is served"] = time.monotonic() - began
        # Not timed: the next measurement shall find the cluster at rest.
        stack.kubectl("rollout", "status", f"deployment/{_NAME}", "--timeout=180s")
        return spent

    def subject() -> float:
        mark = _change(stack.folder / "app" / APP / _PAGE, next(numbers))
        file = stack.folder / ".pocdeploy" / "events-change.jsonl"
        file.unlink(missing_ok=True)
        with EventLog(file) as log, ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            updating = pool.submit(stack.up, "--event-log", str(file))
            stack.wait_until_served("localhost", mark, unless=updating)
            spent = time.monotonic() - began
            updating.result()
            whole = time.monotonic() - began
        steps.update({**timeline.steps(log.events, began), "the line is served": spent, "the whole `up`": whole})
        return spent

    references, subjects = alternate(reference, subject, runs)
    return Row(what=WHAT, reference=REFERENCE, goal=GOAL, references=references, subjects=subjects), steps


def _build(stack: Stack, context: Path) -> None:
    stack.run(["docker", "build", "--quiet", "--tag", IMAGE, str(context)])


def _load(stack: Stack) -> None:
    stack.run(["kind", "load", "docker-image", IMAGE, "--name", NAME])


def _change(page: Path, number: int) -> str:
    """Change one line of a template; return the text by which it is known."""
    mark = f"<!-- changed line {number} -->"
    page.write_text(page.read_text("utf-8").replace("</body>", f"{mark}</body>"), "utf-8")
    return mark


def objects(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a second Deployment of the same pod, by its tag, with Service, Ingress and NetworkPolicy.

    Its pods have the application's name, so that they may use its database, and a component of their own, so that
    nothing else selects them.

    Args:
        live: the application's Deployment, as the cluster has it.
    """
    template = copy.deepcopy(live["spec"]["template"])
    template["metadata"]["labels"][_COMPONENT] = _NAME
    web = template["spec"]["containers"][0]
    web.update(image=IMAGE, imagePullPolicy="IfNotPresent")
    for variable in web["env"]:
        if variable["name"] == "ALLOWED_HOSTS":
            variable["value"] += f",{HOST}"
    selector = {**live["spec"]["selector"]["matchLabels"], _COMPONENT: _NAME}
    for spread in template["spec"].get("topologySpreadConstraints", []):
        spread["labelSelector"] = {"matchLabels": selector}
    metadata = {"name": _NAME, "namespace": live["metadata"]["namespace"]}
    backend = {"service": {"name": _NAME, "port": {"name": "http"}}}
    rule = {"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    same = {key: live["spec"][key] for key in ("replicas", "strategy", "progressDeadlineSeconds")}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {**same, "selector": {"matchLabels": selector}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": metadata,
            "spec": {"ingressClassName": "traefik", "rules": [rule]},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata,
            "spec": {"podSelector": {"matchLabels": selector}, "policyTypes": ["Ingress"], "ingress": [{}]},
        },
    ]
