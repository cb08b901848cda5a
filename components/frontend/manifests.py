"""The objects of one web application: pure functions from plain values to dicts; Outputs pass through as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.backend.manifests import REPLACE_FAILED_JOB, in_namespace, prometheus
from pocdeploy.config import AppSettings

PRE_STOP_SECONDS = 8
"""A pod that ends goes on serving for this long: endpoints and gateway learn of it later than the pod does. Without the
pause 5 of 356 requests were refused during a good rollout."""
GRACE_SECONDS = 40
"""Longer than the pause and what gunicorn then takes to end running requests (20 s)."""
FORCE_APPLY = {"pulumi.com/patchForce": "true"}
"""After a failed rollout the pod template is that of the revision that was restored, and its fields are not Pulumi's;
the next update takes them back without asking."""
RELEASE = "pocdeploy.dev/release"
"""On pod templates: which release a pod belongs to. Another image, configuration or Secret is another release."""
DJANGO = {
    name: ("python", "manage.py", "shell", "-c", (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    for name in ("ensure_admin", "check_migrations", "smoke")
}
"""What the literal `django` stands for in an application's commands."""


@dataclass(frozen=True, kw_only=True)
class WebAppContext:
    """What all objects of an application have in common."""

    name: str
    """The application."""
    namespace: Any
    app: AppSettings
    image: Any
    """Image by digest."""
    environment: Sequence[Mapping[str, Any]]
    """Environment of every container, beside the application's own."""
    wait: Sequence[Mapping[str, Any]] = ()
    """Init containers of a Job, which end when the database serves."""
    database_identity: Any = None
    """Jobs have to run again when this changes: the database is another one then."""
    pull_secret: Any = None
    """Name of the Secret that the image is pulled with, if one is needed."""
    secret: Any
    """Name of the Secret whose keys are environment variables too."""
    origin: str
    """What a browser puts into the Origin header, for example http://localhost:8080."""
    labels: Mapping[str, str]
    """Recommended labels, without the component."""

    def labelled(self, component: str) -> dict[str, str]:
        """Return the labels of one component."""
        return {**self.labels, "app.kubernetes.io/component": component}

    def metadata(self, component: str, **more: Any) -> dict[str, Any]:
        """Return the metadata of an object; without ``name`` in ``more`` Pulumi makes one up."""
        return {**more, "namespace": self.namespace, "labels": self.labelled(component)}

    def selector(self, component: str) -> dict[str, str]:
        """Return the labels that pick out a component's pods."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/component": component}


def environment(site: WebAppContext) -> list[dict[str, Any]]:
    """Return the environment of every container of the application."""
    plain = {
        "PORT": str(site.app.port),
        "ALLOWED_HOSTS": str(site.app.host),
        "CSRF_TRUSTED_ORIGINS": site.origin,
        **({"METRICS_PORT": str(site.app.metrics_port)} if site.app.metrics_port else {}),
        **site.app.env,
    }
    return [*({"name": name, "value": value} for name, value in plain.items()), *map(dict, site.environment)]


def container(site: WebAppContext, name: str, **more: Any) -> dict[str, Any]:
    """Return a container of the application's image that is admitted under Pod Security ``restricted``."""
    return {
        "name": name,
        "image": site.image,
        "env": environment(site),
        "envFrom": [{"secretRef": {"name": site.secret}}],
        "resources": site.app.resources.model_dump(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 -- a volume of the pod's own
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **more,
    }


def pod(site: WebAppContext, containers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a pod that runs as a numeric user other than root, and has no access to the Kubernetes API."""
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": site.app.user_id,
            "runAsGroup": site.app.user_id,
            "fsGroup": site.app.user_id,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "128Mi"}}],
        **({"imagePullSecrets": [{"name": site.pull_secret}]} if site.pull_secret is not None else {}),
        **more,
    }


def job(
    site: WebAppContext, component: str, *, deadline: int, annotations: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return a Job that runs again for each change of its pod template, and for each new database.

    It has no name of its own: Pulumi gives it one that was never used. After a failed update Jobs of several attempts
    wait to be deleted, and one of them may be of the very image that the next update runs. No TTL: a Job that vanished
    would be run again by the next update after a refresh.

    Args:
        site: the application.
        component: role of the Job.
        deadline: seconds until it has failed.
        annotations: further annotations of the pod.
        **more: further fields of the container.
    """
    identity = {"pocdeploy.dev/database": site.database_identity} if site.database_identity is not None else {}
    return {
        "metadata": {**site.metadata(component), "annotations": REPLACE_FAILED_JOB},
        "spec": {
            "backoffLimit": 1,
            "activeDeadlineSeconds": deadline,
            "template": {
                "metadata": {"labels": site.labelled(component), "annotations": {**identity, **(annotations or {})}},
                "spec": pod(
                    site,
                    [container(site, component, **more)],
                    initContainers=[dict(waiting) for waiting in site.wait],
                    restartPolicy="Never",
                ),
            },
        },
    }


def migrate_job(
    site: WebAppContext, *, command: Sequence[str], check: Sequence[str] | str | None, allow_breaking: bool = False
) -> dict[str, Any]:
    """Return the Job that migrates the database to what this image expects: one per image.

    Args:
        site: the application.
        command: migrates.
        check: run before it, refuses by any exit code but 0 what the release that serves could not live with.
        allow_breaking: let the check say what breaks, and go on.
    """
    manifest = job(site, "migrate", deadline=300, command=list(command))
    if check is None:
        return manifest
    checking = container(site, "check-migrations", command=_command(check, "check_migrations"))
    if allow_breaking:
        checking["env"] = [*checking["env"], {"name": "ALLOW_BREAKING_MIGRATION", "value": "1"}]
    # It may be tried a second time, ten seconds later: a podFailurePolicy would end the Job at once, but with a reason
    # for which the provider goes on waiting (it knows BackoffLimitExceeded and DeadlineExceeded).
    manifest["spec"]["template"]["spec"]["initContainers"].append(checking)
    return manifest


def admin_job(site: WebAppContext, *, command: Sequence[str] | str, secret: Any) -> dict[str, Any]:
    """Return the Job that makes the administrator; name, e-mail and password come from a Secret of its own."""
    sources = [{"secretRef": {"name": site.secret}}, {"secretRef": {"name": secret}}]
    return job(site, "admin", deadline=180, command=_command(command, "ensure_admin"), envFrom=sources)


def smoke_job(site: WebAppContext, *, command: Sequence[str] | str, url: str | None, release: Any) -> dict[str, Any]:
    """Return the Job that asks a release whether it does what it is for: one per release.

    ``url`` is the gateway as a pod reaches it; None: the application's own Service is asked.
    """
    app = site.app
    asked = {
        "SMOKE_URL": url or f"http://{site.name}.{site.name}.svc",
        "SMOKE_HOST": str(app.host),
        "SMOKE_LIVE_PATH": app.live_path,
        "SMOKE_READY_PATH": app.ready_path,
    }
    env = [*environment(site), *({"name": name, "value": value} for name, value in asked.items())]
    return job(
        replace(site, wait=()),  # the release serves already
        "smoke",
        deadline=60,
        annotations={RELEASE: release},
        command=_command(command, "smoke"),
        env=env,
    )


def _command(command: Sequence[str] | str, django: str) -> list[str]:
    return list(DJANGO[django] if isinstance(command, str) else command)


def deployment(site: WebAppContext, *, topology_key: str, release: Any) -> dict[str, Any]:
    """Return the Deployment. It has no ``replicas``: the autoscaler owns that field, from its first second."""
    app = site.app
    ports = [{"name": "http", "containerPort": app.port}]
    if app.metrics_port:
        ports.append({"name": "metrics", "containerPort": app.metrics_port})
    # A probe comes under the pod's address, which is no host that the application serves.
    probe = {"port": "http", "httpHeaders": [{"name": "Host", "value": app.host}]}
    live, ready = ({"httpGet": {**probe, "path": path}} for path in (app.live_path, app.ready_path))
    web = container(
        site,
        "web",
        ports=ports,
        startupProbe={**live, "periodSeconds": 1, "failureThreshold": 60, "timeoutSeconds": 2},
        livenessProbe={**live, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 3},
        readinessProbe={**ready, "periodSeconds": 3, "failureThreshold": 2, "timeoutSeconds": 3},
        lifecycle={"preStop": {"sleep": {"seconds": PRE_STOP_SECONDS}}},
    )
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": topology_key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": site.selector("web")},
            # Otherwise the old pods of a rolling update push the new ones onto one node.
            "matchLabelKeys": ["pod-template-hash"],
        }
    ]
    metadata = site.metadata("web", name=site.name, annotations=FORCE_APPLY)
    if app.version:
        # Not on the pods: another name for the same image is no reason to roll them.
        metadata["labels"]["app.kubernetes.io/version"] = app.version
    return {
        "metadata": metadata,
        "spec": {
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": 100,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "selector": {"matchLabels": site.selector("web")},
            "template": {
                "metadata": {"labels": site.labelled("web"), "annotations": {RELEASE: release}},
                "spec": pod(site, [web], topologySpreadConstraints=spread, terminationGracePeriodSeconds=GRACE_SECONDS),
            },
        },
    }


