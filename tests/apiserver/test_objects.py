"""Every object of every stack goes through a real API server: schema, defaults, validation rules and admission."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.apiserver import objects
from tests.apiserver.client import Api, Refused
from tests.apiserver.conftest import ONE_STACK, Applied
from tests.apiserver.objects import Object, Template

Change = Callable[[Any], None]


def test_every_object_is_accepted_without_a_warning(applied: Applied) -> None:
    assert applied.refused == []
    assert applied.warnings == []
    assert len(applied.objects) > 15


def test_every_pod_is_admitted_where_it_is_to_run(api: Api, applied: Applied) -> None:
    refused, pods = [], list(objects.templates(applied.objects))
    for pod in pods:
        try:
            api.try_out(pod.pod())
        except Refused as refusal:
            refused.append(f"{pod.owner}: {refusal}")
    assert refused == []
    assert {pod.owner.split()[0] for pod in pods} - {"CronJob"} == {"Deployment", "Job"}


# Every way in which a pod can ask for more than `restricted` gives, and what the server calls it.
EXCESSES: dict[str, tuple[Change, str]] = {
    "privileged": (lambda pod: _security(pod).update(privileged=True, allowPrivilegeEscalation=True), "privileged"),
    "root": (lambda pod: pod["securityContext"].update(runAsUser=0), "runAsUser=0"),
    "maybe root": (lambda pod: pod["securityContext"].pop("runAsNonRoot"), "runAsNonRoot != true"),
    "capabilities": (lambda pod: _security(pod).pop("capabilities"), "unrestricted capabilities"),
    "escalation": (lambda pod: _security(pod).pop("allowPrivilegeEscalation"), "allowPrivilegeEscalation != false"),
    "seccomp": (lambda pod: pod["securityContext"].pop("seccompProfile"), "seccompProfile"),
    "host network": (lambda pod: pod.update(hostNetwork=True), "host namespaces"),
    "host path": (
        lambda pod: pod.setdefault("volumes", []).append({"name": "host", "hostPath": {"path": "/"}}),
        "restricted volume types",
    ),
}


@ONE_STACK
@pytest.mark.parametrize("excess", EXCESSES)
def test_no_pod_with_more_rights_gets_in(api: Api, applied: Applied, excess: str) -> None:
    change, reason = EXCESSES[excess]
    for pod in objects.templates(applied.objects):
        more = copy.deepcopy(pod.pod())
        change(more["spec"])
        with pytest.raises(Refused, match=reason):
            api.try_out(more)


def _security(pod: dict[str, Any]) -> dict[str, Any]:
    context: dict[str, Any] = pod["containers"][0]["securityContext"]
    return context


def test_every_namespace_of_the_program_enforces_a_standard(applied: Applied) -> None:
    enforced = {
        each["metadata"]["name"]: each["metadata"]["labels"].get("pod-security.kubernetes.io/enforce")
        for each in applied.objects
        if each["kind"] == "Namespace"
    }
    # node-exporter reads the node's own file system and network.
    assert enforced == {name: "privileged" if name == "monitoring" else "restricted" for name in enforced}
    before = {each["metadata"]["name"] for each in applied.recorded.given if each["kind"] == "Namespace"}
    homes = {each["metadata"]["namespace"] for each in applied.objects if each["kind"] == "Deployment"}
    assert {"cnpg-system", *homes} <= enforced.keys() | before


MISTAKES: dict[str, tuple[str, Change, str]] = {
    "unknown field": ("Deployment", lambda spec: spec.update(replica=2), r'unknown field "?\.?spec\.replica'),
    "unknown field of a container": (
        "Job",
        lambda spec: spec["template"]["spec"]["containers"][0].update(image_name="x"),
        "image_name",
    ),
    "wrong type": ("Service", lambda spec: spec["ports"][0].update(port="eighty"), "port"),
    "selector of other pods": (
        "Deployment",
        lambda spec: spec["selector"]["matchLabels"].update({"app.kubernetes.io/name": "other"}),
        "selector. does not match",
    ),
    "no such path type": (
        "Ingress",
        lambda spec: spec["rules"][0]["http"]["paths"][0].update(pathType="prefix"),
        "pathType",
    ),
    "minimum over maximum": ("HorizontalPodAutoscaler", lambda spec: spec.update(minReplicas=99), "minReplicas"),
    "unknown field of a Cluster": ("Cluster", lambda spec: spec.update(instance=3), 'unknown field "spec\\.instance"'),
    "no instance": ("Cluster", lambda spec: spec.update(instances=0), "greater than or equal to 1"),
    "unknown strategy": (
        "Cluster",
        lambda spec: spec.update(primaryUpdateStrategy="never"),
        "Unsupported value: .never.",
    ),
    "rule on two fields": (
        "Cluster",
        lambda spec: spec.update(
            imageCatalogRef={"apiGroup": "postgresql.cnpg.io", "kind": "ImageCatalog", "name": "x", "major": 18}
        ),
        "imageName and imageCatalogRef are mutually exclusive",
    ),
    "rule on a number": (
        "Cluster",
        lambda spec: spec["postgresql"].setdefault("synchronous", {"method": "any"}).update(number=0),
        "synchronous replicas should be greater than zero",
    ),
}


@ONE_STACK
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused(api: Api, applied: Applied, mistake: str) -> None:
    kind, change, reason = MISTAKES[mistake]
    wrong = copy.deepcopy(_first(applied, kind))
    change(wrong["spec"])
    with pytest.raises(Refused, match=reason):
        api.try_out(wrong)


SHARED = {
    "unknown field of a Database": (
        "Database",
        {"cluster": {"name": "c"}, "name": "n", "owner": "o", "own": "x"},
        "own",
    ),
    "reserved database": ("Database", {"cluster": {"name": "c"}, "name": "postgres", "owner": "o"}, "reserved"),
    "unknown field of a role": ("DatabaseRole", {"cluster": {"name": "c"}, "name": "n", "super": True}, "super"),
    "reserved role": ("DatabaseRole", {"cluster": {"name": "c"}, "name": "postgres"}, "reserved"),
}


@pytest.mark.parametrize("mistake", SHARED)
def test_a_mistake_in_a_shared_database_is_refused(api: Api, mistake: str) -> None:
    kind, spec, reason = SHARED[mistake]
    metadata = {"name": "wrong", "namespace": "default"}
    with pytest.raises(Refused, match=reason):
        api.try_out({"apiVersion": "postgresql.cnpg.io/v1", "kind": kind, "metadata": metadata, "spec": spec})


def test_an_unknown_field_of_a_pod_monitor_is_refused(api: Api) -> None:
    monitor = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": "wrong", "namespace": "default"},
        "spec": {"selector": {}, "podMetricsEndpoint": []},
    }
    with pytest.raises(Refused, match="podMetricsEndpoint"):
        api.try_out(monitor)


def test_a_database_gets_defaults_and_keeps_the_programs_values(applied: Applied) -> None:
    spec = _first(applied, "Cluster")["spec"]
    assert (spec["logLevel"], spec["postgresUID"], spec["startDelay"]) == ("info", 26, 3600)
    assert spec["replicationSlots"]["highAvailability"]["enabled"] is True
    asked = next(each.inputs for each in applied.recorded.resources if each.type.endswith("cnpg.io/v1:Cluster"))["spec"]
    assert _within(asked, spec) == asked


def _within(asked: Any, stored: Any) -> Any:
    """Return the part of ``stored`` that was asked for, without what the server has added."""
    if isinstance(asked, dict):
        return {key: _within(value, stored.get(key)) for key, value in asked.items()}
    return stored


def test_templates_are_found_in_every_kind_that_makes_pods() -> None:
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}
    kinds: dict[str, Any] = {
        "Deployment": {"template": pod},
        "Job": {"template": pod},
        "CronJob": {"jobTemplate": {"spec": {"template": pod}}},
    }
    found = list(objects.templates([_bare(kind, spec) for kind, spec in kinds.items()]))
    assert found == [
        Template(owner=f"{kind} ns/x", namespace="ns", labels={"a": "b"}, spec={"containers": []}) for kind in kinds
    ]


def _bare(kind: str, spec: dict[str, Any]) -> Object:
    return {"kind": kind, "metadata": {"name": "x", "namespace": "ns"}, "spec": spec}


def _first(applied: Applied, kind: str) -> Object:
    """Return the first object of a kind, as the server stores it, ready to be sent again under another name."""
    found = next(each for each in applied.objects if each["kind"] == kind)
    metadata = {"name": f"{found['metadata']['name']}-wrong", "namespace": found["metadata"]["namespace"]}
    return {**found, "metadata": metadata}
