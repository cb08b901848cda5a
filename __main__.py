"""pocdeploy: a web application on Kubernetes, in front of a highly available PostgreSQL.

config      Pulumi.<stack>.yaml, checked, and the patched copies of the applications' sources
cluster     where all this runs, as facts: provider, registry, storage class, exposure
operator    CloudNativePG, once
gateway     Traefik, the one way in
each app    namespace → image, database → frontend: migrations, administrator, pods, route
observed    Prometheus and Grafana, and whoever wants it the cluster's objects in the browser: nothing waits for them
outputs     addresses, the administrator, and a command for the database
"""

from components.backend import DatabaseOperator, DatabaseOperatorArgs
from components.cluster import create_cluster, in_cluster_options
from components.gateway import Gateway, GatewayArgs
from components.stack import application, config, observability, outputs

program = config.read()
settings = program.settings

cluster = create_cluster(settings, program.registry_password)
operator = DatabaseOperator(
    "cnpg",
    DatabaseOperatorArgs(
        chart=settings.charts.cloudnative_pg,
        access=cluster.access,
        topology_key=cluster.topology_key,
        dashboard=settings.monitoring.has_grafana and cluster.provided.monitoring is None,
        provided=cluster.provided.database_operator,
    ),
    in_cluster_options(cluster),
)
gateway = Gateway(
    "traefik",
    GatewayArgs(
        chart=settings.charts.traefik,
        access=cluster.access,
        exposure=cluster.exposure,
        topology_key=cluster.topology_key,
        provided=cluster.provided.gateway,
    ),
    in_cluster_options(cluster),
)
apps = application.deploy_all(program, cluster, operator, gateway)
cluster.publish(settings.hosts, gateway.address, after=[app.frontend for app in apps])
observed = observability.deploy(program, cluster, operator, gateway, apps)
outputs.export(cluster, gateway, apps, observed.monitoring, observed.browser)
