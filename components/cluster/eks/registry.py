"""Repositories: the repositories of the images, in ECR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecr

from components.cluster.eks import policies
from components.cluster.interface import Registry
from components.shared import base

KEPT_IMAGES = 20
"""Enough to restore earlier releases. AWS bills stored images by size."""


@dataclass(frozen=True, kw_only=True)
class RepositoriesArgs:
    """Inputs of the repositories."""

    cluster: str
    """Name of the cluster. The repositories have the names <cluster>/<application>."""
    apps: Sequence[str]
    """Names of the applications."""
    force_delete: bool
    """Whether a repository is deleted with its images."""


class Repositories(base.Component):
    """One repository for each application. Images are scanned when they are pushed, and the oldest are deleted."""

    registry: Registry

    def __init__(self, name: str, args: RepositoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        made = [self._repository(f"{name}-{app}", f"{args.cluster}/{app}", args) for app in args.apps]
        host = made[0].repository_url.apply(lambda url: str(url).partition("/")[0])
        # Depends on all repositories, so that each exists before an image is pushed to it.
        push = pulumi.Output.all(host, *(one.repository_url for one in made)).apply(
            lambda it: f"{it[0]}/{args.cluster}"
        )
        # The token is valid for twelve hours, so each run has another one. It is used only for pushes.
        token = ecr.get_authorization_token_output(
            registry_id=made[0].registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.registry = Registry(
            push=push,
            pull=push,
            credentials={"username": token.user_name, "password": pulumi.Output.secret(token.password)},
            login_command="aws sts get-caller-identity",
        )
        self.register_outputs({"push": push})

    def _repository(self, name: str, repository: str, args: RepositoriesArgs) -> ecr.Repository:
        made = ecr.Repository(
            name,
            name=repository,
            # The tag is the stack's name and moves to each new image. Pods refer to digests.
            image_tag_mutability="MUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            force_delete=args.force_delete,
            opts=self.child(),
        )
        ecr.LifecyclePolicy(name, repository=made.name, policy=policies.keep_images(KEPT_IMAGES), opts=self.child())
        return made
