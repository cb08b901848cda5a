"""The gateway: the entry of all requests into the cluster."""

from components.gateway.component import Gateway, GatewayArgs, Route

__all__ = ["Gateway", "GatewayArgs", "Route"]
