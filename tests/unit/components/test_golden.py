"""Golden YAML of every builder: a change in what is deployed shows up as a change in a file.

`make golden` rewrites them. A golden file can contain a mistake, so each Kubernetes object is also validated
against the API's schema, strictly; custom resources against their real CRDs in the API-server tests.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from components.backend import clients
from components.backend import manifests as backend
from components.backend.operator import manifests as operator
from components.cluster import Exposure
from components.cluster.eks import manifests as eks
from components.cluster.eks import policies
from components.cluster.kind import manifests as kind
from components.frontend import cache_manifests, jobs, network_policies, workloads
from components.frontend import manifests as frontend
from components.frontend.context import WebAppContext
from components.gateway import manifests as gateway
from components.headlamp import manifests as browser
from components.monitoring import manifests as monitoring
from components.namespace import manifests as namespace
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import AppSettings, Database, EksSettings, KindSettings, Monitoring, Receiver
from pocdeploy.config.addons import Cache
from pocdeploy.config.workloads import Process
from pocdeploy.kube import jobs as kube_jobs
from pocdeploy.monitoring import groups
from tests.paths import GOLDEN
from tests.unit.components import databases
from tests.unit.components.databases import LABELS, api, policy

KUBERNETES = "1.34"
IMAGE = "localhost:5001/polls@sha256:" + "ab" * 32


def site(**settings: Any) -> WebAppContext:
    app = AppSettings.model_validate({"host": "localhost", **settings})
    return WebAppContext(
        name="polls",
        namespace="polls",
        app=app,
        image=IMAGE,
        environment=backend.connection("polls", {}, url="DATABASE_URL"),
        database_identity="0f6e",
        wait=[clients.wait_container("polls", Database())],
        secret="polls-environment-1a2b3c",
        origins=["http://localhost"],
        labels=LABELS,
    )


RICH: dict[str, Any] = {
    "processes": {"worker": {"command": "celery -A shop worker", "replicas": 2, "stopSeconds": 60}},
    "cron": [{"name": "clean", "schedule": "15 3 * * *", "command": ["./clean"], "timeZone": "Europe/Berlin"}],
    "connections": {"internet": [{"host": "smtp.example.com", "ports": [587]}], "apps": ["blog"]},
    "writable": ["/app/log"],
    "volumes": {"media": {"path": "/app/media", "size": "2Gi"}},
    "web_server": {"static": {"/static/": "/app/staticfiles"}},
    "hosts": ["www.example.com"],
    "live_path": None,
    "command": "./serve",
}
"""Settings of an application from elsewhere."""


def rich() -> WebAppContext:
    return site(**RICH)


def cache(**settings: Any) -> list[dict[str, Any]]:
    common: dict[str, Any] = {"namespace": "polls", "labels": cache_manifests.selector("polls")}
    made = cache_manifests.deployment("polls", Cache(**settings), secret="polls-cache-config-1a2b", **common)
    policies = cache_manifests.network_policies("polls").items()
    return [
        api("apps/v1", "Deployment", made),
        api("v1", "Service", cache_manifests.service("polls", **common)),
        *(policy(name, spec) for name, spec in policies),
    ]


def seed_job() -> dict[str, Any]:
    deployment = frontend.deployment(site(), topology_key="zone", release="0f6e")
    deployment["metadata"]["name"] = "polls"
    return kube_jobs.job(deployment, ("python", "manage.py", "seed"))


def chart_values(settings: Monitoring, *, durable: bool = False) -> dict[str, Any]:
    return monitoring.values(
        settings,
        grafana_secret="grafana-admin-1a2b3c",
        grafana_url=None if durable else "http://grafana.localhost/",
        durable=durable,
        storage_class="gp3" if durable else "standard",
        labels=LABELS,
    )


FULL = Monitoring(profile="full", receiver=Receiver(type="slack", channel="#alerts"))
EXPOSURE = Exposure(service_type="NodePort", node_ports=kind.NODE_PORTS, status_host="localhost")
TARGET = ScrapeTarget(name="polls", role="application", namespace="polls", match_labels=LABELS, port="metrics")

EKS = EksSettings(type="eks", region="eu-central-1", domain="polls.example.com")
EKS_TAGS = eks.tags("eks", EKS)
EKS_EXPOSURE = Exposure(
    service_type="LoadBalancer",
    load_balancer_class=eks.LOAD_BALANCER_CLASS,
    annotations=eks.load_balancer(EKS_TAGS, "arn:aws:acm:eu-central-1:111122223333:certificate/1a2b3c"),
    redirect_to_https=True,
    scheme="https",
    port=443,
)


def storage_class() -> dict[str, Any]:
    made = eks.storage_class("pocdeploy", tags=EKS_TAGS, labels=LABELS)
    words = {"reclaim_policy": "reclaimPolicy", "volume_binding_mode": "volumeBindingMode"}
    words["allow_volume_expansion"] = "allowVolumeExpansion"
    return api("storage.k8s.io/v1", "StorageClass", {words.get(key, key): value for key, value in made.items()})


WORKER = Process.model_validate(RICH["processes"]["worker"])


OBJECTS: dict[str, Any] = {
    **databases.OBJECTS,
    "eks-node-class": eks.node_class(
        role="pocdeploy-node", subnet_ids=["subnet-1", "subnet-2"], security_group="sg-1", tags=EKS_TAGS, labels=LABELS
    ),
    "eks-node-pool": eks.node_pool(EKS, labels=LABELS),
    "eks-storage-class": storage_class(),
    "eks-kubeconfig": yaml.safe_load(eks.kubeconfig("pocdeploy", "eu-central-1", "https://eks.example.com", "Y2E=")),
    "eks-gateway-values": gateway.values(
        EKS_EXPOSURE, class_name="traefik", labels=LABELS, topology_key="topology.kubernetes.io/zone"
    ),
    "eks-gateway-values-plain": gateway.values(
        Exposure(service_type="LoadBalancer", annotations=eks.load_balancer(EKS_TAGS, None), entry_points=("web",)),
        class_name="traefik",
        labels=LABELS,
        topology_key="topology.kubernetes.io/zone",
    ),
    "eks-policy-tagging": json.loads(policies.tagging()),
    "eks-policy-images": json.loads(policies.keep_images(20)),
    "kind-cluster": yaml.safe_load(kind.cluster_config(KindSettings())),
    "kind-registry-hosting": api("v1", "ConfigMap", kind.registry_hosting(5001)),
    "namespace-policies": [policy(name, spec) for name, spec in namespace.network_policies().items()],
    "operator-values": operator.values(dashboard=True, topology_key="kubernetes.io/hostname"),
    "seed-job": seed_job(),
    "frontend-migrate-job": api("batch/v1", "Job", jobs.migrate_job(site(), command=["./migrate"], check=["./check"])),
    "frontend-smoke-job": api(
        "batch/v1",
        "Job",
        jobs.smoke_job(site(), command=["./smoke"], url="http://traefik.gateway.svc", release="0f6e"),
    ),
    "frontend-admin-job": api(
        "batch/v1",
        "Job",
        jobs.admin_job(site(), command=["./admin"], secret="polls-admin-1a2b3c"),
    ),
    "frontend-deployment": api(
        "apps/v1", "Deployment", frontend.deployment(site(), topology_key="zone", release="0f6e")
    ),
    "frontend-deployment-rich": api(
        "apps/v1", "Deployment", frontend.deployment(rich(), topology_key="zone", release="0f6e")
    ),
    "frontend-process": api(
        "apps/v1",
        "Deployment",
        workloads.process(rich(), "worker", WORKER, topology_key="zone", release="0f6e"),
    ),
    "frontend-cron-job": api("batch/v1", "CronJob", workloads.cron_job(rich(), rich().app.cron[0])),
    "frontend-claim": api("v1", "PersistentVolumeClaim", workloads.claim(rich(), "media", storage_class="standard")),
    "frontend-record": api("v1", "ConfigMap", workloads.record(rich(), "0f6e")),
    "frontend-connections": [
        api("networking.k8s.io/v1", "NetworkPolicy", made)
        for made in (
            network_policies.internet_policy(rich()),
            network_policies.internet_policy(site(connections={"internet": True})),
            network_policies.calls_policy(rich()),
            network_policies.callers_policy(rich(), ["shop"]),
        )
        if made
    ],
    "frontend-cache": cache(),
    "frontend-cache-queue": cache(queue=True, memory="256Mi"),
    "frontend-deployment-no-metrics": api(
        "apps/v1",
        "Deployment",
        frontend.deployment(site(metrics_port=None, env={"GREETING": "hello"}), topology_key="zone", release="0f6e"),
    ),
    "frontend-service": api("v1", "Service", frontend.service(site())),
    "frontend-ingress": api(
        "networking.k8s.io/v1", "Ingress", frontend.ingress(site(), class_name="traefik", annotations={})
    ),
    "frontend-ingress-tls": api(
        "networking.k8s.io/v1",
        "Ingress",
        frontend.ingress(site(), class_name="nginx", annotations={"cert-manager.io/cluster-issuer": "x"}, tls=True),
    ),
    "frontend-autoscaler": api("autoscaling/v2", "HorizontalPodAutoscaler", frontend.autoscaler(site())),
    "frontend-disruption-budget": api("policy/v1", "PodDisruptionBudget", frontend.disruption_budget(site())),
    "frontend-policy": api(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        network_policies.web_policy(site(), gateway_namespace="gateway", monitoring_namespace="monitoring"),
    ),
    "frontend-smoke-policy": api(
        "networking.k8s.io/v1", "NetworkPolicy", network_policies.smoke_policy(site(), "gateway")
    ),
    "frontend-smoke-past-the-gateway": [
        api("networking.k8s.io/v1", "NetworkPolicy", network_policies.smoke_policy(site(), None)),
        api("networking.k8s.io/v1", "NetworkPolicy", network_policies.smoke_guest_policy(site())),
    ],
    "gateway-values": gateway.values(
        EXPOSURE, class_name="traefik", labels=LABELS, topology_key="kubernetes.io/hostname"
    ),
    "monitoring-values": chart_values(Monitoring()),
    "monitoring-values-full": chart_values(FULL, durable=True),
    "monitoring-alertmanager": json.loads(monitoring.alertmanager_files(FULL)["alertmanager.yaml"]),
    "monitoring-rules": monitoring.rule(
        groups(monitoring.watched({"polls": AppSettings(host="localhost")}, [TARGET]), runbooks="docs/runbooks"),
        namespace="monitoring",
        labels=LABELS,
    ),
    "browser-values": browser.values(labels=LABELS),
    "browser-account": api("v1", "ServiceAccount", browser.account("readonly", namespace="browser", labels=LABELS)),
    "browser-binding": api(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        browser.binding("readonly", name="browser-readonly", namespace="browser", labels=LABELS),
    ),
    "browser-ingress": api(
        "networking.k8s.io/v1",
        "Ingress",
        browser.ingress("headlamp.localhost", namespace="browser", class_name="traefik", labels=LABELS),
    ),
    "monitoring-pod-monitor": monitoring.pod_monitor(TARGET, namespace="monitoring", labels=LABELS),
    "monitoring-grafana-ingress": api(
        "networking.k8s.io/v1",
        "Ingress",
        monitoring.grafana_ingress(Monitoring(), namespace="monitoring", class_name="traefik", labels=LABELS),
    ),
}


VARIANTS = {
    **databases.VARIANTS,
    "eks-gateway-values-plain": "eks-gateway-values",
    "frontend-cache-queue": "frontend-cache",
    "frontend-deployment-no-metrics": "frontend-deployment",
    "frontend-deployment-rich": "frontend-deployment",
    "monitoring-values-full": "monitoring-values",
}
"""Object with other settings -> object whose golden has all other lines: its own has only the difference."""


def rendered(value: Any) -> str:
    # By way of JSON, since YAML would write what two objects share only once, as an anchor.
    return yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False, width=120)


def golden(name: str) -> tuple[Path, str]:
    """Return the golden file of an object, and its expected content."""
    text = rendered(OBJECTS[name])
    if name not in VARIANTS:
        return GOLDEN / f"{name}.yaml", text
    lines = difflib.unified_diff(rendered(OBJECTS[VARIANTS[name]]).splitlines(), text.splitlines(), n=2, lineterm="")
    # Without file names and line numbers, which change with unrelated lines.
    return GOLDEN / f"{name}.diff", "".join(f"{line[:2] if line[:2] == '@@' else line}\n" for line in list(lines)[2:])


@pytest.mark.parametrize("name", OBJECTS)
def test_builder_gives_what_its_golden_says(name: str) -> None:
    file, text = golden(name)
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")

    assert file.is_file(), "no golden: run `make golden` and look at it"
    assert text == file.read_text(encoding="utf-8"), "run `make golden` and look at the difference"


def test_every_golden_has_a_builder() -> None:
    assert {file for file in GOLDEN.iterdir() if file.suffix in {".yaml", ".diff"}} == {
        golden(name)[0] for name in OBJECTS
    }


FOREIGN = ("cnpg.io", "coreos", "kind.x", "eks.amazonaws.com", "karpenter.sh")
"""Groups that are not Kubernetes' own."""


def validated() -> dict[str, Any]:
    flat = {}
    for name, value in OBJECTS.items():
        for index, manifest in enumerate(value if isinstance(value, list) else [value]):
            group = str(manifest.get("apiVersion", ""))
            if manifest.get("kind") not in (None, "Config") and not any(part in group for part in FOREIGN):
                flat[f"{name}-{index}"] = manifest
    return flat


@pytest.mark.parametrize("name", validated())
def test_kubernetes_takes_it(name: str) -> None:
    # Pulumi's own annotations aside, the object is what the API server gets.
    manifest = yaml.safe_load(rendered(validated()[name]))

    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_schema_check_refuses_a_wrong_object() -> None:
    wrong = yaml.safe_load(rendered(OBJECTS["frontend-deployment"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)
