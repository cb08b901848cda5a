"""AppImage: build a patched source and push the image, for pods that refer to it by digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.cluster import Registry
from components.image import refused_push
from components.shared import base


@dataclass(frozen=True, kw_only=True)
class Source:
    """A patched copy of an application's source."""

    tree: str
    """The copy, relative to the project."""
    context: str
    """Build context, relative to the project."""
    dockerfile: str
    """Dockerfile, relative to the project."""


@dataclass(frozen=True, kw_only=True)
class AppImageArgs:
    """Inputs of an image."""

    source: Source
    """Patched copy of the source."""
    registry: Registry
    """Registry that the image is pushed to."""
    platform: str
    """Platform of the nodes, which can differ from that of this machine."""
    build_args: Mapping[str, str]
    """Build arguments. They can be read from the image."""
    tag: str
    """Tag of the image, for people. Pods refer to the digest, so a moved tag does not change them."""


class AppImage(base.Component):
    """Builds and pushes an image. docker.Image hashes the build context, and builds only after a change."""

    reference: pulumi.Output[str]
    """``repository@sha256:…``, with the registry's name for the nodes."""

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
            # The provider does not check the registry: an image is deleted with it, and pushed again to a new one.
            opts=self.child(
                depends_on=[registry.resource] if registry.resource else [],
                deleted_with=registry.resource,
                replacement_trigger=registry.identity,
                hooks=pulumi.ResourceHookBinding(on_error=[refused_push.error_hook(name, registry)]),
            ),
        )
        self.reference = pulumi.Output.all(image.repo_digest, registry.pull).apply(
            lambda known: _as_pulled(known[0], f"{known[1]}/{name}")
        )
        self.register_outputs({"reference": self.reference})


def _host(registry: Registry) -> pulumi.Output[str]:
    """Return the registry's host, without a path. A login is for the host."""
    return pulumi.Output.from_input(registry.push).apply(lambda push: push.partition("/")[0])


def _as_pulled(repo_digest: str, repository: str) -> str:
    # Docker can name another registry that has the same image, and it omits docker.io.
    return f"{repository}@{repo_digest.rpartition('@')[2]}"
