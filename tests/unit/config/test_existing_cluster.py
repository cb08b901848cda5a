"""The settings of an existing cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import ExistingSettings, Settings, load
from pocdeploy.config.existing_cluster import Exposed
from pocdeploy.errors import Finding, SettingsError
from tests.paths import ROOT

CLUSTER = {"type": "existing", "context": "theirs", "registry": {"push": "localhost:5055/team"}}
USED = {"install": False, "namespace": "databases"}


def settings(more: dict[str, Any] | None = None, **cluster: Any) -> Settings:
    return load_raw({"cluster": {**CLUSTER, **cluster}, **(more or {})})


def load_raw(values: dict[str, Any]) -> Settings:
    return load({f"pocdeploy:{key}": json.dumps(value) for key, value in values.items()}, root=ROOT)


def refused(**cluster: Any) -> dict[str, Finding]:
    with pytest.raises(SettingsError) as caught:
        settings(**cluster)
    return {finding.where: finding for finding in caught.value.findings}


def test_the_type_chooses_the_model() -> None:
    assert isinstance(settings().cluster, ExistingSettings)


@pytest.mark.parametrize(
    ("cluster", "where", "accepted"),
    [
        ({"context": None}, "pocdeploy:cluster.context", "not used by default"),
        (
            {"kubeconfig": "x", "stackReference": {"stack": "o/p/s"}},
            "pocdeploy:cluster.kubeconfig",
            "either kubeconfig or",
        ),
        ({"stackReference": {"stack": "s"}}, "pocdeploy:cluster.stackReference.stack", "organization/project/stack"),
        ({"registry": {"push": "https://x"}}, "pocdeploy:cluster.registry.push", "ghcr.io/owner"),
        ({"exposure": {"type": "loadBalancer"}}, "pocdeploy:cluster.exposure.allowedCidrs", "exposure.allowedCidrs"),
        (
            {"exposure": {"type": "loadBalancer", "allowedCidrs": ["0.0.0.0/0"]}},
            "pocdeploy:cluster.exposure.allowedCidrs",
            "exposure.allowedCidrs",
        ),
        (
            {"exposure": {"allowedCidrs": ["10.0.0.1/8"]}},
            "pocdeploy:cluster.exposure.allowedCidrs[0]",
            "203.0.113.7/32",
        ),
        ({"exposure": {"httpNodePort": 30443}}, "pocdeploy:cluster.exposure.httpsNodePort", "two different node ports"),
        *(
            (
                {"exposure": {"type": other, key: value}},
                f"pocdeploy:cluster.exposure.{key}",
                f"no {key} with type {other}; it has an effect only with {only}",
            )
            for key, value, only, other in (
                ("httpNodePort", 30081, "nodePort", "loadBalancer"),
                ("httpsNodePort", 30444, "nodePort", "clusterInternal"),
                ("allowedCidrs", ["203.0.113.7/32"], "loadBalancer", "nodePort"),
                ("insecureHttp", True, "loadBalancer", "nodePort"),
            )
        ),
        (
            {"monitoring": {"labels": {"release": "prometheus"}}},
            "pocdeploy:cluster.monitoring.labels",
            "no labels with install: true",
        ),
        *(
            (
                {"exposure": {"type": "loadBalancer", key: value}, "gateway": {**USED, "ingressClass": "nginx"}},
                f"pocdeploy:cluster.exposure.{key}",
                f"no exposure.{key} with gateway.install: false",
            )
            for key, value in (("annotations", {"a/b": "c"}), ("allowedCidrs", ["203.0.113.7/32"]))
        ),
        (
            {"databaseOperator": {"install": False}},
            "pocdeploy:cluster.databaseOperator.namespace",
            "the namespace of the cluster's component",
        ),
        (
            {"databaseOperator": {"namespace": "x"}},
            "pocdeploy:cluster.databaseOperator.namespace",
            "no namespace with install",
        ),
        ({"gateway": USED}, "pocdeploy:cluster.gateway.ingressClass", "an ingressClass"),
        ({"gatway": {}}, "pocdeploy:cluster.gatway", "did you mean gateway?"),
        ({"exposure": {"prot": 1}}, "pocdeploy:cluster.exposure.prot", "did you mean port?"),
        ({"exposure": {"port": 443}}, "pocdeploy:cluster.exposure.scheme", "scheme https with port 443"),
        (
            {"exposure": {"port": 80, "scheme": "https"}},
            "pocdeploy:cluster.exposure.scheme",
            "scheme http with port 80",
        ),
        ({"exposure": {"scheme": "ftp"}}, "pocdeploy:cluster.exposure.scheme", "'http' or 'https'"),
        (
            {"exposure": {"trustedProxies": ["proxy"]}},
            "pocdeploy:cluster.exposure.trustedProxies[0]",
            "203.0.113.7/32",
        ),
        ({"gateway": {"tls": True}}, "pocdeploy:cluster.exposure.scheme", "exposure.scheme https with gateway.tls"),
        (
            {"exposure": {"trustedProxies": ["10.0.0.0/8"]}, "gateway": {**USED, "ingressClass": "nginx"}},
            "pocdeploy:cluster.exposure.trustedProxies",
            "no exposure.trustedProxies",
        ),
        ({"platform": "windows/amd64"}, "pocdeploy:cluster.platform", "linux/amd64 or linux/arm64"),
    ],
)
def test_what_cannot_be_is_refused(cluster: dict[str, Any], where: str, accepted: str) -> None:
    assert accepted in str(refused(**cluster)[where].expected)


def test_an_own_load_balancer_for_all_needs_insecure_http() -> None:
    public = {"type": "loadBalancer"}

    assert settings(exposure={**public, "insecureHttp": True})
    assert settings(exposure=public, gateway={**USED, "ingressClass": "nginx"})
    assert settings(exposure={**public, "scheme": "https"}, gateway={"tls": True})
    # A certificate of the load balancer does not close its port for plain http.
    assert "exposure.allowedCidrs" in str(
        refused(exposure={**public, "scheme": "https"})["pocdeploy:cluster.exposure.allowedCidrs"].expected
    )
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
