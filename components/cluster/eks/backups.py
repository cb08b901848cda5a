"""BackupBucket: the bucket of a stack's backups on AWS, and the role with which its databases use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, s3

from components.cluster.eks import policies
from components.cluster.eks.iam import Role, RoleArgs
from components.shared import base
from components.shared.backup_store import BackupStore
from pocdeploy.stacks.backup_servers import service_accounts

OLD_VERSIONS_DAYS = 30
"""How long AWS keeps what was deleted or overwritten."""
UPLOAD_DAYS = 7
"""How long AWS keeps the parts of an upload that did not end."""


@dataclass(frozen=True, kw_only=True)
class BackupBucketArgs:
    """Inputs of the bucket."""

    cluster: pulumi.Input[str]
    """Name of the cluster."""
    databases: Sequence[str]
    """Applications that have a database cluster of their own."""
    bucket: str | None
    """Name of a bucket that exists; None to create one."""
    prefix: str
    """Path in the bucket that belongs to this stack."""
    readable: Sequence[str]
    """Paths of other stacks, with whose contents databases of this one begin."""
    region: str
    """Region of the bucket."""
    retention: str
    """For how long backups are kept, unless a database has its own setting."""


class BackupBucket(base.Component):
    """A private bucket, encrypted and versioned. `destroy` keeps it with its contents: it outlives the stack."""

    store: BackupStore

    def __init__(self, name: str, args: BackupBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        bucket = pulumi.Output.from_input(args.bucket) if args.bucket else self._create(name)
        role = Role(
            name,
            RoleArgs(
                trust=policies.trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
                managed=[],
                own={"backups": bucket.apply(lambda it: policies.use_of_bucket(it, args.prefix, args.readable))},
            ),
            self.child(),
        )
        access = [
            eks.PodIdentityAssociation(
                f"{name}-{account}",
                cluster_name=args.cluster,
                namespace=app,
                service_account=account,
                role_arn=role.arn,
                opts=self.child(depends_on=role.policies),
            )
            for app in args.databases
            for account in service_accounts(app)
        ]
        self.store = BackupStore(
            bucket=bucket, prefix=args.prefix, region=args.region, retention=args.retention, resources=access
        )
        self.register_outputs({"bucket": bucket})

    def _create(self, name: str) -> pulumi.Output[str]:
        """Create the bucket; Pulumi chooses its name, which is unique in all of AWS."""
        kept = self.child(retain_on_delete=True)
        bucket: pulumi.Output[str] = s3.Bucket(name, force_destroy=False, opts=kept).bucket
        s3.BucketPublicAccessBlock(
            name,
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=kept,
        )
        encryption = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
        s3.BucketServerSideEncryptionConfiguration(name, bucket=bucket, rules=[encryption], opts=kept)
        s3.BucketVersioning(name, bucket=bucket, versioning_configuration={"status": "Enabled"}, opts=kept)
        s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket,
            rules=[
                {
                    "id": "old",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSIONS_DAYS},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
                }
            ],
            opts=kept,
        )
        s3.BucketPolicy(name, bucket=bucket, policy=bucket.apply(policies.only_encrypted_connections), opts=kept)
        return bucket
