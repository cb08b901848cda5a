"""What an application may reach beside its own database."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag, model_validator

from pocdeploy.config.types import NOT_EMPTY, AppName, HostName, Model, Port, invalid

_INTERNET = (
    "false, true, or a list such as [{host: smtp.example.com, ports: [587]}, {cidr: 10.1.0.0/16, ports: [5432]}]"
)


def _cidr(value: Any) -> Any:
    try:
        if not isinstance(value, str):
            raise ValueError(value)
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise invalid("a range of addresses without host bits, for example 10.1.0.0/16 or 192.0.2.7/32") from None


class Destination(Model):
    """Addresses outside of the cluster, and ports."""

    host: HostName | None = None
    """Name of a host on the internet. NetworkPolicies know no names: its ports are opened to all public addresses."""
    cidr: Annotated[str, BeforeValidator(_cidr)] | None = None
    """Range of addresses, also a private one."""
    ports: Annotated[tuple[Port, ...], NOT_EMPTY] = (443,)
    """TCP ports."""

    @model_validator(mode="after")
    def _one_target(self) -> Destination:
        if (self.host is None) == (self.cidr is None):
            raise invalid("either host or cidr")
        return self


def _internet(value: Any) -> Any:
    if not isinstance(value, bool | list | tuple):
        raise invalid(_INTERNET)
    return value or False


def _form(value: Any) -> str:
    return "tuple[]" if isinstance(value, list | tuple) else "literal[]"


Internet = Annotated[
    # Tags that messages leave out, as those of pydantic (`validation.py`).
    Annotated[bool, Tag("literal[]")] | Annotated[tuple[Destination, ...], Tag("tuple[]")],
    Discriminator(_form),
    BeforeValidator(_internet),
]


class Connections(Model):
    """Connections out of an application's pods; DNS and its own database are always possible."""

    internet: Internet = False
    """All public addresses (`true`), none (`false`), or a list."""
    apps: tuple[AppName, ...] = ()
    """Other applications of this stack that it may call. Each gives a variable `<NAME>_URL`."""

    @model_validator(mode="after")
    def _each_once(self) -> Connections:
        if twice := sorted({name for name in self.apps if self.apps.count(name) > 1}):
            raise invalid(
                f"each application once ({', '.join(twice)} is there twice)",
                key="apps",
                tries=[{"apps": [*dict.fromkeys(self.apps)]}],
            )
        return self


def url_variable(app: str) -> str:
    """Return the name of the variable with the URL of an application."""
    return f"{app.upper().replace('-', '_')}_URL"
