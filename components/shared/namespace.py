"""AppNamespace: an application's own namespace, closed until a policy opens it."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.shared import base


class AppNamespace(base.Component):
    """A namespace under Pod Security ``restricted`` in which no pod talks to anyone unless a NetworkPolicy says so."""

    namespace: pulumi.Output[str]
    pull_secret: pulumi.Output[str] | None
    """Name of the Secret that images are pulled with, if one is needed."""

    def __init__(
        self, name: str, pull_secret: pulumi.Input[str] | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("namespace", name, opts)
        self.namespace = base.namespace(self, name).metadata.name
        base.network_policies(self, name, self.namespace, network_policies())
        self.pull_secret = None
        if pull_secret is not None:
            secret = k8s.core.v1.Secret(
                f"{name}-pull",
                metadata={"namespace": self.namespace, "labels": base.labels(name, "pull")},
                type="kubernetes.io/dockerconfigjson",
                string_data={".dockerconfigjson": pull_secret},
                opts=self.child(additional_secret_outputs=["data", "stringData"]),
            )
            self.pull_secret = secret.metadata.name
        self.register_outputs({"namespace": self.namespace})


def network_policies() -> dict[str, dict[str, object]]:
    """Return the policies that hold for every pod of a namespace: nothing goes in or out, but names are resolved."""
    dns = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    kube_dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    return {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "allow-dns": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{"to": [kube_dns], "ports": dns}],
        },
    }
