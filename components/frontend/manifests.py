"""The objects of one web application: pure functions from plain values to dicts. Outputs pass through unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.frontend.limits import GRACE, PRE_STOP, limits
from pocdeploy.config import AppSettings
from pocdeploy.config.variables import COMMIT_VARIABLE, STACK_VARIABLE

FORCE_APPLY = {"pulumi.com/patchForce": "true"}
"""Annotation: an update overwrites fields that have another field manager, as after `kubectl rollout undo`."""
RELEASE = "pocdeploy.dev/release"
"""Annotation of pod templates: the release of a pod. A change of image, configuration or Secret is a new release."""


@dataclass(frozen=True, kw_only=True)
class WebAppContext:
    """What all objects of an application have in common."""

    name: str
    """The application."""
    namespace: Any
    """Its namespace."""
    app: AppSettings
    """Its settings."""
    image: Any
    """Its image by digest."""
    environment: Sequence[Mapping[str, Any]]
    """Environment of every container, in addition to the application's own."""
    wait: Sequence[Mapping[str, Any]] = ()
    """Init containers of a Job, which end when the database serves."""
    database_identity: Any = None
    """Changes when the database is recreated. The Jobs then run again."""
    pull_secret: Any = None
    """Name of the Secret that images are pulled with, if one is needed."""
    node_selector: Mapping[str, str] | None = None
    """Labels of the nodes that can run the image; None if all nodes can."""
    secret: Any
    """Name of the Secret whose keys are also environment variables."""
    origins: Sequence[str]
    """Values of a browser's Origin header, for example http://localhost:8080."""
    previous_host: str | None = None
    """Host before the current one, which the pods still answer to."""
    labels: Mapping[str, str]
    """Recommended labels, without the component."""
    commit: str | None = None
    """Commit of its source, if it is known."""

    def labels_of(self, component: str) -> dict[str, str]:
        """Return the labels of one component."""
        return {**self.labels, "app.kubernetes.io/component": component}

    def metadata(self, component: str, **more: Any) -> dict[str, Any]:
        """Return the metadata of an object. Without ``name`` in ``more`` Pulumi chooses a name."""
        return {**more, "namespace": self.namespace, "labels": self.labels_of(component)}

    def selector(self, component: str) -> dict[str, str]:
        """Return the labels that select a component's pods."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/component": component}


def environment(context: WebAppContext) -> list[dict[str, Any]]:
    """Return the environment of every container of the application."""
    app = context.app
    plain = {
        "PORT": str(app.port),
        "ALLOWED_HOSTS": ",".join(filter(None, (app.host, context.previous_host))),
        "CSRF_TRUSTED_ORIGINS": ",".join(context.origins),
        **({"METRICS_PORT": str(app.metrics_port)} if app.metrics_port else {}),
        **app.env,
    }
    return [*({"name": name, "value": value} for name, value in plain.items()), *map(dict, context.environment)]


def container(context: WebAppContext, name: str, **more: Any) -> dict[str, Any]:
    """Return a container of the application's image that Pod Security ``restricted`` admits."""
    return {
        "name": name,
        "image": context.image,
        "env": environment(context),
        "envFrom": [{"secretRef": {"name": context.secret}}],
        "resources": context.app.resources.model_dump(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 -- a volume of the pod
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **more,
    }


def pod(context: WebAppContext, containers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return the spec of a pod that runs as a numeric user other than root, without access to the Kubernetes API."""
    user = context.app.user_id
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
        **({"nodeSelector": dict(context.node_selector)} if context.node_selector else {}),
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "128Mi"}}],
        **({"imagePullSecrets": [{"name": context.pull_secret}]} if context.pull_secret is not None else {}),
        **more,
    }


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
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "selector": {"matchLabels": context.selector("web")},
            "template": {
                "metadata": {"labels": context.labels_of("web"), "annotations": {RELEASE: release}},
                "spec": pod(
                    context,
                    [_web_container(context)],
                    topologySpreadConstraints=[_spread_constraint(context, topology_key)],
                    terminationGracePeriodSeconds=GRACE,
                ),
            },
        },
    }


def _web_container(context: WebAppContext) -> dict[str, Any]:
    app = context.app
    ports = [{"name": "http", "containerPort": app.port}]
    if app.metrics_port:
        ports.append({"name": "metrics", "containerPort": app.metrics_port})
    # A probe uses the pod's address as host, which the application does not serve.
    probe = {"port": "http", "httpHeaders": [{"name": "Host", "value": app.host}]}
    live, ready = ({"httpGet": {**probe, "path": path}} for path in (app.live_path, app.ready_path))
    return container(
        context,
        "web",
        # Not for Jobs: another commit with the same image must not run them again.
        env=[*environment(context), *_identity(context)],
        ports=ports,
        startupProbe={**live, "periodSeconds": 1, "failureThreshold": limits(app).start, "timeoutSeconds": 2},
        # Not by HTTP: a request waits for a thread of the application, so slow requests or a slow database would
        # restart all pods at once. A process that has ended is restarted without a probe.
        livenessProbe={"tcpSocket": {"port": "http"}, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 3},
        readinessProbe={**ready, "periodSeconds": 3, "failureThreshold": 2, "timeoutSeconds": 3},
        lifecycle={"preStop": {"sleep": {"seconds": PRE_STOP}}},
    )


def _identity(context: WebAppContext) -> list[dict[str, Any]]:
    """Return the variables that let an application show where it runs, and what."""
    known = {STACK_VARIABLE: context.labels.get("app.kubernetes.io/instance"), COMMIT_VARIABLE: context.commit}
    return [{"name": name, "value": value} for name, value in known.items() if value]


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
    """Return the Ingress of the application's host.

    Args:
        context: the application.
        class_name: name of the IngressClass.
        annotations: those that the gateway needs.
        tls: whether it has a certificate, in the Secret ``<application>-tls``.
    """
    more = {"annotations": dict(annotations)} if annotations else {}
    backend = {"service": {"name": context.name, "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "metadata": context.metadata("web", name=context.name, **more),
        "spec": {
            "ingressClassName": class_name,
            **({"tls": [{"hosts": [context.app.host], "secretName": f"{context.name}-tls"}]} if tls else {}),
            "rules": [{"host": context.app.host, "http": {"paths": [path]}}],
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
