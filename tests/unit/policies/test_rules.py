"""The rules of the policy pack: each reports its bad examples, and no rule reports the good ones."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from policies.rules import LABELS, RULES, Resource, violations
from tests.paths import ROOT

IMAGE = "ghcr.io/someone/site@sha256:" + "0a" * 32
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
CONTAINER = {
    "name": "web",
    "image": IMAGE,
    "env": [{"name": "SECRET_KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    "resources": {"requests": {"cpu": "1", "memory": "1Mi"}, "limits": {"memory": "1Mi"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
    "ports": [{"containerPort": 8000}],
    "readinessProbe": {"httpGet": {"path": "/readyz"}},
    "livenessProbe": {"httpGet": {"path": "/healthz"}},
}
POD = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [CONTAINER],
}
METADATA = {"name": "site", "labels": dict.fromkeys(LABELS, "x")}
DEPLOYMENT = {"metadata": METADATA, "spec": {"template": {"spec": POD}}}


def resource(type_: str = "kubernetes:apps/v1:Deployment", name: str = "site", **more: Any) -> Resource:
    props = more.pop("props", DEPLOYMENT)
    return Resource(type=type_, name=name, props=props, **more)


def changed(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Resource:
    """Return the good Deployment with one change to its pod or to its container."""
    props = copy.deepcopy(DEPLOYMENT)
    pod = props["spec"]["template"]["spec"]
    change(pod, pod["containers"][0])
    return resource(props=props)


def kubernetes(type_: str, **props: Any) -> Resource:
    return resource(f"kubernetes:{type_}", props={"metadata": METADATA, **props})


def role(**rule: Any) -> Resource:
    return kubernetes(
        "rbac.authorization.k8s.io/v1:ClusterRole", rules=[{"verbs": ["get"], "resources": ["pods"]}, rule]
    )


def volume_class(provisioner: str, **parameters: str) -> Resource:
    return kubernetes("storage.k8s.io/v1:StorageClass", provisioner=provisioner, parameters=parameters)


def release(chart: str, name: str, **values: Any) -> Resource:
    return resource("kubernetes:helm.sh/v3:Release", name, props={"chart": chart, "name": name, "values": values})


BAD: list[tuple[str, Resource, str]] = [
    ("images-by-digest", changed(lambda pod, c: c.update(image="nginx:1.29")), "nginx:1.29"),
    ("images-by-digest", changed(lambda pod, c: c.update(image="site@sha256:abc")), "site@sha256:abc"),
    ("images-by-digest", changed(lambda pod, c: pod.update(initContainers=[{**c, "image": "busybox"}])), "busybox"),
    ("resources-and-probes", changed(lambda pod, c: c["resources"].pop("limits")), "limits.memory"),
    ("resources-and-probes", changed(lambda pod, c: c["resources"]["requests"].pop("cpu")), "requests.cpu"),
    ("resources-and-probes", changed(lambda pod, c: c.pop("readinessProbe")), "readinessProbe"),
    ("resources-and-probes", changed(lambda pod, c: c.pop("livenessProbe")), "livenessProbe"),
    ("restricted-security-context", changed(lambda pod, c: pod.pop("securityContext")), "runAsNonRoot"),
    ("restricted-security-context", changed(lambda pod, c: pod.update(hostNetwork=True)), "hostNetwork"),
    ("restricted-security-context", changed(lambda pod, c: c["securityContext"].pop("capabilities")), "drop ALL"),
    (
        "restricted-security-context",
        changed(lambda pod, c: c["securityContext"].update(readOnlyRootFilesystem=False)),
        "readOnlyRootFilesystem",
    ),
    ("restricted-security-context", changed(lambda pod, c: c["securityContext"].update(privileged=True)), "privileged"),
    ("no-wildcard-rbac", role(verbs=["*"], resources=["pods"]), "rules[1] has '*' in verbs"),
    ("no-wildcard-rbac", role(verbs=["get"], resources=["*"], apiGroups=["*"]), "resources, apiGroups"),
    ("no-public-exposure", kubernetes("core/v1:Service", spec={"type": "LoadBalancer"}), "LoadBalancer"),
    ("no-public-exposure", kubernetes("core/v1:Service", spec={"type": "NodePort"}), "NodePort"),
    (
        "no-public-exposure",
        release("kube-prometheus-stack", "monitoring", grafana={"service": {"type": "LoadBalancer"}}),
        "values.grafana.service.type",
    ),
    ("no-public-exposure", kubernetes("networking.k8s.io/v1:Ingress", spec={"rules": [{"http": {}}]}), "no host"),
    ("no-public-exposure", changed(lambda pod, c: c.update(ports=[{"hostPort": 80}])), "hostPort 80"),
    ("no-plain-secrets", changed(lambda pod, c: c["env"].append({"name": "API_TOKEN", "value": "x"})), "API_TOKEN"),
    ("no-plain-secrets", kubernetes("core/v1:ConfigMap", data={"db-password": "x"}), "data.db-password"),
    (
        "no-plain-secrets",
        resource("docker:index/image:Image", props={"build": {"args": {"PIP_TOKEN": "x"}}}),
        "build.args.PIP_TOKEN",
    ),
    ("standard-labels", resource("kubernetes:core/v1:Service", props={"metadata": {"labels": {}}}), "part-of"),
    ("standard-labels", resource("kubernetes:core/v1:Service", props={"metadata": {"name": "x"}}), "instance"),
    ("encrypted-storage", volume_class("ebs.csi.aws.com", type="gp3"), "encrypted"),
    ("encrypted-storage", volume_class("ebs.csi.eks.amazonaws.com", encrypted="false"), "encrypted"),
    ("encrypted-storage", resource("aws:ebs/volume:Volume", props={"size": 1}), "encrypted"),
    (
        "protected-in-production",
        resource("kubernetes:postgresql.cnpg.io/v1:Cluster", props={"metadata": METADATA}, stack="prod-eu"),
        "prod-eu",
    ),
    ("protected-in-production", resource("aws:s3/bucket:Bucket", props={}, stack="prod"), "not protected"),
]
GOOD = [
    resource(),
    changed(lambda pod, c: c.update(image=UNKNOWN)),
    changed(lambda pod, c: pod.update(initContainers=[{**c, "image": "ghcr.io/cloudnative-pg/postgresql:18-minimal"}])),
    role(verbs=["get", "list"], resources=["pods"], apiGroups=[""]),
    kubernetes("core/v1:Service", spec={"type": "ClusterIP"}),
    kubernetes("core/v1:Service", spec=UNKNOWN),
    release("traefik", "traefik", service={"spec": {"type": "NodePort"}}),
    release("/charts/traefik.tgz", "traefik", service={"spec": {"type": "NodePort"}}),
    volume_class("ebs.csi.aws.com", encrypted="true"),
    volume_class("rancher.io/local-path"),
    resource("kubernetes:postgresql.cnpg.io/v1:Cluster", props={"metadata": METADATA}, stack="prod", protect=True),
    resource("kubernetes:postgresql.cnpg.io/v1:Cluster", props={"metadata": METADATA}, stack="dev"),
    kubernetes("core/v1:ConfigMap", data={"dashboard.json": "{}"}),
]


@pytest.mark.parametrize(
    ("rule", "bad", "sentence"), BAD, ids=[f"{name}-{number}" for number, (name, *_) in enumerate(BAD)]
)
def test_bad_example_is_reported_by_its_rule_alone(rule: str, bad: Resource, sentence: str) -> None:
    found = violations(bad)

    assert {name for name, _ in found} == {rule}
    assert sentence in " ".join(reported for _, reported in found)


@pytest.mark.parametrize("good", GOOD, ids=[f"{number}-{good.kind}" for number, good in enumerate(GOOD)])
def test_good_example_passes(good: Resource) -> None:
    assert violations(good) == []


def test_each_rule_has_a_bad_example() -> None:
    assert {name for name, *_ in BAD} == {rule.name for rule in RULES}


def test_pack_has_its_own_virtualenv_and_pinned_library() -> None:
    project = yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text("utf-8"))
    assert project["runtime"]["options"]["virtualenv"] == "../.pocdeploy/policies"
    assert "pulumi-policy==" in (ROOT / "policies" / "requirements.txt").read_text("utf-8")


def test_names_of_secrets_are_those_of_the_project() -> None:
    """The pack has a virtualenv of its own and cannot import pocdeploy, so it has a link to the module."""
    assert (ROOT / "policies" / "secret_names.py").samefile(ROOT / "pocdeploy" / "secret_names.py")
