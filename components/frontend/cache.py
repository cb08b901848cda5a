"""Cache: the Valkey of one application, with a password of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.frontend import cache_manifests as manifests
from components.shared import base
from components.shared.manifests import ignored_changes, persistent_volume_claim
from pocdeploy.config.addons import Cache as CacheSettings
from pocdeploy.config.variables import CACHE_VARIABLES

TIMEOUTS = pulumi.CustomTimeouts(create="4m", update="4m")


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """Inputs of a cache."""

    settings: CacheSettings
    """Memory, and whether it is a queue."""
    namespace: pulumi.Input[str]
    """The application's namespace."""
    storage_class: str | None
    """StorageClass of the volume of a queue; None for the cluster's default."""
    protect: bool
    """Whether Pulumi refuses to delete the volume of a queue."""
    keeps_volumes: bool = True
    """Whether a volume that exists stays: Kubernetes cannot change its StorageClass."""


class Cache(base.Component):
    """One pod of Valkey. Its URL has the password, so the variables of its clients are in their Secret."""

    variables: dict[str, pulumi.Output[str]]
    """Variable of a client -> its value, a secret."""

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("frontend", f"{name}-cache", opts)
        settings, full = args.settings, manifests.object_name(name)
        labels = base.labels(full, "cache")
        # Letters and digits only: clients put it into URLs.
        password = random.RandomPassword(f"{full}-password", length=32, special=False, opts=self.child()).result
        secret = self.create_secret(
            f"{full}-config",
            metadata={"namespace": args.namespace, "labels": labels},
            string_data={manifests.CONFIG: password.apply(lambda known: manifests.config(settings, known))},
            fields={"immutable": True},
        ).metadata.name
        claims = []
        if settings.queue:
            claim = persistent_volume_claim(
                full, namespace=args.namespace, labels=labels, size=settings.storage, storage_class=args.storage_class
            )
            options = self.child(protect=args.protect, ignore_changes=ignored_changes(keeps_volumes=args.keeps_volumes))
            claims.append(k8s.core.v1.PersistentVolumeClaim(f"{full}-volume", **claim, opts=options))
        policies = self.create_network_policies(name, args.namespace, manifests.network_policies(name))
        k8s.apps.v1.Deployment(
            f"{full}-deployment",
            **manifests.deployment(name, settings, namespace=args.namespace, labels=labels, secret=secret),
            opts=self.child(depends_on=[*claims, *policies], custom_timeouts=TIMEOUTS),
        )
        service = manifests.service(name, namespace=args.namespace, labels=labels)
        k8s.core.v1.Service(f"{full}-service", **service, opts=self.child(custom_timeouts=TIMEOUTS))
        url: pulumi.Output[str] = password.apply(lambda known: manifests.url(name, known))  # a secret, as its input
        self.variables = dict.fromkeys(CACHE_VARIABLES, url)
        self.register_outputs({})
