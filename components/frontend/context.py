"""What all objects of one application have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pocdeploy.config import AppSettings


@dataclass(frozen=True, kw_only=True)
class WebAppContext:
    """What all objects of an application have in common."""

    name: str
    """The application."""
    namespace: Any
    """Its namespace."""
    app: AppSettings
    """Its settings."""
    image: Any
    """Its image by digest."""
    environment: Sequence[Mapping[str, Any]]
    """Environment of every container, in addition to the application's own."""
    wait: Sequence[Mapping[str, Any]] = ()
    """Init containers of a Job, which end when the database serves."""
    database_identity: Any = None
    """Changes when the database is recreated. The Jobs then run again."""
    pull_secret: Any = None
    """Name of the Secret that images are pulled with, if one is needed."""
    node_selector: Mapping[str, str] | None = None
    """Labels of the nodes that can run the image; None if all nodes can."""
    secret: Any
    """Name of the Secret whose keys are also environment variables."""
    origins: Sequence[str]
    """Values of a browser's Origin header, for example http://localhost:8080."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Variable -> URL of another application that it may call."""
    internal_host: str | None = None
    """Host under which other applications call it; None if none may."""
    previous_host: str | None = None
    """Host before the current one, which the pods still answer to."""
    labels: Mapping[str, str]
    """Recommended labels, without the component."""
    commit: str | None = None
    """Commit of its source, if it is known."""

    @property
    def hosts(self) -> list[str]:
        """Hosts that the pods answer to; the first one is that of the URL."""
        return [it for it in (*self.app.all_hosts, self.internal_host, self.previous_host) if it]

    def without_volumes(self) -> WebAppContext:
        """Return the same application without its volumes, for pods that run before the others."""
        return replace(self, app=self.app.model_copy(update={"volumes": {}}))

    def labels_of(self, component: str) -> dict[str, str]:
        """Return the labels of one component."""
        return {**self.labels, "app.kubernetes.io/component": component}

    def metadata(self, component: str, **more: Any) -> dict[str, Any]:
        """Return the metadata of an object. Without ``name`` in ``more`` Pulumi chooses a name."""
        return {**more, "namespace": self.namespace, "labels": self.labels_of(component)}

    def selector(self, component: str) -> dict[str, str]:
        """Return the labels that select a component's pods."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/component": component}
