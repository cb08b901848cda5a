"""Contracts of all components and objects, for every stack."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import RunError

from tests import fakecluster
from tests.program.recorder import Recorded, Registered, deploy, is_secret

NAMESPACED_LABELS = {
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/part-of",
}


def kubernetes(stack: Recorded) -> list[Registered]:
    return [resource for resource in stack.resources if resource.type.startswith("kubernetes:")]


def pod_specs(stack: Recorded) -> list[tuple[Registered, dict[str, Any]]]:
    return [
        (resource, resource.pod) for resource in [*stack.all("Deployment"), *stack.all("Job"), *stack.all("CronJob")]
    ]


def test_every_component_has_the_projects_type(any_stack: Recorded) -> None:
    types = {component.type for component in any_stack.components()}

    assert types
    assert all(re.fullmatch(r"pocdeploy:[a-z]+:[A-Z][A-Za-z]+", type_) for type_ in types)


def test_every_component_registers_its_outputs(any_stack: Recorded) -> None:
    missing = [component.urn for component in any_stack.components() if component.urn not in any_stack.outputs]

    assert missing == []


def test_every_resource_belongs_to_a_component(any_stack: Recorded) -> None:
    components = {component.urn for component in any_stack.components()}
    orphans = [
        resource.urn for resource in any_stack.resources if resource.custom and resource.parent not in components
    ]

    assert orphans == []


def test_objects_have_the_provider_and_are_deleted_with_kind(any_stack: Recorded) -> None:
    """In other clusters each object is deleted by itself."""
    cluster = kind_cluster(any_stack)
    providers = [resource.urn for resource in any_stack.all("kubernetes")]
    # The objects for nodes of EKS have their own provider, which is ready before the other one.
    everything_else = [resource for resource in kubernetes(any_stack) if ":Nodes$" not in resource.urn]

    for resource in kubernetes(any_stack):
        assert resource.provider.rpartition("::")[0] in providers, resource.urn
        assert deleted_with(any_stack, resource) == (cluster.urn if cluster else ""), resource.urn
    assert len({resource.provider for resource in everything_else}) == 1
    assert len(providers) == (1 if len(everything_else) == len(kubernetes(any_stack)) else 2)


def kind_cluster(stack: Recorded) -> Registered | None:
    """Return the command that creates the Kind cluster; None for other types of clusters."""
    found = [resource for resource in stack.all("Command") if resource.name.endswith("-kind")]
    elsewhere = stack.given or [resource for resource in stack.resources if resource.type.startswith("aws:eks/")]
    assert len(found) == (0 if elsewhere else 1)
    return found[0] if found else None


def deleted_with(stack: Recorded, resource: Registered) -> str:
    """Return what a resource is deleted with: its own option or that of the nearest parent, as in the engine."""
    while not resource.deleted_with and any(other.urn == resource.parent for other in stack.resources):
        resource = stack.by_urn(resource.parent)
    return resource.deleted_with


def test_every_object_has_the_standard_labels(any_stack: Recorded) -> None:
    ours = [r for r in kubernetes(any_stack) if r.kind != "Release" and r.name != "local-registry-hosting"]

    assert {r.name for r in ours if not set(r.inputs["metadata"]["labels"]) >= NAMESPACED_LABELS} == set()


def test_every_pod_is_restricted(any_stack: Recorded) -> None:
    specs = pod_specs(any_stack)

    assert specs
    for resource, pod in specs:
        assert pod["securityContext"]["runAsNonRoot"] is True, resource.name
        assert pod["securityContext"]["runAsUser"] > 0, resource.name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, resource.name
        # A drill creates a temporary cluster.
        assert pod["automountServiceAccountToken"] is resource.name.endswith("-db-drill-job"), resource.name
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, resource.name
            assert context["readOnlyRootFilesystem"] is True, resource.name
            assert context["capabilities"] == {"drop": ["ALL"]}, resource.name
            assert container["resources"]["requests"]["cpu"], resource.name
            assert container["resources"]["limits"]["memory"], resource.name


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def test_pulumi_waits_longer_than_a_job_runs(any_stack: Recorded) -> None:
    """Otherwise Pulumi reports a time-out and the Job still runs."""
    default = "10m"  # of the provider, for Jobs
    jobs = any_stack.all("Job")
    limits = {job.name: (seconds(job.timeouts.get("create", default)), job.inputs["spec"]) for job in jobs}

    assert {name for name, (limit, spec) in limits.items() if limit <= spec["activeDeadlineSeconds"]} == set()
    assert all("ttlSecondsAfterFinished" not in job.inputs["spec"] for job in jobs)
    # A failed Job is replaced, not waited for.
    annotation = "pulumi.com/replaceUnready"
    assert {job.inputs["metadata"]["annotations"].get(annotation) for job in jobs} <= {"true"}


def test_charts_are_pinned_and_rolled_back_if_they_fail(any_stack: Recorded) -> None:
    for release in any_stack.all("Release"):
        inputs = release.inputs

        assert inputs["atomic"] is True, release.name
        assert 300 <= inputs["timeout"] <= 600, release.name
        assert re.fullmatch(r"\d+\.\d+\.\d+", inputs["version"]), release.name
        assert release.hooks == {"on_error": (f"{release.name}-chart-failed",)}


def test_application_images_are_named_by_digest(any_stack: Recorded) -> None:
    others = ("-db-mask", "-db-drill-job", "-db-check-job")  # images of PostgreSQL and of the plugin
    ours = [r for r in pod_specs(any_stack) if not r[0].name.endswith(others)]

    for resource, pod in ours:
        for container in pod["containers"]:
            assert re.search(r"@sha256:[0-9a-f]{64}$", container["image"]), resource.name


def test_application_namespaces_are_restricted_and_closed(any_stack: Recorded) -> None:
    homes = {r.inputs["metadata"]["namespace"] for r in any_stack.all("Deployment")}
    policies = any_stack.all("NetworkPolicy")

    for home in homes:
        namespace = any_stack.one("Namespace", f"{home}-namespace").inputs["metadata"]
        assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        deny = next(p for p in policies if p.name == f"{home}-default-deny")
        assert deny.inputs["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_services_and_budgets_select_the_pods_of_the_deployment(any_stack: Recorded) -> None:
    for deployment in any_stack.serving():
        name = deployment.inputs["metadata"]["name"]
        template = deployment.inputs["spec"]["template"]
        pod_labels = template["metadata"]["labels"]
        ports = {port["name"] for container in template["spec"]["containers"] for port in container["ports"]}
        service = any_stack.one("Service", f"{name}-service").inputs
        budget = any_stack.one("PodDisruptionBudget", f"{name}-disruption-budget").inputs
        ingress = any_stack.one("Ingress", f"{name}-ingress").inputs
        backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]

        assert deployment.inputs["spec"]["selector"]["matchLabels"].items() <= pod_labels.items()
        assert service["spec"]["selector"].items() <= pod_labels.items()
        assert budget["spec"]["selector"]["matchLabels"].items() <= pod_labels.items()
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
        assert backend["name"] == service["metadata"]["name"]
        assert backend["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}
        assert "metrics" not in {port["targetPort"] for port in service["spec"]["ports"]}


def test_contents_of_secrets_are_marked(any_stack: Recorded) -> None:
    secrets = any_stack.all("Secret")

    assert secrets
    for secret in secrets:
        assert is_secret(secret.marked["stringData"]) or all(
            is_secret(value) for key, value in secret.marked["stringData"].items() if key not in NOT_SECRET
        ), secret.name
        assert set(secret.additional_secret_outputs) >= {"data", "stringData"}, secret.name


NOT_SECRET = {"ADMIN_USERNAME", "ADMIN_EMAIL", "username"}


def test_the_kubeconfig_is_a_secret(any_stack: Recorded) -> None:
    cluster = kind_cluster(any_stack)
    if any_stack.given:  # the user's own: the state has only its path
        provider = any_stack.one("kubernetes").inputs
        assert not provider["kubeconfig"].startswith("~")
        assert fakecluster.USER_MARK not in json.dumps([resource.inputs for resource in any_stack.resources])
        assert "kubeconfig" not in any_stack.stack_outputs
        return
    if cluster is None:  # it contains no secret, only the command that gets one
        for each in any_stack.all("kubernetes"):
            (user,) = yaml.safe_load(each.inputs["kubeconfig"])["users"]
            assert set(user["user"]) == {"exec"}
        assert "kubeconfig" not in any_stack.stack_outputs
        return

    assert is_secret(any_stack.stack_outputs["kubeconfig"])
    assert cluster.additional_secret_outputs == ("stdout",)
    assert cluster.inputs["logging"] == "none"


@pytest.mark.parametrize("value", ["canary-key", "canary-admin", "canary-api"])
def test_configured_secrets_are_only_in_secret_objects(two: Recorded, value: str) -> None:
    holders = [resource for resource in two.resources if value in json.dumps(resource.inputs)]

    assert [holder.kind for holder in holders] == ["Secret"]
    assert value not in json.dumps(without_secrets(holders[0].marked))
    assert value not in json.dumps(without_secrets(two.stack_outputs))


def without_secrets(value: Any) -> Any:
    if is_secret(value):
        return "[secret]"
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items()}
    return value


def test_bad_configuration_registers_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing was changed"):
        deploy({"cluster": {"workers": "x"}}, tmp_path)


def test_patch_that_does_not_apply_registers_nothing(tmp_path: Path) -> None:
    patches = tmp_path / "broken"
    patches.mkdir()
    (patches / "0001-broken.patch").write_text(
        "--- a/manage.py\n+++ b/manage.py\n@@ -1,1 +1,1 @@\n-this line does not exist\n+another line\n"
    )

    with pytest.raises(RunError, match=r"0001-broken\.patch"):
        deploy({"apps": {"polls": {"patches": "broken"}}}, tmp_path)
