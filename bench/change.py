"""Benchmark: time until a changed line is served, compared with docker, kind and kubectl by hand."""

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
PAGE = Path("polls", "templates", "polls", "base.html")
_COMPONENT = "app.kubernetes.io/component"


def measure(stack: Stack, runs: int) -> tuple[Row, dict[str, float]]:
    """Change a line alternately in the stack's application and in a second application beside it.

    Return the row, and the steps of the last run of both.
    """
    change = _Change(stack)
    references, subjects = alternate(change.of_reference, change.of_stack, runs)
    return Row(what=WHAT, reference=REFERENCE, goal=GOAL, references=references, subjects=subjects), change.steps


class _Change:
    """The application of the stack and the reference, with the steps of their last changes."""

    def __init__(self, stack: Stack) -> None:
        """Create the reference: build and load its image, and deploy it."""
        self._stack = stack
        self._context = stack.folder.parent / "reference"
        self._numbers = count(1)
        self.steps: dict[str, float] = {}
        shutil.copytree(stack.folder / ".pocdeploy" / "build" / NAME / APP, self._context)
        self._build()
        self._load()
        live = json.loads(stack.kubectl("get", "deployment", APP, "-o", "json"))
        stack.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects(live)}))
        self._wait_until_rolled_out()

    def of_reference(self) -> float:
        """Change a line of the reference; return the seconds until it is served."""
        mark = change_line(self._context / PAGE, next(self._numbers))
        began = time.monotonic()
        self._build()
        self.steps["reference: `docker build`"] = time.monotonic() - began
        self._load()
        self.steps["reference: build and `kind load`"] = time.monotonic() - began
        self._stack.kubectl("rollout", "restart", f"deployment/{_NAME}")
        self._stack.wait_until_served(HOST, mark)
        spent = self.steps["reference: the line is served"] = time.monotonic() - began
        self._wait_until_rolled_out()  # not measured: the cluster is idle before the next measurement
        return spent

    def of_stack(self) -> float:
        """Change a line of the stack's application; return the seconds until it is served."""
        stack = self._stack
        mark = change_line(stack.folder / "app" / APP / PAGE, next(self._numbers))
        file = stack.folder / ".pocdeploy" / "events-change.jsonl"
        file.unlink(missing_ok=True)
        with EventLog(file) as log, ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            updating = pool.submit(stack.up, "--event-log", str(file))
            stack.wait_until_served("localhost", mark, unless=updating)
            spent = time.monotonic() - began
            updating.result()
            whole = time.monotonic() - began
        self.steps |= {**timeline.steps(log.events, began), "the line is served": spent, "the whole `up`": whole}
        return spent

    def _build(self) -> None:
        self._stack.run(["docker", "build", "--quiet", "--tag", IMAGE, str(self._context)])

    def _load(self) -> None:
        self._stack.run(["kind", "load", "docker-image", IMAGE, "--name", NAME])

    def _wait_until_rolled_out(self) -> None:
        self._stack.kubectl("rollout", "status", f"deployment/{_NAME}", "--timeout=180s")


def change_line(page: Path, number: int) -> str:
    """Change one line of a template, which no patch changes; return the text that identifies it."""
    mark = f"<!-- changed line {number} -->"
    page.write_text(page.read_text("utf-8").replace("<link", f"{mark}<link", 1), "utf-8")
    return mark


def objects(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a second Deployment of the same pod, by its tag, with Service, Ingress and NetworkPolicy.

    Its pods have the application's name, so that they can use its database, and their own component, so that no other
    object selects them.

    Args:
        live: the application's Deployment, as the cluster has it.
    """
    selector = {**live["spec"]["selector"]["matchLabels"], _COMPONENT: _NAME}
    spec = {
        **{key: live["spec"][key] for key in ("replicas", "strategy", "progressDeadlineSeconds")},
        "selector": {"matchLabels": selector},
        "template": _template(live["spec"]["template"], selector),
    }
    backend = {"service": {"name": _NAME, "port": {"name": "http"}}}
    rule = {"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    service = {"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    policy = {"podSelector": {"matchLabels": selector}, "policyTypes": ["Ingress"], "ingress": [{}]}
    specs = {
        ("apps/v1", "Deployment"): spec,
        ("v1", "Service"): service,
        ("networking.k8s.io/v1", "Ingress"): {"ingressClassName": "traefik", "rules": [rule]},
        ("networking.k8s.io/v1", "NetworkPolicy"): policy,
    }
    metadata = {"name": _NAME, "namespace": live["metadata"]["namespace"]}
    return [
        {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": each}
        for (version, kind), each in specs.items()
    ]


def _template(original: Mapping[str, Any], selector: Mapping[str, str]) -> dict[str, Any]:
    """Return the pod template of the reference."""
    template = copy.deepcopy(dict(original))
    template["metadata"]["labels"][_COMPONENT] = _NAME
    web = template["spec"]["containers"][0]
    web.update(image=IMAGE, imagePullPolicy="IfNotPresent")
    for variable in web["env"]:
        if variable["name"] == "ALLOWED_HOSTS":
            variable["value"] += f",{HOST}"
    for spread in template["spec"].get("topologySpreadConstraints", []):
        spread["labelSelector"] = {"matchLabels": selector}
    return template
