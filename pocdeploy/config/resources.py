"""CPU and memory of a container."""

from __future__ import annotations

from pydantic import model_validator

from pocdeploy.config.types import Cpu, Memory, Model, invalid, quantity


class Amounts(Model):
    """CPU and memory, as Kubernetes quantities."""

    cpu: Cpu
    memory: Memory


class Resources(Model):
    """Requests and limits of a container."""

    requests: Amounts
    limits: Amounts

    @model_validator(mode="after")
    def _requests_fit(self) -> Resources:
        for name in ("cpu", "memory"):
            request, limit = getattr(self.requests, name), getattr(self.limits, name)
            if quantity(request) > quantity(limit):
                accepted = f"requests that are at most the limits (here {name}: {request} > {limit})"
                raise invalid(accepted, at=[f"requests.{name}"], tries=[{f"requests.{name}": limit}])
        return self


def default_resources(cpu: str, memory: str, cpu_limit: str, memory_limit: str) -> Resources:
    """Return requests and limits."""
    return Resources(requests=Amounts(cpu=cpu, memory=memory), limits=Amounts(cpu=cpu_limit, memory=memory_limit))
