"""AppImage: from a patched source to an image that the cluster can pull, named by its digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.cluster import Registry
from components.shared import base


@dataclass(frozen=True, kw_only=True)
class Source:
    """A patched copy of an application's source, ready to be built."""

    context: str
    """Directory to build, relative to the program."""
    dockerfile: str
    """Dockerfile, relative to the program."""


@dataclass(frozen=True, kw_only=True)
class AppImageArgs:
    """What an image is made from."""

    source: Source
    """The patched copy of the source."""
    registry: Registry
    """Where it is pushed."""
    platform: str
    """Platform of the nodes; never that of the machine that builds, unless they are the same."""
    build_args: Mapping[str, str]
    """Build arguments; anyone who has the image can read them."""
    tag: str
    """Name for people, beside the digest: whatever it is moved to, pods go on with what they were given."""


class AppImage(base.Component):
    """Builds and pushes an image. docker.Image hashes the build context itself: no change, no build."""

    reference: pulumi.Output[str]
    """``repository@sha256:…`` as the nodes pull it."""

    def __init__(self, name: str, args: AppImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("image", name, opts)
        registry = args.registry
        image = docker.Image(
            f"{name}-image",
            image_name=pulumi.Output.concat(registry.push, f"/{name}:{args.tag}"),
            build=docker.DockerBuildArgs(
                context=args.source.context,
                dockerfile=args.source.dockerfile,
                platform=args.platform,
                args=dict(args.build_args),
            ),
            registry=(
                docker.RegistryArgs(server=_host(registry), **registry.credentials) if registry.credentials else None
            ),
            # The provider keeps no eye on the registry: an image dies with it, and is pushed anew with the next one.
            opts=self.child(
                depends_on=[registry.resource] if registry.resource else [],
                deleted_with=registry.resource,
                replacement_trigger=registry.identity,
            ),
        )
        self.reference = pulumi.Output.all(image.repo_digest, registry.pull).apply(
            lambda known: _as_pulled(known[0], f"{known[1]}/{name}")
        )
        self.register_outputs({"reference": self.reference})


def _host(registry: Registry) -> pulumi.Output[str]:
    """Return the registry without a path in it, to which a login belongs."""
    return pulumi.Output.from_input(registry.push).apply(lambda push: push.partition("/")[0])


def _as_pulled(repo_digest: str, repository: str) -> str:
    # Docker's name for it may be of another registry that has the same image, and leaves docker.io out.
    return f"{repository}@{repo_digest.rpartition('@')[2]}"
