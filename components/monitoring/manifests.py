"""Chart values and objects of the monitoring: pure functions from settings to plain dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.shared.scrape import ScrapeTarget
from pocdeploy import versions
from pocdeploy.config import AppSettings, Monitoring
from pocdeploy.config.types import quantity
from pocdeploy.monitoring import Target, Watched, WatchedApp
from pocdeploy.monitoring.alertmanager import alertmanager_config

GRAFANA = "grafana"
HOME = "/tmp/dashboards/overview.json"  # noqa: S108 -- the folder of the chart's sidecar
"""The dashboard that Grafana opens first."""
ALERTMANAGER_CONFIG = "alertmanager-config"
ALERTMANAGER_RECEIVER = "alertmanager-receiver"
"""Secret with the receiver's secret values. The operator mounts it below ``/etc/alertmanager/secrets``."""
UNREACHABLE = ("kubeControllerManager", "kubeEtcd", "kubeScheduler", "kubeProxy")
"""Parts of the control plane that Prometheus cannot reach: they listen on 127.0.0.1 (Kind) or belong to AWS (EKS)."""


def values(
    settings: Monitoring,
    *,
    grafana_secret: Any,
    grafana_url: str | None,
    durable: bool,
    storage_class: str | None,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """Return the values of kube-prometheus-stack. The light profile uses about 1 GiB of memory.

    Args:
        settings: profile, retention, storage, receiver, and whether Grafana is enabled.
        grafana_secret: name of the Secret with Grafana's administrator.
        grafana_url: URL of Grafana for a browser; None if it has no route at the gateway.
        durable: whether samples are stored on a volume. Otherwise they are deleted with the pod.
        storage_class: StorageClass of volumes; None for the cluster's default.
        labels: labels of all objects of the chart.
    """
    return {
        "commonLabels": dict(labels),
        # Helm installs custom resource definitions, but never upgrades them. A Job before each upgrade does, with the
        # images busybox and kubectl; kubectl has the version of the cluster.
        "crds": {
            "upgradeJob": {
                "enabled": True,
                "image": {"busybox": {"tag": versions.BUSYBOX}},
                "resources": _resources("10m", "64Mi", "256Mi"),
            }
        },
        "alertmanager": _alertmanager(settings, durable=durable, storage_class=storage_class),
        **{component: {"enabled": False} for component in UNREACHABLE},
        "defaultRules": _default_rules(settings),
        "grafana": _grafana(settings, secret=grafana_secret, url=grafana_url),
        "kube-state-metrics": {"resources": _resources("10m", "48Mi", "128Mi")},
        "prometheus-node-exporter": {
            "resources": _resources("10m", "24Mi", "64Mi"),
            # Docker Desktop does not share the root mount in the way that the default requires.
            "hostRootFsMount": {"enabled": False},
        },
        "prometheus": {"prometheusSpec": _prometheus(settings, durable=durable, storage_class=storage_class)},
        "prometheusOperator": {
            # A Job with another image would create the webhook's certificates, without a benefit here.
            "admissionWebhooks": {"enabled": False},
            "tls": {"enabled": False},
            "resources": _resources("20m", "64Mi", "192Mi"),
            "prometheusConfigReloader": {"resources": _resources("10m", "16Mi", "64Mi")},
        },
    }


def _resources(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def _default_rules(settings: Monitoring) -> dict[str, Any]:
    # The chart's rules record the series of the chart's dashboards, so both are enabled or neither.
    full = settings.profile == "full"
    return {
        "create": full,
        "rules": {"etcd": False, "kubeProxy": False, "alertmanager": full, "windows": False},
        # This program has its own rules for these, with runbooks.
        "disabled": {"TargetDown": True, "KubePodCrashLooping": True},
    }


def _grafana(settings: Monitoring, *, secret: Any, url: str | None) -> dict[str, Any]:
    return {
        "enabled": settings.grafana,
        "fullnameOverride": GRAFANA,
        "admin": {"existingSecret": secret, "userKey": "username", "passwordKey": "password"},
        "defaultDashboardsEnabled": settings.profile == "full",
        "defaultDashboardsTimezone": "browser",
        "grafana.ini": {
            "auth.anonymous": {"enabled": False},
            "users": {"allow_sign_up": False},
            "dashboards": {"default_home_dashboard_path": HOME},
            "analytics": {"reporting_enabled": False, "check_for_updates": False},
            **({"server": {"root_url": url}} if url else {}),
        },
        "resources": _resources("50m", "192Mi", "512Mi"),
    }


def _prometheus(settings: Monitoring, *, durable: bool, storage_class: str | None) -> dict[str, Any]:
    full = settings.profile == "full"
    return {
        # Select the monitors and rules of all namespaces, not only those of the release.
        **{f"{kind}SelectorNilUsesHelmValues": False for kind in ("podMonitor", "serviceMonitor", "rule")},
        "retention": settings.retention_time,
        "retentionSize": retention_size(settings.storage_size),
        "storageSpec": _storage(settings.storage_size, durable=durable, storage_class=storage_class),
        "scrapeInterval": "30s",
        # Seconds. With the default of 600, the deletion of the namespace takes minutes longer.
        "terminationGracePeriodSeconds": 30,
        "resources": _resources("250m", "1Gi", "3Gi") if full else _resources("100m", "384Mi", "1Gi"),
    }


def retention_size(storage_size: str) -> str:
    """Return the size limit of Prometheus' blocks: three quarters. The rest is for the newest two hours of samples."""
    return f"{int(quantity(storage_size) * 3 / 4 / 2**20)}MB"  # a MB of Prometheus is 2^20 bytes


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
        # For silences and sent notifications.
        "storage": _storage("256Mi", durable=durable, storage_class=storage_class),
        "resources": _resources("10m", "32Mi", "128Mi"),
    }
    return {"enabled": True, "alertmanagerSpec": spec}


def alertmanager_files(settings: Monitoring) -> dict[str, str]:
    """Return the contents of the Secret with Alertmanager's configuration."""
    config = alertmanager_config(settings.receiver, folder=f"/etc/alertmanager/secrets/{ALERTMANAGER_RECEIVER}")
    return {"alertmanager.yaml": json.dumps(config, indent=1)}  # JSON is YAML


def watched(apps: Mapping[str, AppSettings], targets: Sequence[ScrapeTarget]) -> Watched:
    """Return the applications and targets of rules and dashboards."""
    return Watched(
        apps=[
            WatchedApp(
                name=name,
                replicas=app.replicas.min,
                instances=app.own_database.instances if app.own_database else 0,
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
    """Return the ConfigMap from which Grafana's sidecar loads a dashboard."""
    return {
        "metadata": {
            "name": f"dashboard-{name}",
            "namespace": namespace,
            "labels": {**labels, "grafana_dashboard": "1"},
        },
        "data": {f"{name}.json": text},
    }


def services(namespace: str, release: str) -> dict[str, tuple[str, str, int]]:
    """Return further web pages: name -> namespace, Service (as the chart names it) and port."""
    return {"prometheus": (namespace, f"{release}-kube-prometheus-prometheus", 9090)}


def pod_monitor(target: ScrapeTarget, *, namespace: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the PodMonitor of a target, in the namespace of Prometheus, so that only the monitoring needs its CRD.

    The label ``job`` has the value that a PodMonitor in the namespace of the pods would set, because the dashboards of
    other projects use it: CloudNativePG's expects ``<namespace>/<cluster>`` (cloudnative-pg/charts#857). The queries of
    this program use ``role``.
    """
    series_labels = {"job": f"{target.namespace}/{target.name}", "role": target.role}
    relabelings = [{"targetLabel": label, "replacement": value} for label, value in series_labels.items()]
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
