"""One application, wired: each part gets values from the one before it and never reaches back."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.backend import Connection, DatabaseOperator, create_database
from components.cluster import Cluster, in_cluster_options
from components.frontend import Frontend, FrontendArgs
from components.gateway import Gateway
from components.image import AppImage, AppImageArgs
from components.shared.namespace import AppNamespace
from components.stack.config import Program
from components.stack.outputs import Deployed


def deploy_all(program: Program, cluster: Cluster, operator: DatabaseOperator, gateway: Gateway) -> list[Deployed]:
    """Create every application, in any order that puts a cluster before those that share it; give them as they stand.

    Returns them in the order of the settings: the first one's outputs are the stack's.
    """
    apps = program.settings.apps
    deployed: dict[str, Deployed] = {}
    for name in sorted(apps, key=lambda name: apps[name].cluster is None):  # stable: otherwise as in the settings
        others = {other: done.database for other, done in deployed.items()}
        deployed[name] = deploy(name, program, cluster, operator, gateway, others=others)
    return [deployed[name] for name in apps]


def deploy(
    name: str,
    program: Program,
    cluster: Cluster,
    operator: DatabaseOperator,
    gateway: Gateway,
    *,
    others: Mapping[str, Connection],
) -> Deployed:
    """Create namespace, image, database and frontend of the application ``name``.

    ``others`` has the databases of the applications that were created before.
    """
    app = program.settings.apps[name]
    image = _image(name, program, cluster)
    home = AppNamespace(name, cluster.registry.pull_secret, in_cluster_options(cluster))
    namespace = home.namespace
    monitoring_namespace = cluster.provided.monitoring_namespace(program.settings.monitoring.namespace)
    database = create_database(
        name,
        app,
        access=cluster.access,
        namespace=namespace,
        storage_class=cluster.storage_class,
        topology_key=cluster.topology_key,
        topology_domains=cluster.topology_domains,
        protect=cluster.protect,
        operator_namespace=operator.namespace,
        monitoring_namespace=monitoring_namespace,
        others=others,
        opts=in_cluster_options(cluster, depends_on=[operator]),
    )
    frontend = Frontend(
        name,
        FrontendArgs(
            app=app,
            namespace=namespace,
            access=cluster.access,
            image=image,
            database=database,
            secrets=program.secrets.get(name, {}),
            url=cluster.exposure.url(str(app.host)),
            pull_secret=home.pull_secret,
            ingress_class=gateway.ingress_class,
            ingress_annotations=gateway.ingress_annotations,
            address_timeout=gateway.address_timeout,
            gateway_namespace=gateway.namespace,
            gateway_url=gateway.url,
            monitoring_namespace=monitoring_namespace,
            topology_key=cluster.topology_key,
        ),
        in_cluster_options(cluster),
    )
    return Deployed(name=name, app=app, image=image, database=database, frontend=frontend)


def _image(name: str, program: Program, cluster: Cluster) -> pulumi.Output[str]:
    """Return the image by digest: the given one, or one that is built. Not in the cluster, but while that is made."""
    app = program.settings.apps[name]
    if app.image is not None:
        return pulumi.Output.from_input(app.image)
    args = AppImageArgs(
        source=program.sources[name],
        registry=cluster.registry,
        platform=cluster.platform,
        build_args=app.build_args,
        tag=app.version or pulumi.get_stack(),
    )
    return AppImage(name, args).reference
