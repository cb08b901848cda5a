"""What watches the stack: Prometheus, Grafana, who is told of an alert, and the cluster browser."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from pocdeploy.config.types import Email, HostName, HttpUrl, Model, Storage, invalid, matches

Duration = Annotated[str, matches(r"[1-9]\d*[hdw]", "a duration in hours, days or weeks, for example 12h or 2d")]

RECEIVER_SECRETS = {"webhook": ("URL",), "email": ("PASSWORD",), "slack": ("URL",)}
"""Type of receiver -> its secrets, set as ``pocdeploy:secrets.alertmanager.<NAME>``."""

_NEEDS: dict[str, tuple[str, ...]] = {"webhook": (), "email": ("to", "sender", "smarthost"), "slack": ("channel",)}
_TAKES: dict[str, tuple[str, ...]] = {"webhook": (), "email": (*_NEEDS["email"], "username"), "slack": ("channel",)}


class Receiver(Model):
    """Who is told of an alert. What is secret of it (URL, password) is not in here."""

    type: Literal["webhook", "email", "slack"]
    """How: a POST to a URL, an e-mail, or a message in Slack by an incoming webhook."""
    to: Email | None = None
    """E-mail: the address that is written to."""
    sender: Email | None = None
    """E-mail: the address that it comes from."""
    smarthost: (
        Annotated[str, matches(r"[A-Za-z0-9.-]+:\d{1,5}", "host:port, for example mail.example.com:587")] | None
    ) = None
    """E-mail: the server that takes it."""
    username: str | None = None
    """E-mail: user at that server; none for a server that asks for none."""
    channel: Annotated[str, matches(r"[#@]\S+", "a channel or a user, for example #alerts")] | None = None
    """Slack: where the message goes."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that have to be set."""
        return () if self.type == "email" and self.username is None else RECEIVER_SECRETS[self.type]

    @model_validator(mode="after")
    def _fits_its_type(self) -> Receiver:
        given = {name for name in type(self).model_fields if name != "type" and getattr(self, name) is not None}
        if missing := [name for name in _NEEDS[self.type] if name not in given]:
            raise invalid(f"a receiver of type {self.type} with {', '.join(missing)}")
        if foreign := sorted(given - set(_TAKES[self.type])):
            raise invalid(f"a receiver of type {self.type} without {', '.join(foreign)}")
        return self


class Monitoring(Model):
    """Prometheus, Grafana and Alertmanager."""

    profile: Literal["light", "full", "off"] = "light"
    """`light` fits beside everything else in 8 GiB; `full` adds stock rules and dashboards; `off` installs nothing."""
    grafana: bool = True
    """Install Grafana."""
    grafana_host: HostName = "grafana.localhost"
    """Host name of Grafana at the gateway, where the gateway is reached from this machine only."""
    retention: Duration | None = None
    """How long Prometheus keeps samples; default: 2d with `light`, 15d with `full`."""
    storage: Storage | None = None
    """Room for them; default: 2Gi with `light`, 20Gi with `full`. A volume where the cluster outlives this machine."""
    receiver: Receiver | None = None
    """Where alerts are sent; default: nowhere, Grafana shows them."""
    runbooks: HttpUrl | None = None
    """What the address of a runbook begins with; default: its path in this repository."""
    cluster_browser: Literal["readonly", "admin"] | None = None
    """Install Headlamp, with a token that may read, or do everything; default: none."""
    cluster_browser_host: HostName = "headlamp.localhost"
    """Host name of the cluster browser at the gateway, where the gateway is reached from this machine only."""

    @property
    def namespace(self) -> str | None:
        """Where Prometheus runs, or None where there is none."""
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
        """What the address of a runbook begins with."""
        return self.runbooks or "docs/runbooks"

    @property
    def has_alertmanager(self) -> bool:
        """Whether Alertmanager is installed: with `full`, and where there is somebody to be told."""
        return self.namespace is not None and (self.profile == "full" or self.receiver is not None)

    @model_validator(mode="after")
    def _somebody_sends(self) -> Monitoring:
        if self.profile == "off" and self.receiver is not None:
            raise invalid("no receiver with profile off: nothing would send to it")
        return self
