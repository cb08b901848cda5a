"""LocalStore: an S3 service on this machine, for the backups of a stack on Kind."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_random as random
from pulumi_command import local

from components.cluster.kind.scripts import run
from components.shared import base
from components.shared.backup_store import BackupStore

BUCKET = "backups"
PORT = 7070
RETENTION = "7d"


@dataclass(frozen=True, kw_only=True)
class LocalStoreArgs:
    """Inputs of the store."""

    cluster: str
    """Name of its cluster."""
    image: str
    """Image of versitygw."""
    network: pulumi.Resource
    """Resource that has created Docker's network ``kind``."""


class LocalStore(base.Component):
    """A container that only the cluster reaches. Its data is in a volume of the stack, which outlives both."""

    facts: BackupStore

    def __init__(self, name: str, args: LocalStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        container, stack = f"{args.cluster}-backups", pulumi.get_stack()
        access, secret = [
            random.RandomPassword(f"{name}-{part}", length=length, special=False, opts=self.child()).result
            for part, length in (("access-key", 20), ("secret-key", 40))
        ]
        command = local.Command(
            name,
            create=run("store-create"),
            delete=run("store-delete"),
            environment={
                "STORE": container,
                "VOLUME": f"pocdeploy-backups-{stack}",
                "BUCKET": BUCKET,
                "STACK": stack,
                "IMAGE": args.image,
                "ROOT_ACCESS_KEY": access,
                "ROOT_SECRET_KEY": secret,
            },
            triggers=[container, args.image],
            logging=local.Logging.STDERR,
            add_previous_output_in_env=False,
            opts=self.child(delete_before_replace=True, depends_on=[args.network]),
        )
        self.facts = BackupStore(
            bucket=BUCKET,
            endpoint=f"http://{container}:{PORT}",
            credentials={"accessKeyId": access, "secretAccessKey": secret},
            retention=RETENTION,
            resources=[command],
        )
        self.register_outputs({"endpoint": self.facts.endpoint})
