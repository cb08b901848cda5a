"""pocdeploy: a web application on Kubernetes, with a highly available PostgreSQL.

config         Pulumi.<stack>.yaml, checked, and the patched copies of the applications' sources
cluster        where everything runs, as facts: provider, registry, storage class, exposure
operator       CloudNativePG, once per cluster
backups        the plugin of the operator that archives, and the store
gateway        Traefik, the entry of all requests
applications   each has a namespace, an image, a database, and a frontend: migrations, administrator, pods, route
observability  Prometheus and Grafana, and on request a browser for the cluster's objects; no application waits for them
outputs        addresses, the administrator, and a command for the database
"""

from components.backend import DatabaseOperator, DatabaseOperatorArgs
from components.cluster import create_cluster, in_cluster_options
from components.gateway import Gateway, GatewayArgs
from components.stack import application, backups, config, observability, outputs

program = config.read()
settings = program.settings

cluster = create_cluster(
    settings,
    deployed=program.deployed,
    access=program.access,
    registry_password=program.registry_password,
    has_store_credentials=backups.has_credentials(program),
)
operator = DatabaseOperator(
    "cnpg",
    DatabaseOperatorArgs(
        chart=settings.charts.cloudnative_pg,
        client=cluster.client,
        topology_key=cluster.topology_key,
        dashboard=settings.monitoring.has_grafana and cluster.preinstalled.monitoring is None,
        preinstalled_namespace=cluster.preinstalled.database_operator,
    ),
    in_cluster_options(cluster),
)
gateway = Gateway(
    "traefik",
    GatewayArgs(
        chart=settings.charts.traefik,
        client=cluster.client,
        exposure=cluster.exposure,
        topology_key=cluster.topology_key,
        preinstalled=cluster.preinstalled.gateway,
    ),
    in_cluster_options(cluster),
)
store = backups.deploy(program, cluster, operator)
apps = application.deploy_all(program, cluster, operator, store, gateway)
cluster.publish(settings.hosts, gateway.address, after=[app.frontend for app in apps])
observed = observability.deploy(program, cluster, operator, gateway, apps)
outputs.export(cluster, gateway, apps, observed.monitoring, observed.browser)
