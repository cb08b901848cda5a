"""Settings of Prometheus, Grafana, the alert receiver and the cluster browser."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from pocdeploy.config.types import Email, Flag, HostName, HttpUrl, Model, Storage, invalid, matches

Duration = Annotated[str, matches(r"[1-9]\d*[hdw]", "a duration in hours, days or weeks, for example 12h or 2d")]

RECEIVER_SECRETS = {"webhook": ("URL",), "email": ("PASSWORD",), "slack": ("URL",)}
"""Type of receiver -> its secrets, set as ``pocdeploy:secrets.alertmanager.<NAME>``."""

_NEEDS: dict[str, tuple[str, ...]] = {"webhook": (), "email": ("to", "sender", "smarthost"), "slack": ("channel",)}
_EXAMPLES = {
    "to": "team@example.com",
    "sender": "alerts@example.com",
    "smarthost": "mail.example.com:587",
    "channel": "#alerts",
}
_TAKES: dict[str, tuple[str, ...]] = {"webhook": (), "email": (*_NEEDS["email"], "username"), "slack": ("channel",)}


class Receiver(Model):
    """Receiver of alerts. Its URL or password is a secret and not part of the settings."""

    type: Literal["webhook", "email", "slack"]
    """`webhook` (a POST to a URL), `email` or `slack`; its URL or password is a secret:
    docs/monitoring.md#receivers."""
    to: Email | None = None
    """E-mail: address of the recipient."""
    sender: Email | None = None
    """E-mail: address of the sender."""
    smarthost: (
        Annotated[str, matches(r"[A-Za-z0-9.-]+:\d{1,5}", "host:port, for example mail.example.com:587")] | None
    ) = None
    """E-mail: SMTP server."""
    username: str | None = None
    """E-mail: user name at the server; default: no authentication."""
    channel: Annotated[str, matches(r"[#@]\S+", "a channel or a user, for example #alerts")] | None = None
    """Slack: channel or user."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the required secrets."""
        return () if self.type == "email" and self.username is None else RECEIVER_SECRETS[self.type]

    @model_validator(mode="after")
    def _fits_its_type(self) -> Receiver:
        given = {name for name in type(self).model_fields if name != "type" and getattr(self, name) is not None}
        if missing := [name for name in _NEEDS[self.type] if name not in given]:
            accepted = f"a receiver of type {self.type} with {', '.join(missing)}"
            raise invalid(accepted, at=missing, tries=[{name: _EXAMPLES[name]} for name in missing])
        if foreign := sorted(given - set(_TAKES[self.type])):
            accepted = f"a receiver of type {self.type} without {', '.join(foreign)}"
            raise invalid(accepted, at=foreign, tries=[{name: None} for name in foreign])
        return self


class Monitoring(Model):
    """Prometheus, Grafana and Alertmanager."""

    profile: Literal["light", "full", "off"] = "light"
    """`light` needs 8 GiB for the whole stack; `full` adds the rules and dashboards of the charts; `off` installs
    none."""
    grafana: Flag = True
    """Install Grafana."""
    grafana_host: HostName = "grafana.localhost"
    """Host name of Grafana at the gateway, if only this machine reaches the gateway."""
    retention: Duration | None = None
    """How long Prometheus keeps samples; default: `2d`, with `full` `15d`."""
    storage: Storage | None = None
    """Maximum size of the samples; on a volume, unless the cluster is on this machine; default: `2Gi`, with `full`
    `20Gi`."""
    receiver: Receiver | None = None
    runbooks: HttpUrl | None = None
    """Base URL of the runbooks in alerts; default: `docs/runbooks`."""
    cluster_browser: Literal["readonly", "admin"] | None = None
    """Install Headlamp with a token that may read (`readonly`) or change (`admin`) everything:
    docs/monitoring.md#cluster-browser."""
    cluster_browser_host: HostName = "headlamp.localhost"
    """Host name of the cluster browser at the gateway, if only this machine reaches the gateway."""

    @property
    def namespace(self) -> str | None:
        """Namespace of Prometheus; None without Prometheus."""
        return None if self.profile == "off" else "monitoring"

    @property
    def has_grafana(self) -> bool:
        """Whether Grafana is installed."""
        return self.namespace is not None and self.grafana

    @property
    def retention_time(self) -> str:
        """How long Prometheus keeps samples."""
        return self.retention or ("15d" if self.profile == "full" else "2d")

    @property
    def storage_size(self) -> str:
        """Size of Prometheus' storage."""
        return self.storage or ("20Gi" if self.profile == "full" else "2Gi")

    @property
    def runbook_base(self) -> str:
        """Beginning of a runbook's URL."""
        return self.runbooks or "docs/runbooks"

    @property
    def has_alertmanager(self) -> bool:
        """Whether Alertmanager is installed: with `full`, or with a receiver."""
        return self.namespace is not None and (self.profile == "full" or self.receiver is not None)

    @model_validator(mode="after")
    def _somebody_sends(self) -> Monitoring:
        if self.profile == "off" and self.receiver is not None:
            accepted = "light or full, or no receiver: the profile off does not install Alertmanager"
            raise invalid(accepted, at=["profile"], tries=[{"profile": "light"}])
        return self
