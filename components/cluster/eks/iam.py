"""Role: an IAM role of a service, with only the policies that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import iam

from components.shared import base


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """Inputs of a role."""

    trust: str
    """Document that says which service may assume the role."""
    managed: Sequence[str]
    """ARNs of policies that AWS manages."""
    own: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Further policies: name -> document."""


class Role(base.Component):
    """A role. Resources that use it depend on its policies, which are therefore deleted last."""

    arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    policies: list[pulumi.Resource]

    def __init__(self, name: str, args: RoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        # Pulumi chooses the name: two stacks of one account can have clusters with the same name in two regions.
        role = iam.Role(name, assume_role_policy=args.trust, opts=self.child())
        self.policies = [
            iam.RolePolicyAttachment(
                f"{name}-{arn.rpartition('/')[2]}", role=role.name, policy_arn=arn, opts=self.child()
            )
            for arn in args.managed
        ]
        self.policies += [
            iam.RolePolicy(f"{name}-{policy}", role=role.id, policy=document, opts=self.child())
            for policy, document in args.own.items()
        ]
        self.arn = role.arn
        self.role_name = role.name
        self.register_outputs({"arn": self.arn, "role_name": self.role_name})
