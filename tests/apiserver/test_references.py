"""Nothing in a stack refers to what is not there, and its NetworkPolicies let through who has to get through."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.apiserver import flows, made, objects, references
from tests.apiserver.conftest import ONE_STACK, Applied
from tests.apiserver.objects import Object, Template
from tests.apiserver.references import World

DATABASE_PORT = 5432


def test_every_reference_leads_somewhere(applied: Applied) -> None:
    assert references.problems(applied.world, applied.objects) == []


WEB = "app.kubernetes.io/component"
# Object, change, and a part of what has to be said about it.
BREAKS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "secret of envFrom": (
        "Deployment",
        lambda o: _container(o)["envFrom"][0]["secretRef"].update(name="x"),
        "no Secret x",
    ),
    "secret of a variable": (
        "Job",
        lambda o: _container(o)["env"].append(_from_secret("gone", "key")),
        "no Secret gone",
    ),
    "key of the operator's secret": (
        "Job",
        lambda o: _container(o)["env"].append(_from_secret("polls-db-app", "pass")),
        "Secret polls-db-app has no key pass",
    ),
    "config map": (
        "Deployment",
        lambda o: _pod(o)["volumes"].append({"name": "x", "configMap": {"name": "x"}}),
        "no ConfigMap x",
    ),
    "claim": (
        "Deployment",
        lambda o: _pod(o)["volumes"].append({"name": "x", "persistentVolumeClaim": {"claimName": "x"}}),
        "no PersistentVolumeClaim x",
    ),
    "account": ("Deployment", lambda o: _pod(o).update(serviceAccountName="x"), "no ServiceAccount x"),
    "probe": ("Deployment", lambda o: _container(o)["readinessProbe"]["httpGet"].update(port="x"), "asks port x"),
    "connection": ("Deployment", lambda o: _container(o)["livenessProbe"]["tcpSocket"].update(port="x"), "asks port x"),
    "service selector": ("Service", lambda o: o["spec"]["selector"].update({WEB: "x"}), "matches no pod"),
    "service target": ("Service", lambda o: o["spec"]["ports"][0].update(targetPort="x"), "leads to port x"),
    "ingress class": ("Ingress", lambda o: o["spec"].update(ingressClassName="nginx"), "no IngressClass nginx"),
    "backend": ("Ingress", lambda o: _backend(o).update(name="x"), "no Service x"),
    "backend port": ("Ingress", lambda o: _backend(o).update(port={"name": "x"}), "has no port"),
    "autoscaler": (
        "HorizontalPodAutoscaler",
        lambda o: o["spec"]["scaleTargetRef"].update(name="x"),
        "no apps/v1 Deployment x",
    ),
    "autoscaler without requests": (
        "HorizontalPodAutoscaler",
        lambda o: o["spec"]["metrics"][0]["resource"].update(name="example.com/gpu"),
        "requests none",
    ),
    "budget": (
        "PodDisruptionBudget",
        lambda o: o["spec"]["selector"]["matchLabels"].update({WEB: "x"}),
        "matches no pod",
    ),
    "policy": ("NetworkPolicy", lambda o: o["spec"].update(podSelector={"matchLabels": {"a": "b"}}), "matches no pod"),
    "peer": (
        "NetworkPolicy",
        lambda o: o["spec"].update(egress=[{"to": [{"podSelector": {"matchLabels": {"a": "b"}}}]}]),
        "egress is allowed with",
    ),
    "peer in a namespace that is not there": (
        "NetworkPolicy",
        lambda o: o["spec"].update(
            ingress=[{"from": [{"namespaceSelector": {"matchLabels": {references.NAMESPACE_NAME: "ingress-nginx"}}}]}]
        ),
        "ingress is allowed with",
    ),
    "policy's port": (
        "NetworkPolicy",
        lambda o: o["spec"].update(ingress=[{"ports": [{"port": "x"}]}]),
        "TCP port x",
    ),
    "storage class": ("Cluster", lambda o: o["spec"]["storage"].update(storageClass="fast"), "no StorageClass fast"),
}


@ONE_STACK
@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_reference_is_found(applied: Applied, broken: str) -> None:
    kind, change, reason = BREAKS[broken]
    found = next(each for each in applied.objects if each["kind"] == kind and each["metadata"]["namespace"] == "polls")
    wrong = copy.deepcopy(found)
    change(wrong)
    world = World.of([*(each for each in applied.world.objects if each is not found), wrong])
    assert any(reason in problem for problem in references.problems(world, [wrong]))


def test_wildcards_and_loose_bindings_are_found() -> None:
    role: Object = {
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["pods/*"], "verbs": ["get"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]},
        ],
    }
    binding: Object = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "n"}],
    }
    found = references.problems(World.of([role]), [role, binding])
    assert [text.split(": ")[1] for text in found] == [
        "it grants every one of resources",
        "it grants every one of verbs",
        "it grants cluster-admin",
        "there is no ClusterRole cluster-admin",
        "there is no ServiceAccount a",
    ]


def test_a_monitor_of_nothing_is_found() -> None:
    metadata = {"name": "m", "namespace": "monitoring"}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "podMetricsEndpoints": [{"port": "metrics"}]}
    monitor: Object = {"kind": "PodMonitor", "metadata": metadata, "spec": spec}
    assert "matches no pod" in references.problems(World.of([]), [monitor])[0]


TRAEFIK_WEB = 8000
"""Port of the entry point `web` in the chart's pod."""


