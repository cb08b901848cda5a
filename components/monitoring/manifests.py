"""Values and objects of the monitoring: pure functions from settings to plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.scrape import ScrapeTarget
from pocdeploy.settings import Monitoring

GRAFANA = "grafana"

# Where the control plane listens on 127.0.0.1 (Kind) or is somebody else's (EKS), these would only ever be down.
UNREACHABLE = ("kubeControllerManager", "kubeEtcd", "kubeScheduler", "kubeProxy")


def _resources(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def values(settings: Monitoring, *, grafana_secret: Any, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of kube-prometheus-stack in the light profile: about 1 GiB in all.

    Args:
        settings: profile, retention, Grafana or not.
        grafana_secret: name of the Secret with Grafana's administrator.
        labels: labels of everything that the chart makes.
    """
    everything = {f"{kind}SelectorNilUsesHelmValues": False for kind in ("podMonitor", "serviceMonitor", "rule")}
    return {
        "commonLabels": dict(labels),
        "alertmanager": {"enabled": False},
        **{component: {"enabled": False} for component in UNREACHABLE},
        "defaultRules": {"rules": {"etcd": False, "kubeProxy": False, "alertmanager": False, "windows": False}},
        "grafana": {
            "enabled": settings.grafana,
            "fullnameOverride": GRAFANA,
            "admin": {"existingSecret": grafana_secret, "userKey": "username", "passwordKey": "password"},
            "defaultDashboardsTimezone": "browser",
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
                "retention": settings.retention,
                "retentionSize": "1500MB",
                "scrapeInterval": "30s",
                "resources": _resources("100m", "384Mi", "1Gi"),
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
    settings: Monitoring, *, namespace: Any, class_name: str, labels: Mapping[str, str]
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
