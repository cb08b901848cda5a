"""Golden YAML of every builder: a change in what is deployed shows up as a change in a file.

`make golden` writes them anew. Goldens alone would approve nonsense, so each Kubernetes object is also validated
against the API's schema, strictly; custom resources against their real CRDs in the API-server tests.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from components import namespace
from components.backend import manifests as backend
from components.backend import operator
from components.cluster import Exposure
from components.cluster.kind import manifests as kind
from components.frontend import manifests as frontend
from components.gateway import manifests as gateway
from components.monitoring import manifests as monitoring
from components.scrape import ScrapeTarget
from pocdeploy.settings import AppSettings, Database, KindSettings, Monitoring

GOLDEN = Path(__file__).parents[1] / "golden"
KUBERNETES = "1.34"
LABELS = {"app.kubernetes.io/name": "polls", "app.kubernetes.io/part-of": "pocdeploy"}
IMAGE = "localhost:5001/polls@sha256:" + "ab" * 32


def site(**settings: Any) -> frontend.Site:
    app = AppSettings(host="localhost", **settings)
    return frontend.Site(
        name="polls",
        namespace="polls",
        app=app,
        image=IMAGE,
        environment=backend.connection("polls", {}),
        database_identity="0f6e",
        wait=[backend.wait_container("polls", Database())],
        secret="polls-environment-1a2b3c",
        origin="http://localhost",
        labels=LABELS,
    )


def api(version: str, kind: str, manifest: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, **manifest}


def policy(name: str, spec: Any) -> dict[str, Any]:
    return api(
        "networking.k8s.io/v1", "NetworkPolicy", {"metadata": {"name": name, "namespace": "polls"}, "spec": spec}
    )


def database_cluster(database: Database) -> dict[str, Any]:
    return backend.cluster(
        "polls",
        namespace="polls",
        labels=LABELS,
        database=database,
        storage_class="standard",
        topology_key="kubernetes.io/hostname",
    )


def ready_job(database: Database) -> dict[str, Any]:
    return api("batch/v1", "Job", backend.ready_job("polls", namespace="polls", labels=LABELS, database=database))


TUNED = Database(instances=1, version=17, parameters={"max_connections": "200", "shared_buffers": "128MB"})
EXPOSURE = Exposure(service_type="NodePort", node_ports=kind.NODE_PORTS, status_host="localhost")
TARGET = ScrapeTarget(name="polls", role="application", namespace="polls", match_labels=LABELS, port="metrics")

OBJECTS: dict[str, Any] = {
    "kind-cluster": yaml.safe_load(kind.cluster_config(KindSettings())),
    "kind-registry-hosting": api("v1", "ConfigMap", kind.registry_hosting(5001)),
    "namespace-policies": [policy(name, spec) for name, spec in namespace.network_policies().items()],
    "operator-values": operator.values(),
    "database-cluster": database_cluster(Database()),
    "database-cluster-tuned": database_cluster(TUNED),
    "database-ready-job": ready_job(Database()),
    "database-ready-job-tuned": ready_job(TUNED),
    "database-policies": [
        policy(name, spec)
        for name, spec in backend.network_policies(
            "polls",
            clients={"app.kubernetes.io/name": "polls"},
            operator_namespace="cnpg-system",
            monitoring_namespace="monitoring",
        ).items()
    ],
    "frontend-migrate-job": api(
        "batch/v1", "Job", frontend.migrate_job(site(), command=["./migrate"], check=["./check"])
    ),
    "frontend-smoke-job": api(
        "batch/v1",
        "Job",
        frontend.smoke_job(site(), command=["./smoke"], gateway_url="http://traefik.gateway.svc", release="0f6e"),
    ),
    "frontend-admin-job": api(
        "batch/v1",
        "Job",
        frontend.admin_job(site(), command=["./admin"], secret="polls-admin-1a2b3c"),
    ),
    "frontend-deployment": api(
        "apps/v1", "Deployment", frontend.deployment(site(), topology_key="zone", release="0f6e")
    ),
    "frontend-deployment-no-metrics": api(
        "apps/v1",
        "Deployment",
        frontend.deployment(site(metrics_port=None, env={"GREETING": "hello"}), topology_key="zone", release="0f6e"),
    ),
    "frontend-service": api("v1", "Service", frontend.service(site())),
    "frontend-ingress": api("networking.k8s.io/v1", "Ingress", frontend.ingress(site(), class_name="traefik")),
    "frontend-autoscaler": api("autoscaling/v2", "HorizontalPodAutoscaler", frontend.autoscaler(site())),
    "frontend-disruption-budget": api("policy/v1", "PodDisruptionBudget", frontend.disruption_budget(site())),
    "frontend-policy": api(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        frontend.network_policy(site(), gateway_namespace="gateway", monitoring_namespace="monitoring"),
    ),
    "frontend-smoke-policy": api(
        "networking.k8s.io/v1", "NetworkPolicy", frontend.smoke_policy(site(), gateway_namespace="gateway")
    ),
    "gateway-values": gateway.values(EXPOSURE, class_name="traefik", labels=LABELS),
    "monitoring-values": monitoring.values(Monitoring(), grafana_secret="grafana-admin-1a2b3c", labels=LABELS),
    "monitoring-pod-monitor": monitoring.pod_monitor(TARGET, namespace="monitoring", labels=LABELS),
    "monitoring-grafana-ingress": api(
        "networking.k8s.io/v1",
        "Ingress",
        monitoring.grafana_ingress(Monitoring(), namespace="monitoring", class_name="traefik", labels=LABELS),
    ),
}


def rendered(value: Any) -> str:
    # By way of JSON, since YAML would write what two objects share only once, as an anchor.
    return yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False, width=120)


@pytest.mark.parametrize("name", OBJECTS)
def test_builder_gives_what_its_golden_says(name: str) -> None:
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(rendered(OBJECTS[name]), encoding="utf-8")

    assert file.is_file(), "no golden: run `make golden` and look at it"
    assert rendered(OBJECTS[name]) == file.read_text(encoding="utf-8"), "run `make golden` and look at the difference"


def test_every_golden_has_a_builder() -> None:
    assert {file.stem for file in GOLDEN.glob("*.yaml")} == set(OBJECTS)


def validated() -> dict[str, Any]:
    flat = {}
    for name, value in OBJECTS.items():
        for index, manifest in enumerate(value if isinstance(value, list) else [value]):
            group = str(manifest.get("apiVersion", ""))
            if manifest.get("kind") and "cnpg.io" not in group and "coreos" not in group and "kind.x" not in group:
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
