"""Programs that pocdeploy runs beside an application: a cache, and a web server in front of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pocdeploy import versions
from pocdeploy.config.storage import Directory
from pocdeploy.config.types import ImageName, Memory, Model, Storage, UrlPath, invalid, matches


class Cache(Model):
    """A Valkey, which speaks the protocol of Redis, for this application alone."""

    memory: Memory = "64Mi"
    """Most that its data can take. As a cache it then forgets what was not used for long; as a queue it refuses."""
    queue: Annotated[bool, Field(strict=True)] = False
    """Whether its data must not be lost: it is written to a volume, and nothing is forgotten."""
    storage: Storage = "1Gi"
    """Size of the volume of a queue."""
    image: ImageName = versions.VALKEY_IMAGE
    """Image of Valkey."""


def _cache(value: Any) -> Any:
    if value is None or value is False:
        return None
    if value is True:
        return {}
    if not isinstance(value, dict | Cache):
        raise invalid("true, false, or a map such as {memory: 128Mi, queue: true}")
    return value


CacheSettings = Annotated[Cache | None, BeforeValidator(_cache)]


class WebServer(Model):
    """nginx in each pod, between the gateway and the application: it buffers slow clients and serves files."""

    type: Literal["nginx"] = "nginx"
    """Always nginx."""
    static: dict[UrlPath, Directory] = {}
    """Path of the URL -> directory in the image with its files, for example `{/static/: /app/staticfiles}`."""
    max_body: Annotated[str, matches(r"[1-9]\d{0,5}[kmg]?", "a size of nginx, for example 10m (k, m or g)")] = "10m"
    """Largest body of a request."""
    image: ImageName = versions.NGINX_IMAGE
    """Image of nginx that runs as any user and writes in /tmp alone."""


def _web_server(value: Any) -> Any:
    if value is None or value == "nginx":
        return {} if value else None
    if not isinstance(value, dict | WebServer):
        raise invalid("nginx, null, or a map such as {type: nginx, static: {/static/: /app/staticfiles}}")
    return value


WebServerSettings = Annotated[WebServer | None, BeforeValidator(_web_server)]