@pytest.fixture
def polls(applied: Applied) -> Applied:
    """Return a stack with the application polls."""
    if not any(each["metadata"]["name"] == "polls" for each in applied.objects):
        pytest.skip("this stack has no application polls, whose pods these tests name")
    return applied


def test_policies_let_through_who_has_to_get_through(polls: Applied) -> None:
    wanted = list(_wanted_flows(polls))
    assert [text for flow in wanted for text in flows.blocked(polls.world, *flow)] == []
    assert {"polls"} <= {target.namespace for _, target, *_ in wanted}


def test_policies_keep_out_everybody_else(polls: Applied) -> None:
    stranger = Template(
        owner="stranger", namespace="cnpg-system", labels={"app.kubernetes.io/name": "x"}, spec={"containers": []}
    )
    inside = Template(owner="inside", namespace="polls", labels={}, spec={"containers": []})
    grafana = Template(
        owner="grafana", namespace="monitoring", labels={"app.kubernetes.io/name": "grafana"}, spec={"containers": []}
    )
    web = next(pod for pod in polls.world.pods if pod.owner == "Deployment polls/polls")
    database = next(pod for pod in polls.world.pods if pod.labels == {"cnpg.io/cluster": "polls-db"})
    for source, target, port in (
        (stranger, web, "http"),
        (inside, web, "http"),
        (inside, database, DATABASE_PORT),
        (web, stranger, 443),
        (database, web, "http"),
        (grafana, web, "metrics"),
        (grafana, database, "metrics"),
    ):
        assert flows.blocked(polls.world, source, target, port), f"{source.owner} -> {target.owner} {port}"


def test_two_applications_do_not_reach_each_others_database(polls: Applied) -> None:
    """Unless it is shared: then the clients get to it, and it is for its own rules to keep them apart."""
    world = polls.world
    shared = {each["spec"]["name"] for each in polls.objects if each["kind"] == "Database"}
    databases = [pod for pod in world.pods if "cnpg.io/cluster" in pod.labels]
    clients = [pod for pod in world.pods if pod.labels.get(WEB) == "web"]
    through = {
        (client.namespace, database.namespace)
        for client in clients
        for database in databases
        if not flows.blocked(world, client, database, DATABASE_PORT)
    }
    own = {(database.namespace, database.namespace) for database in databases}
    assert through == own | {(guest, "polls") for guest in shared}


def test_a_policy_for_the_wrong_pods_blocks(polls: Applied) -> None:
    stored = copy.deepcopy(polls.world.objects)
    policy = next(each for each in stored if objects.label(each) == "NetworkPolicy polls/web")
    policy["spec"]["podSelector"]["matchLabels"][WEB] = "migrate"  # such pods exist, so the reference is a good one
    world = World.of(stored)
    assert any(flows.blocked(world, *flow) for flow in _wanted_flows(polls))


