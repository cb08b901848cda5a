"""The gateway: how requests get into the cluster."""

from components.gateway.component import Gateway, GatewayArgs

__all__ = ["Gateway", "GatewayArgs"]
