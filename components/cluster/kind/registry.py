"""LocalRegistry: an image registry on this machine that the cluster's nodes pull from."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_command import local

from components.cluster.kind.scripts import run
from components.shared import base


@dataclass(frozen=True, kw_only=True)
class LocalRegistryArgs:
    """Inputs of the registry."""

    cluster: str
    """Name of its cluster."""
    image: str
    """Image of the registry."""
    port: int
    """Port on 127.0.0.1."""


class LocalRegistry(base.Component):
    """A registry container on 127.0.0.1. It does not wait for the cluster, so images are built at the same time."""

    host: str
    """Registry in image names. The nodes find it by their hosts.toml."""
    container_name: str
    container: local.Command
    identity: str
    """Changes when the container is recreated and is therefore empty."""

    def __init__(self, name: str, args: LocalRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        self.host = f"localhost:{args.port}"
        self.container_name = f"{args.cluster}-registry"
        self.identity = f"{self.container_name} {args.image} {args.port}"
        # A Command instead of docker.Container: it adopts a container that a killed run has created, where
        # docker.Container fails because the name is in use (docs/adr/0006).
        self.container = local.Command(
            name,
            create=run("registry-create"),
            delete=run("registry-delete"),
            environment={
                "REGISTRY": self.container_name,
                "REGISTRY_HOST": self.host,
                "STACK": pulumi.get_stack(),
                "IMAGE": args.image,
                "PORT": str(args.port),
            },
            triggers=[self.identity],
            logging=local.Logging.STDERR,
            add_previous_output_in_env=False,
            opts=self.child(delete_before_replace=True),
        )
        self.register_outputs({"host": self.host, "container_name": self.container_name})
