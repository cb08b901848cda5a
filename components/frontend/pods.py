"""Containers and pods of one web application: pure functions from plain values to dicts."""

from __future__ import annotations

from typing import Any

from components.frontend.context import WebAppContext
from pocdeploy.config.references import in_order
from pocdeploy.config.storage import TMP

WRITABLE = "256Mi"
"""Most that one of the writable directories of a container can take of its node."""


def environment(context: WebAppContext) -> list[dict[str, Any]]:
    """Return the environment of every container of the application."""
    app = context.app
    plain = {
        "PORT": str(app.port),
        "ALLOWED_HOSTS": ",".join(context.hosts),
        "CSRF_TRUSTED_ORIGINS": ",".join(context.origins),
        **({"METRICS_PORT": str(app.metrics_port)} if app.metrics_port else {}),
        **context.urls,
        **in_order(app.env),
    }
    # `$(NAME)` is replaced by what stands before it, and by the Secret's variables.
    return [*map(dict, context.environment), *({"name": name, "value": value} for name, value in plain.items())]


def container(context: WebAppContext, name: str, **more: Any) -> dict[str, Any]:
    """Return a container of the application's image that Pod Security ``restricted`` admits.

    A ``command`` in ``more`` runs through the image's ENTRYPOINT, as `docker run IMAGE command` does.
    """
    if "command" in more:
        more["command"] = context.app.in_image(more["command"])
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
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in _directories(context).items()],
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
        "volumes": _volumes(context),
        **({"imagePullSecrets": [{"name": context.pull_secret}]} if context.pull_secret is not None else {}),
        **more,
    }


def _directories(context: WebAppContext) -> dict[str, str]:
    """Return the volumes that each container mounts: name -> path."""
    app = context.app
    return {
        "tmp": TMP,
        **{f"writable-{index}": path for index, path in enumerate(app.writable)},
        **{f"volume-{name}": volume.path for name, volume in app.volumes.items()},
    }


def _volumes(context: WebAppContext) -> list[dict[str, Any]]:
    app = context.app
    return [
        {"name": "tmp", "emptyDir": {"sizeLimit": "128Mi"}},
        *({"name": f"writable-{index}", "emptyDir": {"sizeLimit": WRITABLE}} for index in range(len(app.writable))),
        *(
            {"name": f"volume-{name}", "persistentVolumeClaim": {"claimName": claim_name(context.name, name)}}
            for name in app.volumes
        ),
    ]


def claim_name(app: str, volume: str) -> str:
    """Return the name of the claim of an application's volume."""
    return f"{app}-volume-{volume}"


def beside_web(context: WebAppContext) -> dict[str, Any]:
    """Return the field that puts a pod on the node of the pod that serves, whose volume only one node can mount."""
    if not context.app.is_single:
        return {}
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": context.selector("web")}}
    return {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}
