"""The objects of one web application: pure functions from plain values to dicts. Outputs pass through unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.frontend import nginx
from components.frontend.context import WebAppContext
from components.frontend.pods import container, environment, pod
from pocdeploy.config import AppSettings
from pocdeploy.config.variables import COMMIT_VARIABLE, STACK_VARIABLE
from pocdeploy.release.limits import GRACE, PRE_STOP, limits
from pocdeploy.release.revisions import RELEASE

FORCE_APPLY = {"pulumi.com/patchForce": "true"}
"""Annotation: an update overwrites fields that have another field manager, as after `kubectl rollout undo`."""
HTTP, METRICS, BEHIND = "http", "metrics", "app"
"""Names of the ports of a pod that serves: the one that is routed, that of the metrics, and that behind nginx."""


def deployment(context: WebAppContext, *, topology_key: str, release: Any) -> dict[str, Any]:
    """Return the Deployment. It has no ``replicas``, because the autoscaler owns that field."""
    metadata = context.metadata("web", name=context.name, annotations=FORCE_APPLY)
    if context.app.version:
        # Not on the pods: a new name for the same image must not restart them.
        metadata["labels"]["app.kubernetes.io/version"] = context.app.version
    return {
        "metadata": metadata,
        "spec": {
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": limits(context.app).step,
            "strategy": strategy(one_at_a_time=context.app.is_single),
            "selector": {"matchLabels": context.selector("web")},
            "template": {
                "metadata": {"labels": context.labels_of("web"), "annotations": {RELEASE: release}},
                "spec": _with_nginx(
                    context,
                    [_web_container(context)],
                    topologySpreadConstraints=[_spread_constraint(context, topology_key)],
                    terminationGracePeriodSeconds=GRACE,
                ),
            },
        },
    }


def strategy(*, one_at_a_time: bool, surge: int | str = 1) -> dict[str, Any]:
    """Return how pods are replaced: a new one starts first, unless only one may run at a time."""
    if one_at_a_time:
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": surge}}


def _web_container(context: WebAppContext) -> dict[str, Any]:
    app = context.app
    live, ready = (_probe(app, path) for path in (app.live_path, app.ready_path))
    started = {"command": list(app.command or ()), "args": list(app.args or ())}
    return container(
        context,
        "web",
        **{key: words for key, words in started.items() if words},
        # Not for Jobs: another commit with the same image must not run them again.
        env=[*environment(context), *identity(context)],
        ports=_ports(app),
        startupProbe={**live, "periodSeconds": 1, "failureThreshold": limits(app).start, "timeoutSeconds": 2},
        # Not by HTTP: a request waits for a thread of the application, so slow requests or a slow database would
        # restart all pods at once. A process that has ended is restarted without a probe.
        livenessProbe={**_probe(app, None), "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 3},
        readinessProbe={**ready, "periodSeconds": 3, "failureThreshold": 2, "timeoutSeconds": 3},
        lifecycle={"preStop": {"sleep": {"seconds": PRE_STOP}}},
    )


def identity(context: WebAppContext) -> list[dict[str, Any]]:
    """Return the variables that let an application show where it runs, and what."""
    known = {STACK_VARIABLE: context.labels.get("app.kubernetes.io/instance"), COMMIT_VARIABLE: context.commit}
    return [{"name": name, "value": value} for name, value in known.items() if value]


def _with_nginx(context: WebAppContext, containers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return the spec of a pod that serves, with nginx if the settings have it."""
    app, server = context.app, context.app.web_server
    if server is None:
        return pod(context, containers, **more)
    found = pod(context, [*containers, nginx.container(app, server, port_name=HTTP)], **more)
    copies = nginx.copies(context, server)
    found["volumes"] += nginx.volumes(server)
    return {**found, **({"initContainers": copies} if copies else {})}


def own_port(app: AppSettings) -> str:
    """Return the name of the application's own port."""
    return BEHIND if app.web_server else HTTP


def _probe(app: AppSettings, path: str | None) -> dict[str, Any]:
    """Return how a probe asks a path; without one, whether the port accepts a connection."""
    port = own_port(app)
    if path is None:
        return {"tcpSocket": {"port": port}}
    # A probe uses the pod's address as host, which the application does not serve.
    return {"httpGet": {"port": port, "httpHeaders": [{"name": "Host", "value": app.host}], "path": path}}


def _ports(app: AppSettings) -> list[dict[str, Any]]:
    ports: list[dict[str, Any]] = [{"name": own_port(app), "containerPort": app.port}]
    if app.metrics_port and app.metrics_port != app.port:
        ports.append({"name": METRICS, "containerPort": app.metrics_port})
    return ports


def metrics_port(app: AppSettings) -> str | None:
    """Return the name of the port with metrics; None if there is none."""
    if app.metrics_port is None:
        return None
    return own_port(app) if app.metrics_port == app.port else METRICS


def _spread_constraint(context: WebAppContext, topology_key: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": topology_key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": context.selector("web")},
        # Without it, the old pods of a rolling update push the new ones onto one node.
        "matchLabelKeys": ["pod-template-hash"],
    }


def service(context: WebAppContext) -> dict[str, Any]:
    """Return the Service for the gateway, without the metrics port."""
    return {
        "metadata": context.metadata("web", name=context.name),
        "spec": {
            "selector": context.selector("web"),
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }


def ingress(
    context: WebAppContext, *, class_name: str, annotations: Mapping[str, str], tls: bool = False
) -> dict[str, Any]:
    """Return the Ingress of the application's hosts; the first rule is that of its URL.

    Args:
        context: the application.
        class_name: name of the IngressClass.
        annotations: those that the gateway needs.
        tls: whether it has a certificate, in the Secret ``<application>-tls``.
    """
    more = {"annotations": dict(annotations)} if annotations else {}
    backend = {"service": {"name": context.name, "port": {"name": "http"}}}
    path, hosts = {"path": "/", "pathType": "Prefix", "backend": backend}, list(context.app.all_hosts)
    return {
        "metadata": context.metadata("web", name=context.name, **more),
        "spec": {
            "ingressClassName": class_name,
            **({"tls": [{"hosts": hosts, "secretName": f"{context.name}-tls"}]} if tls else {}),
            "rules": [{"host": host, "http": {"paths": [path]}} for host in hosts],
        },
    }


def autoscaler(context: WebAppContext) -> dict[str, Any]:
    """Return the autoscaler, which scales by CPU usage in percent of the request."""
    replicas = context.app.replicas
    target = {"type": "Utilization", "averageUtilization": replicas.cpu_percent}
    return {
        "metadata": context.metadata("web", name=context.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": context.name},
            "minReplicas": replicas.min,
            "maxReplicas": replicas.max,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def disruption_budget(context: WebAppContext) -> dict[str, Any]:
    """Return the budget that lets a drain evict one pod at a time, and never blocks it, even with one replica.

    Pods that are not ready can always be evicted: one of them would block every other eviction.
    """
    return {
        "metadata": context.metadata("web", name=context.name),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": context.selector("web")},
        },
    }
