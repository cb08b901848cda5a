"""Values and objects of the monitoring: pure functions from settings to plain dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.shared.scrape import ScrapeTarget
from pocdeploy.config import AppSettings, Monitoring
from pocdeploy.config.types import quantity
from pocdeploy.monitoring import Target, Watched, WatchedApp
from pocdeploy.monitoring.alertmanager import alertmanager_config

GRAFANA = "grafana"
HOME = "/tmp/dashboards/overview.json"  # noqa: S108 -- where the chart's sidecar puts the dashboards
"""The dashboard that Grafana opens with."""
ALERTMANAGER_CONFIG = "alertmanager-config"
ALERTMANAGER_RECEIVER = "alertmanager-receiver"
"""Secret with what is secret of the receiver of alerts; the operator mounts it below ``/etc/alertmanager/secrets``."""

# Where the control plane listens on 127.0.0.1 (Kind) or is somebody else's (EKS), these would only ever be down.
UNREACHABLE = ("kubeControllerManager", "kubeEtcd", "kubeScheduler", "kubeProxy")


def _resources(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def values(
    settings: Monitoring,
    *,
    grafana_secret: Any,
    grafana_url: str | None,
    durable: bool,
    storage_class: str | None,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """Return the values of kube-prometheus-stack: in the light profile about 1 GiB in all.

    Args:
        settings: profile, retention, storage, receiver, Grafana or not.
        grafana_secret: name of the Secret with Grafana's administrator.
        grafana_url: where a browser finds Grafana; None where it has no place at the gateway.
        durable: whether samples are kept on a volume; else they go with the pod.
        storage_class: StorageClass of volumes; None for the cluster's default.
        labels: labels of everything that the chart makes.
    """
    everything = {f"{kind}SelectorNilUsesHelmValues": False for kind in ("podMonitor", "serviceMonitor", "rule")}
    full = settings.profile == "full"
    return {
        "commonLabels": dict(labels),
        "alertmanager": _alertmanager(settings, durable=durable, storage_class=storage_class),
        **{component: {"enabled": False} for component in UNREACHABLE},
        "defaultRules": {
            # The stock rules record series for the stock dashboards: they come together, or not at all.
            "create": full,
            "rules": {"etcd": False, "kubeProxy": False, "alertmanager": full, "windows": False},
            # Ours, with runbooks of their own.
            "disabled": {"TargetDown": True, "KubePodCrashLooping": True},
        },
        "grafana": {
            "enabled": settings.grafana,
            "fullnameOverride": GRAFANA,
            "admin": {"existingSecret": grafana_secret, "userKey": "username", "passwordKey": "password"},
            "defaultDashboardsEnabled": full,
            "defaultDashboardsTimezone": "browser",
            "grafana.ini": {
                "auth.anonymous": {"enabled": False},
                "users": {"allow_sign_up": False},
                "dashboards": {"default_home_dashboard_path": HOME},
                "analytics": {"reporting_enabled": False, "check_for_updates": False},
                **({"server": {"root_url": grafana_url}} if grafana_url else {}),
            },
            "resources": _resources("50m", "192Mi", "512Mi"),
        },
        "kube-state-metrics": {"resources": _resources("10m", "48Mi", "128Mi")},
        "prometheus-node-exporter": {
            "resources": _resources("10m", "24Mi", "64Mi"),
            # Docker Desktop does not share the root mount in the way that the default asks for.
            "hostRootFsMount": {"enabled": False},
        },
        "prometheus": {
            "prometheusSpec": {
                **everything,
                "retention": settings.retention_time,
                "retentionSize": retention_size(settings.storage_size),
                "storageSpec": _storage(settings.storage_size, durable=durable, storage_class=storage_class),
                "scrapeInterval": "30s",
                # Seconds. The default is 600, and a namespace with such a pod is looked at again only after half of it.
                "terminationGracePeriodSeconds": 30,
                "resources": _resources("250m", "1Gi", "3Gi") if full else _resources("100m", "384Mi", "1Gi"),
            }
        },
        "prometheusOperator": {
            # The certificates for the webhook come from a job whose image is one more to pull, for no gain here.
            "admissionWebhooks": {"enabled": False},
            "tls": {"enabled": False},
            "resources": _resources("20m", "64Mi", "192Mi"),
            "prometheusConfigReloader": {"resources": _resources("10m", "16Mi", "64Mi")},
        },
    }


def retention_size(storage_size: str) -> str:
    """Return how many bytes of blocks Prometheus may keep: three quarters, the rest is for the newest two hours."""
    return f"{int(quantity(storage_size) * 3 / 4 / 2**20)}MB"  # Prometheus' MB are 2^20 bytes


def _storage(size: str, *, durable: bool, storage_class: str | None) -> dict[str, Any]:
    if not durable:
        return {"emptyDir": {"sizeLimit": size}}
    spec: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if storage_class:
        spec["storageClassName"] = storage_class
    return {"volumeClaimTemplate": {"spec": spec}}


def _alertmanager(settings: Monitoring, *, durable: bool, storage_class: str | None) -> dict[str, Any]:
    if not settings.has_alertmanager:
        return {"enabled": False}
    spec = {
        "useExistingSecret": True,
        "configSecret": ALERTMANAGER_CONFIG,
        "secrets": [ALERTMANAGER_RECEIVER] if settings.receiver and settings.receiver.secrets else [],
        # What was silenced, and who has been told.
        "storage": _storage("256Mi", durable=durable, storage_class=storage_class),
        "resources": _resources("10m", "32Mi", "128Mi"),
    }
    return {"enabled": True, "alertmanagerSpec": spec}


def alertmanager_files(settings: Monitoring) -> dict[str, str]:
    """Return the content of the Secret that the operator reads Alertmanager's configuration from."""
    config = alertmanager_config(settings.receiver, folder=f"/etc/alertmanager/secrets/{ALERTMANAGER_RECEIVER}")
    return {"alertmanager.yaml": json.dumps(config, indent=1)}  # JSON is YAML


