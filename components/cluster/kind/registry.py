"""LocalRegistry: an image registry on this machine that the cluster's nodes pull from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_command import local

from components import _base


@dataclass(frozen=True, kw_only=True)
class LocalRegistryArgs:
    """What the registry is made from."""

    cluster: str
    """Name of the cluster that it belongs to."""
    image: str
    """Image of the registry."""
    port: int
    """Port on 127.0.0.1."""


class LocalRegistry(_base.Component):
    """A registry container, reachable on 127.0.0.1 only. It does not need the cluster: images are built meanwhile."""

    host: str
    """Registry in image names, for this machine and, by the nodes' hosts.toml, for the nodes."""
    container_name: str
    container: docker.Container

    def __init__(self, name: str, args: LocalRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        self.host = f"localhost:{args.port}"
        self.container_name = f"{args.cluster}-registry"
        image = docker.RemoteImage(f"{name}-image", name=args.image, keep_locally=True, opts=self.child())
        self.container = docker.Container(
            name,
            name=self.container_name,
            image=image.image_id,
            restart="unless-stopped",
            ports=[{"internal": 5000, "external": args.port, "ip": "127.0.0.1"}],
            labels=[{"label": "app.kubernetes.io/part-of", "value": _base.PART_OF}],
            opts=self.child(delete_before_replace=True),
        )
        # docker.Image leaves its tags behind when it is deleted; this is what `make down` must not do.
        local.Command(
            f"{name}-images",
            create="true",
            delete=(Path(__file__).parent / "scripts" / "remove-images.sh").read_text(encoding="utf-8"),
            environment={"REGISTRY_HOST": self.host},
            opts=self.child(),
        )
        self.register_outputs({"host": self.host, "container_name": self.container_name})
