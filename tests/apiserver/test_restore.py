"""A restored revision on a real API server: field managers, order of lists, and the next update.

No controller runs here, so the tests create ReplicaSets and scale the Deployment as the controllers do.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from components.frontend import manifests
from components.frontend.context import WebAppContext
from pocdeploy.config import AppSettings
from pocdeploy.kube.client import from_kubeconfig
from pocdeploy.release import hosts, revisions
from pocdeploy.release.revisions import PASSED_ANNOTATION, REVISION, Revisions
from tests.apiserver.client import Api

PROVIDER = "pulumi-kubernetes-1a2b3c4d"
"""Field manager name as the provider generates it."""
CONTROLLERS = "kube-controller-manager"
NAMESPACE = "restore"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/polls"
FIRST = {"ALPHA": "1", "DROPPED": "$(ALPHA)", "OMEGA": "3"}
SECOND = {"OMEGA": "4", "ADDED": "5", "ALPHA": "1"}
THIRD = {"ALPHA": "6"}


def manifest(env: dict[str, str], image: str) -> dict[str, Any]:
    """Return a release of an application as the program registers it."""
    context = WebAppContext(
        name="polls",
        namespace=NAMESPACE,
        app=AppSettings(host="localhost", env=env, metrics_port=9000 if env is SECOND else None),
        image=f"registry.example.com/polls@sha256:{image * 64}",
        environment=[],
        secret=f"polls-{image}",
        origins=["http://localhost"],
        labels={"app.kubernetes.io/name": "polls"},
    )
    built = manifests.deployment(context, topology_key="kubernetes.io/hostname", release=image)
    return {"apiVersion": "apps/v1", "kind": "Deployment", **built}


@pytest.fixture
def namespace(api: Api) -> Iterator[None]:
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    api.apply(made)
    yield
    api.delete({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "polls", "namespace": NAMESPACE}})
    api.delete(made)


def provide(api: Api, release: dict[str, Any]) -> dict[str, Any]:
    """Apply a release as the provider does; return the Deployment."""
    content = "application/apply-patch+yaml"
    applied: dict[str, Any] = api.request(
        "PATCH", DEPLOYMENT, release, content=content, fieldManager=PROVIDER, force="true"
    )
    return applied


def control(api: Api, path: str, patch: dict[str, Any]) -> None:
    api.request("PATCH", path, patch, content="application/merge-patch+json", fieldManager=CONTROLLERS)


def roll_out(api: Api, number: int, release: dict[str, Any]) -> dict[str, Any]:
    """Apply a release and create its ReplicaSet as the Deployment's controller does; return the ReplicaSet."""
    deployment = provide(api, release)
    control(api, DEPLOYMENT, {"metadata": {"annotations": {REVISION: str(number)}}})
    template, selector = copy.deepcopy(deployment["spec"]["template"]), deployment["spec"]["selector"]["matchLabels"]
    template["metadata"]["labels"]["pod-template-hash"] = f"h{number}"
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "polls", "uid": deployment["metadata"]["uid"]}
    made: dict[str, Any] = api.request(
        "POST",
        f"/apis/apps/v1/namespaces/{NAMESPACE}/replicasets",
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"polls-{number}-{release['spec']['template']['spec']['containers'][0]['image'][-4:]}",
                "labels": template["metadata"]["labels"],
                "annotations": {REVISION: str(number), **({PASSED_ANNOTATION: "true"} if number == 1 else {})},
                "ownerReferences": [{**owner, "controller": True}],
            },
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {**selector, "pod-template-hash": f"h{number}"}},
                "template": template,
            },
        },
        fieldManager=CONTROLLERS,
    )
    return made


@pytest.fixture
def failed(api: Api, namespace: None) -> Iterator[dict[str, Any]]:
    """Roll out a good release and a bad one; yield the ReplicaSet of the good one."""
    good = roll_out(api, 1, manifest(FIRST, "a"))
    control(api, f"{DEPLOYMENT}/scale", {"spec": {"replicas": 5}})
    bad = roll_out(api, 2, manifest(SECOND, "b"))
    yield good
    for each in (good, bad):
        api.delete({**each, "apiVersion": "apps/v1", "kind": "ReplicaSet"})


