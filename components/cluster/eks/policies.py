"""IAM documents, and the managed policies that EKS needs: pure data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

_AWS = "arn:aws:iam::aws:policy/"
CLUSTER_POLICIES = tuple(
    f"{_AWS}{name}"
    for name in (
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
    )
)
"""Policies that Auto Mode needs: https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html."""
NODE_POLICIES = tuple(
    f"{_AWS}{name}" for name in ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
)
"""Policies of a node, to join the cluster and to pull images: https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html."""
AUTO_NODE_ACCESS = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"
_OF_THIS_CLUSTER = {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"}


def access_policy(name: str) -> str:
    """Return the ARN of one of EKS's access policies."""
    return f"arn:aws:eks::aws:cluster-access-policy/{name}"


def trust(service: str, *actions: str) -> str:
    """Return the document that lets a service of AWS assume a role."""
    return _document([{"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}])


def tagging() -> str:
    """Return the policy that lets Auto Mode set the stack's tags on the resources that it creates.

    The managed policies allow only Auto Mode's own tags. Each action is limited to requests for the role's cluster:
    https://docs.aws.amazon.com/eks/latest/userguide/auto-learn-iam.html#tag-prop. A resource that does not exist yet
    has no ARN, so the policy cannot name it.
    """
    compute = {
        "aws:RequestTag/eks:kubernetes-node-class-name": "*",
        "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
    }
    network = {"aws:RequestTag/eks:kubernetes-cni-node-name": "*"}
    return _document(
        [
            _tagged("Compute", ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"], also=compute),
            _tagged("Storage", ["ec2:CreateVolume"], resource="arn:aws:ec2:*:*:volume/*"),
            _tagged("Network", ["ec2:CreateNetworkInterface"], also=network),
            _tagged(
                "LoadBalancer",
                [
                    "elasticloadbalancing:CreateLoadBalancer",
                    "elasticloadbalancing:CreateTargetGroup",
                    "elasticloadbalancing:CreateListener",
                    "elasticloadbalancing:CreateRule",
                    "ec2:CreateSecurityGroup",
                ],
            ),
        ]
    )


def use_of_key(arn: str) -> str:
    """Return the policy that lets the cluster encrypt its Secrets with a key."""
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]
    return _document([{"Effect": "Allow", "Action": actions, "Resource": arn}])


def use_of_bucket(bucket: str, prefix: str, readable: Sequence[str] = ()) -> str:
    """Return the policy that lets databases use one folder of a bucket, and read others.

    Barman asks first whether the bucket exists, which needs the right to list all of it:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html.
    """
    arn = f"arn:aws:s3:::{bucket}"
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    read = [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"{arn}/{it}/*"} for it in readable]
    return _document(
        [
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": arn},
            {"Effect": "Allow", "Action": objects, "Resource": f"{arn}/{prefix}/*"},
            *read,
        ]
    )


def only_encrypted_connections(bucket: str) -> str:
    """Return the policy of a bucket that refuses requests without TLS."""
    arn = f"arn:aws:s3:::{bucket}"
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return _document([{**statement, "Condition": plain}])


def keep_images(count: int) -> str:
    """Return the lifecycle rule of a repository, which keeps the newest ``count`` images, with or without tags."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    rule = {"rulePriority": 1, "description": f"keep the newest {count}", "selection": selection}
    return json.dumps({"rules": [{**rule, "action": {"type": "expire"}}]})


def _tagged(
    name: str, actions: list[str], *, resource: str = "*", also: dict[str, str] | None = None
) -> dict[str, Any]:
    condition: dict[str, Any] = {"StringEquals": _OF_THIS_CLUSTER, **({"StringLike": also} if also else {})}
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition}


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
