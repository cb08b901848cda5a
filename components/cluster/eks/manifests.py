"""Kubernetes objects, annotations and the kubeconfig of a cluster on EKS: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

import yaml

from pocdeploy.config import EksSettings

STORAGE_CLASS = "gp3"
VOLUMES_OF = "pocdeploy-volumes-of"
"""Tag of the volumes of claims. `destroy` waits until no volume has it."""
NODES = "pocdeploy"
"""Name of node class and node pool. EKS reserves `default`, `system` and `general-purpose`."""
LOAD_BALANCER_CLASS = "eks.amazonaws.com/nlb"
_BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"
SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html."""


def tags(stack: str, settings: EksSettings) -> dict[str, str]:
    """Return the tags of all resources on AWS."""
    return {"project": "pocdeploy", "stack": stack, "owner": settings.owner}


def subnets(settings: EksSettings) -> list[tuple[str, str, str]]:
    """Return name, private network and public network of each zone. Each network is an eighth of the VPC."""
    parts = [str(part) for part in IPv4Network(settings.vpc_cidr).subnets(prefixlen_diff=3)]
    zones = settings.all_zones
    return list(zip(zones, parts[: len(zones)], parts[len(zones) : 2 * len(zones)], strict=True))


def node_class(
    *, role: Any, subnet_ids: Sequence[Any], security_group: Any, tags: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return the class of all nodes. The built-in class is not used, because it cannot have tags.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html
    """
    return {
        "apiVersion": "eks.amazonaws.com/v1",
        "kind": "NodeClass",
        "metadata": {"name": NODES, "labels": dict(labels)},
        "spec": {
            "role": role,
            "subnetSelectorTerms": [{"id": subnet} for subnet in subnet_ids],
            "securityGroupSelectorTerms": [{"id": security_group}],
            "ephemeralStorage": {"size": "40Gi"},
            "tags": dict(tags),
        },
    }


def node_pool(settings: EksSettings, *, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the pool, which limits type and number of nodes.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html
    """
    requirements = {
        "kubernetes.io/arch": [settings.architecture],
        "karpenter.sh/capacity-type": ["on-demand"],
        "node.kubernetes.io/instance-type": list(settings.all_instance_types),
        "topology.kubernetes.io/zone": list(settings.all_zones),
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        # The pool is deleted after its nodes. The network cannot be deleted before them.
        "metadata": {
            "name": NODES,
            "labels": dict(labels),
            "annotations": {"pulumi.com/deletionPropagationPolicy": "foreground"},
        },
        "spec": {
            "limits": {"cpu": str(settings.max_cpus)},
            # A node with a database is drained only for an update or when it is hardly used, not for small savings.
            "disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "10m"},
            # Without labels: Karpenter refuses labels of kubernetes.io on nodes.
            "template": {
                "spec": {
                    "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NODES},
                    "requirements": [
                        {"key": key, "operator": "In", "values": values} for key, values in requirements.items()
                    ],
                    "expireAfter": "336h",
                    "terminationGracePeriod": "1h",
                },
            },
        },
    }


def storage_class(name: str, *, tags: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the default StorageClass. Auto Mode does not include one.

    https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html
    """
    tagged = {**tags, VOLUMES_OF: name}
    specifications = {f"tagSpecification_{number}": f"{key}={tagged[key]}" for number, key in enumerate(tagged, 1)}
    return {
        "metadata": {
            "name": STORAGE_CLASS,
            "labels": dict(labels),
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.eks.amazonaws.com",
        "parameters": {"type": "gp3", "encrypted": "true", **specifications},
        "reclaim_policy": "Delete",
        "volume_binding_mode": "WaitForFirstConsumer",
        "allow_volume_expansion": True,
    }


def load_balancer(tags: Mapping[str, str], certificate: Any | None) -> dict[str, Any]:
    """Return the annotations of the gateway's Service, for a Network Load Balancer that connects to the pods.

    Its listener terminates TLS with the certificate. It also connects to the gateway with TLS, because otherwise the
    gateway would not know that the browser uses https.
    https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html
    """
    plain = {
        f"{_BALANCER}scheme": "internet-facing",
        f"{_BALANCER}nlb-target-type": "ip",
        f"{_BALANCER}additional-resource-tags": ",".join(f"{key}={value}" for key, value in tags.items()),
    }
    if certificate is None:
        return plain
    return {
        **plain,
        f"{_BALANCER}ssl-cert": certificate,
        f"{_BALANCER}ssl-ports": "443",
        f"{_BALANCER}ssl-negotiation-policy": SSL_POLICY,
        f"{_BALANCER}backend-protocol": "ssl",
    }


def kubeconfig(name: str, region: str, endpoint: str, authority: str) -> str:
    """Return a kubeconfig without secrets: the AWS CLI creates a short-lived token for each request."""
    command = ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"]
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": command}}
    user["exec"]["interactiveMode"] = "Never"
    cluster = {"server": endpoint, "certificate-authority-data": authority}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        sort_keys=False,
    )
