"""One application, wired: each part gets values from the one before it and never reaches back."""

from __future__ import annotations

from components.backend import DatabaseOperator, create_database
from components.cluster import Cluster, on
from components.config import Program
from components.frontend import Frontend, FrontendArgs
from components.gateway import Gateway
from components.image import AppImage, AppImageArgs
from components.namespace import AppNamespace
from components.outputs import Deployed


def deploy(name: str, program: Program, cluster: Cluster, operator: DatabaseOperator, gateway: Gateway) -> Deployed:
    """Create namespace, image, database and frontend of the application ``name``."""
    app = program.settings.apps[name]
    # Not in the cluster: it is built while the cluster is being made.
    image = AppImage(
        name,
        AppImageArgs(
            source=program.sources[name],
            registry=cluster.registry,
            platform=cluster.platform,
            build_args=app.build_args,
        ),
    )
    namespace = AppNamespace(name, on(cluster)).namespace
    database = create_database(
        name,
        app,
        access=cluster.access,
        namespace=namespace,
        storage_class=cluster.storage_class,
        topology_key=cluster.topology_key,
        monitoring_namespace=program.settings.monitoring.namespace,
        opts=on(cluster, depends_on=[operator]),
    )
    frontend = Frontend(
        name,
        FrontendArgs(
            app=app,
            namespace=namespace,
            access=cluster.access,
            image=image.reference,
            database=database,
            secrets=program.secrets.get(name, {}),
            url=cluster.exposure.url(str(app.host)),
            ingress_class=gateway.ingress_class,
            gateway_namespace=gateway.namespace,
            gateway_url=gateway.url,
            monitoring_namespace=program.settings.monitoring.namespace,
            topology_key=cluster.topology_key,
        ),
        on(cluster),
    )
    return Deployed(name=name, app=app, image=image.reference, database=database, frontend=frontend)
