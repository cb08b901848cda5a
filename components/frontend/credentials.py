"""Credentials: the secrets of an application, generated once unless a user has set them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_random as random

from components.shared import base
from pocdeploy.config import AppSettings
from pocdeploy.config.variables import ADMIN_PASSWORD


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """Inputs of the credentials."""

    app: AppSettings
    """Settings with the administrator's name and e-mail."""
    namespace: pulumi.Input[str]
    """The application's namespace."""
    given: Mapping[str, pulumi.Output[str]]
    """Environment variable -> value that was set with ``pocdeploy set``."""


class Credentials(base.Component):
    """Two Secrets: one for all containers of the application, one for the Job that creates the administrator.

    They are immutable and Pulumi chooses their names, so a changed value is a new Secret, and the pods that read it are
    replaced. The old Secret for the containers is not deleted, because an earlier revision that refers to it can be
    restored. `Revisions.mark_as_good` deletes it when no revision refers to it (docs/adr/0009).
    """

    admin_password: pulumi.Output[str]
    environment_secret: pulumi.Output[str]
    admin_secret: pulumi.Output[str]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("frontend", name, opts)
        given = args.given
        self.admin_password = given.get(ADMIN_PASSWORD) or self._generated(f"{name}-admin-password", 24)
        environment: dict[str, pulumi.Input[str]] = {name: given[name] for name in given if name != ADMIN_PASSWORD}
        key = args.app.secret_key_env
        environment[key] = given.get(key) or self._generated(f"{name}-secret-key", 64)
        self.environment_secret = self._secret(
            f"{name}-environment", args.namespace, environment, retain_on_delete=True
        )
        admin: dict[str, pulumi.Input[str]] = {
            "ADMIN_USERNAME": args.app.admin.username,
            "ADMIN_EMAIL": args.app.admin.email,
            ADMIN_PASSWORD: self.admin_password,
        }
        self.admin_secret = self._secret(f"{name}-admin", args.namespace, admin)
        self.register_outputs({"admin_password": self.admin_password})

    def _generated(self, name: str, length: int) -> pulumi.Output[str]:
        # Letters and digits only: people type the administrator's password and paste it into shells.
        return random.RandomPassword(name, length=length, special=False, opts=self.child()).result

    def _secret(
        self, name: str, namespace: pulumi.Input[str], data: Mapping[str, pulumi.Input[str]], **options: Any
    ) -> pulumi.Output[str]:
        metadata = {"namespace": namespace, "labels": base.labels(name, "credentials")}
        fields = {"immutable": True}
        return self.create_secret(
            name, metadata=metadata, string_data=dict(data), fields=fields, **options
        ).metadata.name