def _wanted_flows(applied: Applied) -> Iterator[tuple[Template, Template, int | str, str]]:
    """Yield who has to reach whom, read off the objects: gateway, monitoring, database clients, operator, DNS."""
    world = applied.world
    (traefik,) = (pod for pod in world.pods if pod.labels.get("app.kubernetes.io/name") == "traefik")
    for ingress in (each for each in applied.objects if each["kind"] == "Ingress"):
        name = _backend(ingress)["name"]
        service = world.find("Service", name, ingress["metadata"]["namespace"])
        assert service is not None
        for target in _behind(world, service):
            yield traefik, target, service["spec"]["ports"][0]["targetPort"], "TCP"
    for smoke in (pod for pod in world.pods if pod.labels.get("app.kubernetes.io/component") == "smoke"):
        asked = next(each["value"] for each in smoke.spec["containers"][0]["env"] if each["name"] == "SMOKE_URL")
        name, namespace = asked.removeprefix("http://").split(".")[:2]
        service = world.find("Service", name, namespace)
        if service is None:  # the chart's
            yield smoke, _pod_of(world, namespace, name), TRAEFIK_WEB, "TCP"
        else:  # past the gateway, where that is not the stack's, or leads to https only
            for target in _behind(world, service):
                yield smoke, target, service["spec"]["ports"][0]["targetPort"], "TCP"
    for monitor in (each for each in applied.objects if each["kind"] == "PodMonitor"):
        for namespace in monitor["spec"]["namespaceSelector"]["matchNames"]:
            for target in world.selected(monitor["spec"]["selector"], namespace):
                port = monitor["spec"]["podMetricsEndpoints"][0]["port"]
                yield _pod_of(world, "monitoring", "prometheus"), target, port, "TCP"
    for cluster in (each for each in applied.objects if each["kind"] == "Cluster"):
        name, namespace = cluster["metadata"]["name"], cluster["metadata"]["namespace"]
        database = next(pod for pod in world.pods if pod.labels == {"cnpg.io/cluster": name})
        operator = _pod_of(world, "cnpg-system", "cloudnative-pg")
        clients = [pod for pod in world.pods if pod.namespace == namespace and f"'{name}-app'" in str(pod.spec)]
        roles = [client.labels.get("app.kubernetes.io/component") for client in clients]
        more = sum(role in {"database-mask", "restore-drill"} for role in roles)
        assert len(clients) == 4 + more, "the Deployment and three Jobs, what masks a copy, and the drill"
        yield from ((client, database, DATABASE_PORT, "TCP") for client in clients)
        yield from ((operator, database, port, "TCP") for port in (DATABASE_PORT, made.POSTGRES["status"]))
        yield from ((database, database, port, "TCP") for port in (DATABASE_PORT, made.POSTGRES["status"]))
    for secret in (each for each in applied.objects if each["kind"] == "Secret" and "dbname" in each.get("data", {})):
        # A database in another application's cluster: its clients are in their own namespace.
        name, namespace = secret["metadata"]["name"], secret["metadata"]["namespace"]
        role = next(each for each in applied.objects if each["kind"] == "Database")
        cluster = {"cnpg.io/cluster": role["spec"]["cluster"]["name"]}
        database = next(pod for pod in world.pods if pod.labels == cluster)
        clients = [pod for pod in world.pods if pod.namespace == namespace and f"'{name}'" in str(pod.spec)]
        assert len(clients) == 4, "the Deployment and three Jobs"
        yield from ((client, database, DATABASE_PORT, "TCP") for client in clients)
    names = next(pod for pod in world.pods if pod.labels == {"k8s-app": "kube-dns"})
    for pod in world.pods:
        yield from ((pod, names, 53, protocol) for protocol in ("UDP", "TCP") if pod is not names)


def _pod_of(world: World, namespace: str, name: str) -> Template:
    return world.selected({"matchLabels": {"app.kubernetes.io/name": name}}, namespace)[0]


def _behind(world: World, service: Object) -> list[Template]:
    return world.selected({"matchLabels": service["spec"]["selector"]}, service["metadata"]["namespace"])


def _pod(manifest: Object) -> dict[str, Any]:
    spec: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return spec


def _container(manifest: Object) -> dict[str, Any]:
    container: dict[str, Any] = _pod(manifest)["containers"][0]
    return container


def _from_secret(name: str, key: str) -> dict[str, Any]:
    return {"name": "BROKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def _backend(ingress: Object) -> dict[str, Any]:
    service: dict[str, Any] = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    return service