def restore(api: Api) -> dict[str, Any]:
    """Restore the last good revision; return the Deployment."""
    result = Revisions(from_kubeconfig(api.kubeconfig()), NAMESPACE, "polls").restore(0)
    assert result == "Restored: revision 1 with its image, configuration and secrets. Its pods are still starting."
    deployment: dict[str, Any] = api.request("GET", DEPLOYMENT)
    return deployment


def variables(deployment: dict[str, Any]) -> dict[str, str]:
    return {it["name"]: it["value"] for it in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}


def test_restored_template_is_that_of_the_revision(api: Api, failed: dict[str, Any]) -> None:
    """The Deployment's controller reuses a ReplicaSet, and its pods, only if the templates are equal."""
    before = api.request("GET", DEPLOYMENT)
    deployment = restore(api)
    expected = copy.deepcopy(failed["spec"]["template"])
    del expected["metadata"]["labels"]["pod-template-hash"]

    assert deployment["spec"]["template"] == expected
    assert {**deployment["spec"], "template": None} == {**before["spec"], "template": None}
    assert deployment["spec"]["replicas"] == 5
    assert deployment["metadata"]["labels"] == before["metadata"]["labels"]
    assert deployment["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert {it["manager"] for it in deployment["metadata"]["managedFields"]} == {PROVIDER, CONTROLLERS}


def test_next_update_removes_what_was_restored(api: Api, failed: dict[str, Any]) -> None:
    restore(api)
    updated = provide(api, manifest(THIRD, "c"))
    fresh = api.try_out({**manifest(THIRD, "c"), "metadata": {"name": "fresh", "namespace": NAMESPACE}})

    assert updated["spec"]["template"] == fresh["spec"]["template"]
    assert updated["spec"]["replicas"] == 5


def test_release_can_be_rolled_out_again(api: Api, failed: dict[str, Any]) -> None:
    bad = api.request("GET", DEPLOYMENT)["spec"]["template"]
    restore(api)
    with pytest.raises(TimeoutError):
        Revisions(from_kubeconfig(api.kubeconfig()), NAMESPACE, "polls").roll_forward("b", 0)

    assert api.request("GET", DEPLOYMENT)["spec"]["template"] == bad


def test_route_follows_the_pods_until_the_next_update(api: Api, failed: dict[str, Any]) -> None:
    path, context = f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/ingresses", WebAppContext
    new = context(
        name="polls",
        namespace=NAMESPACE,
        app=AppSettings(host="new.example.com"),
        image="",
        environment=[],
        secret="",
        origins=[],
        labels={"app.kubernetes.io/name": "polls"},
    )
    built = manifests.ingress(new, class_name="nginx", annotations={"example.com/a": "b"}, tls=True)
    wanted = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **built}
    content, force = "application/apply-patch+yaml", {"fieldManager": PROVIDER, "force": "true"}
    before = api.request("PATCH", f"{path}/polls", wanted, content=content, **force)
    hosts.route(from_kubeconfig(api.kubeconfig()), NAMESPACE, "polls", restore(api)["spec"]["template"])
    routed = api.request("GET", f"{path}/polls")
    # As the provider does without `patchForce`: another manager of these fields would be a conflict.
    again = api.request("PATCH", f"{path}/polls", wanted, content=content, fieldManager=PROVIDER)
    api.delete(wanted)

    assert routed["spec"]["rules"][0]["host"] == "localhost"
    assert routed["spec"]["tls"] == [{"hosts": ["localhost"], "secretName": "polls-tls"}]
    assert routed["metadata"]["annotations"] == {"example.com/a": "b"}
    assert again["spec"] == before["spec"]


def test_other_manager_would_keep_removed_variables(
    api: Api, failed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason for the provider's name: what another manager has applied outlives the next update."""
    monkeypatch.setattr(revisions, "manager_of", lambda *_: "someone-else")
    restore(api)
    updated = provide(api, manifest(THIRD, "c"))

    assert "DROPPED" in variables(updated)
