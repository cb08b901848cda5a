"""A cluster that is there already: its settings, and what is looked at before anything is created in it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.cluster.existing import manifests
from components.shared.base import PART_OF
from pocdeploy.config import ExistingSettings, Settings, load
from pocdeploy.config.existing_cluster import Exposed
from pocdeploy.errors import ClusterError, Finding, PreflightError, SettingsError
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import checks, cluster_conflicts
from pocdeploy.preflight.cluster_inventory import DATABASES
from tests import fakecluster
from tests.fakecluster import Object, definition, ingress_class, metrics_api, namespace, node, operator, storage_class
from tests.paths import ROOT

CLUSTER = {"type": "existing", "context": "theirs", "registry": {"push": "localhost:5055/team"}}
OURS = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/instance": "try"}
EMPTY = [namespace("kube-system"), namespace("default"), node(), storage_class("fast", default=True)]
USED = {"install": False, "namespace": "databases"}


def settings(more: dict[str, Any] | None = None, **cluster: Any) -> Settings:
    return load_raw({"cluster": {**CLUSTER, **cluster}, **(more or {})})


def load_raw(values: dict[str, Any]) -> Settings:
    return load({f"pocdeploy:{key}": json.dumps(value) for key, value in values.items()}, root=ROOT)


def refused(**cluster: Any) -> dict[str, Finding]:
    with pytest.raises(SettingsError) as caught:
        settings(**cluster)
    return {finding.where: finding for finding in caught.value.findings}


def test_the_type_chooses_the_model_and_kind_needs_no_saying() -> None:
    assert isinstance(settings().cluster, ExistingSettings)
    assert load_raw({"cluster": {"workers": 1}}).cluster.type == "kind"
    assert load_raw({}).cluster.type == "kind"


def test_another_type_is_refused_with_those_there_are() -> None:
    found = refused(type="minikube")["pocdeploy:cluster.type"]

    assert (found.actual, found.expected) == ("minikube", "'kind', 'existing' or 'eks'")


@pytest.mark.parametrize(
    ("cluster", "where", "accepted"),
    [
        ({"context": None}, "pocdeploy:cluster", "never taken unasked"),
        ({"kubeconfig": "x", "stackReference": {"stack": "o/p/s"}}, "pocdeploy:cluster", "either kubeconfig or"),
        ({"stackReference": {"stack": "s"}}, "pocdeploy:cluster.stackReference.stack", "organization/project/stack"),
        ({"registry": {"push": "https://x"}}, "pocdeploy:cluster.registry.push", "ghcr.io/owner"),
        ({"exposure": {"type": "loadBalancer"}}, "pocdeploy:cluster", "exposure.allowedCidrs"),
        (
            {"exposure": {"type": "loadBalancer", "allowedCidrs": ["0.0.0.0/0"]}},
            "pocdeploy:cluster",
            "exposure.allowedCidrs",
        ),
        (
            {"exposure": {"allowedCidrs": ["10.0.0.1/8"]}},
            "pocdeploy:cluster.exposure.allowedCidrs[0]",
            "203.0.113.7/32",
        ),
        ({"exposure": {"httpNodePort": 30443}}, "pocdeploy:cluster.exposure", "two different node ports"),
        ({"databaseOperator": {"install": False}}, "pocdeploy:cluster.databaseOperator", "a namespace where"),
        ({"databaseOperator": {"namespace": "x"}}, "pocdeploy:cluster.databaseOperator", "no namespace with install"),
        ({"gateway": USED}, "pocdeploy:cluster.gateway", "an ingressClass"),
        ({"gatway": {}}, "pocdeploy:cluster.gatway", "did you mean gateway?"),
        ({"exposure": {"prot": 1}}, "pocdeploy:cluster.exposure.prot", "did you mean port?"),
        ({"platform": "windows/amd64"}, "pocdeploy:cluster.platform", "linux/amd64 or linux/arm64"),
    ],
)
def test_what_cannot_be_is_refused(cluster: dict[str, Any], where: str, accepted: str) -> None:
    assert accepted in str(refused(**cluster)[where].expected)


def test_a_load_balancer_for_all_has_to_be_meant_unless_it_is_not_the_stacks() -> None:
    public = {"type": "loadBalancer"}

    assert settings(exposure={**public, "insecureHttp": True})
    assert settings(exposure=public, gateway={**USED, "ingressClass": "nginx"})
    assert settings(exposure={**public, "allowedCidrs": ["203.0.113.7/32"]})


@pytest.mark.parametrize(
    ("exposure", "port"), [({}, 8080), ({"type": "nodePort"}, 30080), ({"type": "loadBalancer"}, 80), ({"port": 1}, 1)]
)
def test_addresses_have_the_port_of_the_exposure(exposure: dict[str, Any], port: int) -> None:
    assert Exposed.model_validate(exposure).browser_port == port


def test_a_password_in_clear_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"pocdeploy:registryPassword": "canary-pw"}, root=ROOT)

    assert [finding.where for finding in caught.value.findings] == ["pocdeploy:registryPassword"]
    assert "canary-pw" not in str(caught.value)
    assert load({"pocdeploy:registryPassword": "x"}, root=ROOT, secret_keys=["pocdeploy:registryPassword"])
    assert load({"pocdeploy:registryPassword": ""}, root=ROOT)


# -- the kubeconfig


def written(folder: Path, server: str = "http://127.0.0.1:1") -> Path:
    fakecluster.write_kubeconfig(folder / "config", server, "theirs")
    return folder / "config"


def test_one_context_is_taken_with_what_belongs_to_it(tmp_path: Path) -> None:
    config = kubeconfig.read(written(tmp_path, "http://127.0.0.1:5"), "theirs")

    assert config["current-context"] == "theirs"
    assert [len(config[kind]) for kind in ("clusters", "users", "contexts")] == [1, 1, 1]
    assert kubeconfig.server(config) == "http://127.0.0.1:5"


def test_a_wrong_context_lists_those_there_are_and_the_current_one_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as caught:
        kubeconfig.read(written(tmp_path), "thiers")

    (finding,) = caught.value.findings
    assert (finding.where, finding.actual) == ("pocdeploy:cluster.context", "thiers")
    assert finding.expected == "one of somewhere-else, theirs"


def test_files_that_are_named_are_taken_in_from_beside_the_kubeconfig(tmp_path: Path) -> None:
    file = written(tmp_path)
    content = yaml.safe_load(file.read_text())
    content["clusters"][1]["cluster"]["certificate-authority"] = "ca.crt"
    file.write_text(yaml.safe_dump(content))
    (tmp_path / "ca.crt").write_bytes(b"certificate")
    cluster = kubeconfig.read(file, "theirs")["clusters"][0]["cluster"]

    assert base64.b64decode(cluster["certificate-authority-data"]) == b"certificate"
    assert "certificate-authority" not in cluster


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("a: [canary", "no kubeconfig"),
        ("- canary", "no kubeconfig"),
        ("{clusters: [], users: [], contexts: [{name: theirs, context: {cluster: c, user: u}}]}", "not complete"),
        (
            "{clusters: [{name: c, cluster: {certificate-authority: gone.crt}}], users: [{name: u, user: {}}],"
            " contexts: [{name: theirs, context: {cluster: c, user: u}}]}",
            "certificate-authority names a file",
        ),
    ],
)
def test_a_kubeconfig_that_is_none_is_refused(tmp_path: Path, content: str | None, what: str) -> None:
    if content is not None:
        (tmp_path / "config").write_text(content)
    with pytest.raises(ClusterError) as caught:
        kubeconfig.read(tmp_path / "config", "theirs")

    assert what in caught.value.findings[0].what
    assert "canary" not in str(caught.value)


def test_paths_start_at_home_or_at_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")

    assert kubeconfig.locate("~/.kube/config", tmp_path) == Path("/home/somebody/.kube/config")
    assert kubeconfig.locate("x/config", tmp_path) == tmp_path / "x" / "config"


# -- the cluster


def look(folder: Path, objects: list[Object], *, more: Any = None, minor: str = "34", **cluster: Any) -> list[Finding]:
    """Return what is in the way of the stack `try` in a cluster with these objects, asked over HTTP."""
    with fakecluster.serve(objects, minor=minor) as server:
        file = written(folder, server)
        try:
            cluster_conflicts.check_file(settings(more, kubeconfig=str(file), **cluster), "try", folder)
        except ClusterError as error:
            return list(error.findings)
    return []


def test_an_empty_cluster_is_fine(tmp_path: Path) -> None:
    assert look(tmp_path, EMPTY) == []


def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as caught:
        cluster_conflicts.check_file(settings(kubeconfig=str(written(tmp_path))), "try", tmp_path)

    (finding,) = caught.value.findings
    assert finding.what == "the cluster cannot be reached"
    assert str(finding.actual).startswith("http://127.0.0.1:1: ")
    assert "refused" in str(finding.actual)


@pytest.mark.parametrize(("status", "what"), [(401, "no valid credentials"), (403, "not allowed to read")])
def test_a_user_who_may_not_look_is_told_so(tmp_path: Path, status: int, what: str) -> None:
    with fakecluster.serve([], status=status) as server, pytest.raises(ClusterError) as caught:
        cluster_conflicts.check_file(settings(kubeconfig=str(written(tmp_path, server))), "try", tmp_path)

    assert what in caught.value.findings[0].what
    assert fakecluster.USER_MARK not in str(caught.value)


OPERATOR, PROMETHEUS = operator("cloudnative-pg", "databases"), operator("prometheus-operator", "metrics")


@pytest.mark.parametrize(
    ("objects", "where", "fix"),
    [
        (
            [namespace("databases"), OPERATOR],
            "pocdeploy:cluster.databaseOperator.install",
            "databaseOperator.namespace' databases",
        ),
        ([namespace("metrics"), PROMETHEUS], "pocdeploy:cluster.monitoring.install", "monitoring.namespace' metrics"),
        (
            [ingress_class("traefik", "kube-system/traefik")],
            "pocdeploy:cluster.gateway.install",
            "ingressClass' traefik",
        ),
        (
            [definition(DATABASES, "databases/pg")],
            "pocdeploy:cluster.databaseOperator.install",
            "crd",
        ),
        ([definition(DATABASES)], "pocdeploy:cluster.databaseOperator.install", "kubectl delete"),
        ([namespace("polls", owner="somebody")], "namespace polls", "kubectl delete namespace polls"),
        ([namespace("gateway")], "namespace gateway", "kubectl delete namespace gateway"),
        (
            [namespace("monitoring", **{**OURS, "app.kubernetes.io/instance": "other"})],
            "namespace monitoring",
            "kubectl delete namespace monitoring",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith(("pocdeploy", "namespace")) else "",
)
def test_what_somebody_else_has_made_is_in_the_way(tmp_path: Path, objects: list[Object], where: str, fix: str) -> None:
    (finding,) = look(tmp_path, [*EMPTY, *objects])

    assert finding.where == where
    assert fix in str(finding.fix)


def test_what_the_stack_itself_has_made_is_not_in_the_way(tmp_path: Path) -> None:
    own = [namespace(name, **OURS) for name in ("polls", "cnpg-system", "gateway", "monitoring")]
    parts = [
        operator("cloudnative-pg", "cnpg-system"),
        operator("prometheus-operator", "monitoring"),
        ingress_class("traefik", "gateway/traefik"),
        definition(DATABASES, "cnpg-system/cnpg"),
        metrics_api("kube-system/metrics-server"),
    ]

    assert look(tmp_path, [*EMPTY, *own, *parts], metricsServer=True) == []
    assert OURS["app.kubernetes.io/part-of"] == PART_OF


def test_definitions_that_an_own_release_has_left_are_taken_over(tmp_path: Path) -> None:
    assert look(tmp_path, [*EMPTY, definition(DATABASES, "cnpg-system/cnpg")]) == []


def test_an_operator_that_is_used_need_only_be_where_it_is_said_to_be(tmp_path: Path) -> None:
    there = [*EMPTY, namespace("databases"), OPERATOR, definition(DATABASES, "databases/pg")]

    assert look(tmp_path, there, databaseOperator=USED) == []
    (elsewhere,) = look(tmp_path, there, databaseOperator={"install": False, "namespace": "postgres"})
    (nowhere,) = look(tmp_path, EMPTY, databaseOperator=USED)
    assert (elsewhere.where, elsewhere.expected) == ("pocdeploy:cluster.databaseOperator.namespace", "databases")
    assert "runs nowhere" in str(nowhere.expected)


def test_a_gateway_that_is_used_has_a_class_and_a_namespace(tmp_path: Path) -> None:
    used = {"install": False, "namespace": "edge", "ingressClass": "nginx"}
    there = [*EMPTY, namespace("edge"), ingress_class("nginx")]

    assert look(tmp_path, there, gateway=used) == []
    found = look(tmp_path, [*EMPTY, ingress_class("other")], gateway=used)
    assert [finding.where for finding in found] == [
        "pocdeploy:cluster.gateway.ingressClass",
        "pocdeploy:cluster.gateway.namespace",
    ]
    assert found[0].expected == "one of other"


def test_parts_that_are_not_wanted_are_not_looked_at(tmp_path: Path) -> None:
    objects = [*EMPTY, namespace("metrics"), PROMETHEUS]

    assert look(tmp_path, objects, more={"monitoring": {"profile": "off"}}) == []


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    objects = [namespace("polls"), namespace("databases"), OPERATOR, node("linux/arm64"), metrics_api()]
    found = look(tmp_path, [*objects, storage_class("slow", default=False)], minor="29+", metricsServer=True)

    assert [finding.where for finding in found] == [
        "pocdeploy:cluster.context",
        "pocdeploy:cluster.platform",
        "pocdeploy:cluster.storageClass",
        "pocdeploy:cluster.databaseOperator.install",
        "pocdeploy:cluster.metricsServer",
        "namespace polls",
    ]
    assert (found[0].actual, found[1].expected, found[2].expected) == ("1.29", "linux/arm64", "one of slow")


def test_a_storage_class_has_to_be_there(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, EMPTY, storageClass="slow")

    assert (finding.where, finding.actual, finding.expected) == (
        "pocdeploy:cluster.storageClass",
        "slow",
        "one of fast",
    )


# -- all of it, by the command line


@pytest.mark.parametrize("preview", [False, True])
def test_before_up_and_preview_the_cluster_is_checked(tmp_path: Path, *, preview: bool) -> None:
    (tmp_path / "app").symlink_to(ROOT / "app")
    with fakecluster.serve([*EMPTY, namespace("polls")]) as server:
        registry = {"push": "localhost:1", "username": "me"}
        cluster = {**CLUSTER, "kubeconfig": str(written(tmp_path, server)), "registry": registry}
        config = {"pocdeploy:cluster": cluster, "pocdeploy:registryPassword": {"secure": "v1:x"}}
        (tmp_path / "Pulumi.try.yaml").write_text(yaml.safe_dump({"config": config}))
        environment = {"PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES": "x"}
        with pytest.raises(PreflightError) as caught:
            checks.check(tmp_path, "org/try", preview=preview, environment=environment)

    assert [finding.where for finding in caught.value.findings] == ["namespace polls"]


# -- what the program makes of it


def test_nodes_log_in_where_they_pull() -> None:
    config = json.loads(manifests.pull_config("registry.example.com:5000/team", "me", "right"))

    assert list(config["auths"]) == ["registry.example.com:5000"]
    assert base64.b64decode(config["auths"]["registry.example.com:5000"]["auth"]) == b"me:right"
    assert list(json.loads(manifests.pull_config("docker.io/me", "me", "x"))["auths"]) == [
        "https://index.docker.io/v1/"
    ]


def test_an_output_of_another_stack_may_be_text_or_object() -> None:
    content = {"clusters": [], "users": []}

    assert yaml.safe_load(manifests.kubeconfig_text(content)) == content
    assert manifests.kubeconfig_text("text") == "text"