def watched(apps: Mapping[str, AppSettings], targets: Sequence[ScrapeTarget]) -> Watched:
    """Return what rules and dashboards are made for."""
    return Watched(
        apps=[
            WatchedApp(
                name=name,
                replicas=app.replicas.min,
                instances=app.cluster.instances if app.cluster else 0,
                business=app.business_metrics,
            )
            for name, app in apps.items()
        ],
        targets=[
            Target(job=f"{target.namespace}/{target.name}", namespace=target.namespace, role=target.role)
            for target in targets
        ],
    )


def rule(groups: Sequence[Mapping[str, Any]], *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the PrometheusRule with all groups of rules."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "pocdeploy", "namespace": namespace, "labels": dict(labels)},
        "spec": {"groups": [dict(group) for group in groups]},
    }


def dashboard(name: str, text: str, *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the ConfigMap that the sidecar of Grafana takes a dashboard from."""
    return {
        "metadata": {
            "name": f"dashboard-{name}",
            "namespace": namespace,
            "labels": {**labels, "grafana_dashboard": "1"},
        },
        "data": {f"{name}.json": text},
    }


def services(namespace: str, release: str) -> dict[str, tuple[str, str, int]]:
    """Return what else can be looked at: name -> namespace, Service (as the chart names it) and port."""
    return {"prometheus": (namespace, f"{release}-kube-prometheus-prometheus", 9090)}


def pod_monitor(target: ScrapeTarget, *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the PodMonitor of a target; it lives beside Prometheus, so nothing else waits for its CRD.

    ``job`` is what a PodMonitor beside the pods would give, since dashboards of others look for it: CloudNativePG's
    for ``<namespace>/<cluster>`` (cloudnative-pg/charts#857). ``role`` is for this project's own queries.
    """
    given = {"job": f"{target.namespace}/{target.name}", "role": target.role}
    relabelings = [{"targetLabel": label, "replacement": value} for label, value in given.items()]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": target.name, "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "namespaceSelector": {"matchNames": [target.namespace]},
            "selector": {"matchLabels": dict(target.match_labels)},
            "podMetricsEndpoints": [{"port": target.port, "relabelings": relabelings}],
        },
    }


def grafana_ingress(
    settings: Monitoring,
    *,
    namespace: Any,
    class_name: str,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """Return Grafana's Ingress."""
    backend = {"service": {"name": GRAFANA, "port": {"number": 80}}}
    return {
        "metadata": {"name": GRAFANA, "namespace": namespace, "labels": dict(labels)},
        "spec": {
            "ingressClassName": class_name,
            "rules": [
                {
                    "host": settings.grafana_host,
                    "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                }
            ],
        },
    }