def service(site: WebAppContext) -> dict[str, Any]:
    """Return the Service that the gateway leads to; the metrics port is not in it."""
    return {
        "metadata": site.metadata("web", name=site.name),
        "spec": {
            "selector": site.selector("web"),
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }


def ingress(site: WebAppContext, *, class_name: str, annotations: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the Ingress of the application's host; ``annotations`` are what the gateway asks for."""
    more = {"annotations": dict(annotations)} if annotations else {}
    return {
        "metadata": site.metadata("web", name=site.name, **more),
        "spec": {
            "ingressClassName": class_name,
            "rules": [
                {
                    "host": site.app.host,
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": site.name, "port": {"name": "http"}}},
                            }
                        ]
                    },
                }
            ],
        },
    }


def autoscaler(site: WebAppContext) -> dict[str, Any]:
    """Return the autoscaler, by use of the requested CPU."""
    replicas = site.app.replicas
    target = {"type": "Utilization", "averageUtilization": replicas.cpu_percent}
    return {
        "metadata": site.metadata("web", name=site.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": site.name},
            "minReplicas": replicas.min,
            "maxReplicas": replicas.max,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def disruption_budget(site: WebAppContext) -> dict[str, Any]:
    """Return the budget that lets a drain take one pod at a time, and never block, even with one replica."""
    return {
        "metadata": site.metadata("web", name=site.name),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": site.selector("web")}},
    }


def network_policy(site: WebAppContext, *, gateway_namespace: str, monitoring_namespace: str | None) -> dict[str, Any]:
    """Return who may reach the application: the gateway its port, Prometheus its metrics."""
    ingress_rules = [{"from": [in_namespace(gateway_namespace)], "ports": [{"port": "http", "protocol": "TCP"}]}]
    if site.app.metrics_port and monitoring_namespace:
        metrics = [{"port": "metrics", "protocol": "TCP"}]
        ingress_rules.append({"from": [prometheus(monitoring_namespace)], "ports": metrics})
    return {
        "metadata": site.metadata("network", name="web"),
        "spec": {
            "podSelector": {"matchLabels": site.selector("web")},
            "policyTypes": ["Ingress"],
            "ingress": ingress_rules,
        },
    }


def smoke_policy(site: WebAppContext, gateway_namespace: str | None) -> dict[str, Any]:
    """Return that the smoke check may talk to the gateway, or to the application's pods if none is given."""
    pods = {"podSelector": {"matchLabels": site.selector("web")}}
    return {
        "metadata": site.metadata("network", name="smoke"),
        "spec": {
            "podSelector": {"matchLabels": site.selector("smoke")},
            "policyTypes": ["Egress"],
            "egress": [{"to": [in_namespace(gateway_namespace) if gateway_namespace else pods]}],
        },
    }


def smoke_guest_policy(site: WebAppContext) -> dict[str, Any]:
    """Return that the smoke check may come to the application's pods without the gateway."""
    return {
        "metadata": site.metadata("network", name="smoke-guest"),
        "spec": {
            "podSelector": {"matchLabels": site.selector("web")},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"from": [{"podSelector": {"matchLabels": site.selector("smoke")}}], "ports": [{"port": site.app.port}]}
            ],
        },
    }
