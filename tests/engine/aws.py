"""How the resources of pulumi-aws behave, as far as the order of operations and what the program reads depend on it.

Every resource comes to its inputs with an id; a few have outputs that the program reads. What AWS would refuse in the
end is refused at once: a network with a cluster in it, a cluster with anything left in it, a push without a repository.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from components.cluster.eks import manifests
from tests.engine import values
from tests.engine.calls import Call
from tests.engine.package import Change, Package
from tests.engine.world import RefusedError
from tests.program.recorder import AWS_ANSWERS, AWS_OUTPUTS

AUTHORITY = "Y2VydGlmaWNhdGU="
NETWORK = ("Vpc", "Subnet", "NatGateway", "Route", "InternetGateway")
_FORCE_NEW = {
    "AccessEntry": ("clusterName", "principalArn", "type"),
    "AccessPolicyAssociation": ("accessScope", "clusterName", "policyArn", "principalArn"),
    "Certificate": ("domainName", "subjectAlternativeNames", "validationMethod"),
    "CertificateValidation": ("certificateArn", "validationRecordFqdns"),
    "Cluster": ("bootstrapSelfManagedAddons", "name", "roleArn"),
    "LifecyclePolicy": ("repository",),
    "LogGroup": ("name",),
    "NatGateway": ("allocationId", "subnetId"),
    "Record": ("zoneId",),
    "Repository": ("encryptionConfigurations", "name"),
    "Role": ("name",),
    "RolePolicy": ("name", "role"),
    "RolePolicyAttachment": ("policyArn", "role"),
    "Route": ("destinationCidrBlock", "routeTableId"),
    "RouteTable": ("vpcId",),
    "RouteTableAssociation": ("subnetId",),
    "Subnet": ("availabilityZone", "cidrBlock", "vpcId"),
    "Tag": ("key", "resourceId"),
    "Vpc": ("cidrBlock",),
    "VpcEndpoint": ("serviceName", "vpcEndpointType", "vpcId"),
}
"""Properties that AWS does not change in place."""
OTHER_ZONE = "example.com"
"""Hosted zone with another id than all others."""
TOKEN = "canary-registry-token-"


class Aws(Package):
    """AWS, with one region and one account."""

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
        """Replace what cannot be changed in place. A cluster can get a key for its Secrets, but not lose it."""
        paths = values.differences(old, new)
        forced = [path for path in paths if re.split(r"[.\[]", path)[0] in _FORCE_NEW.get(kind, ())]
        lost = [path for path in paths if path == "encryptionConfig" and paths[path] == "delete"]
        return Change(paths, [*forced, *lost])

    def diff_config(self, old: dict[str, Any], new: dict[str, Any]) -> Change:
        """Another region has other resources."""
        paths = values.differences(old, new)
        return Change(paths, [path for path in paths if path == "region"])

    def preview(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        """Return the inputs. EKS adds to those of the VPC, so as a whole they are unknown before there is a cluster."""
        if call.method == "Create" and call.kind == "Cluster":
            return {key: value for key, value in call.inputs.items() if key != "vpcConfig"}
        return _merged(old, call.inputs) if call.method == "Update" else call.inputs

    def create(self, call: Call, config: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        plain = values.reveal(call.inputs)
        if call.kind == "Cluster":
            return plain["name"], {**call.inputs, **self._cluster(plain)}
        if call.kind == "Repository":
            self.world.create_registry("111122223333.dkr.ecr.eu-central-1.amazonaws.com", "ecr")
        outputs = AWS_OUTPUTS.get(call.type, lambda *_: {})(call.name, plain)
        return f"{call.kind.lower()}-{uuid.uuid4().hex[:8]}", {**call.inputs, **outputs}

    def update(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        return _merged(old, call.inputs)

    def delete(self, call: Call, config: Mapping[str, str]) -> None:
        plain = values.reveal(call.inputs)
        if call.kind == "Cluster":
            cluster = self.world.clusters.get(plain["name"])
            if cluster is not None and cluster.objects:
                raise RefusedError(f"left behind in the cluster: {cluster.names()}")
            self.world.delete_cluster(plain["name"])
        elif call.kind in NETWORK and self.world.clusters:
            raise RefusedError(f"DependencyViolation: {call.name} is used by {sorted(self.world.clusters)}")
        elif call.kind == "Repository":
            if not plain.get("forceDelete"):
                raise RefusedError("RepositoryNotEmptyException")
            self.world.delete_registry("111122223333.dkr.ecr.eu-central-1.amazonaws.com")

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = AWS_ANSWERS[token]
        if arguments.get("name") == OTHER_ZONE:
            answer = {**answer, "zoneId": f"{answer['zoneId']}OTHER"}
        return {**answer, "password": f"{TOKEN}{uuid.uuid4().hex}"} if "password" in answer else answer

    def _cluster(self, plain: dict[str, Any]) -> dict[str, Any]:
        name = plain["name"]
        self.world.create_cluster(name, "eks")
        cluster = self.world.clusters[name]
        endpoint = f"{self.world.api}/{cluster.identity}"
        cluster.kubeconfig = manifests.kubeconfig(name, "eu-central-1", endpoint, AUTHORITY)
        return {
            "arn": f"arn:aws:eks:eu-central-1:111122223333:cluster/{name}",
            "createdAt": cluster.identity,
            "endpoint": endpoint,
            "certificateAuthority": {"data": AUTHORITY},
            "vpcConfig": {**plain["vpcConfig"], "clusterSecurityGroupId": f"sg-{name}"},
        }


def _merged(old: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs after an update: what AWS added to a block of the inputs stays, too."""
    both = {key for key in old.keys() & inputs.keys() if isinstance(old[key], dict) and isinstance(inputs[key], dict)}
    return {**old, **inputs, **{key: {**old[key], **inputs[key]} for key in both}}
