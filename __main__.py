"""pocdeploy: a web application on Kubernetes, in front of a highly available PostgreSQL.

config      Pulumi.<stack>.yaml, checked, and the patched copies of the applications' sources
cluster     where all this runs, as facts: provider, registry, storage class, exposure
operator    CloudNativePG, once
gateway     Traefik, the one way in
each app    namespace → image, database → frontend: migrations, administrator, pods, route
monitoring  Prometheus and Grafana, beside it all: nothing waits for them
outputs     addresses, the administrator, and a command for the database
"""

from components import application, config, outputs
from components.backend import DatabaseOperator, DatabaseOperatorArgs
from components.cluster import create_cluster, on
from components.gateway import Gateway, GatewayArgs
from components.monitoring import MonitoringArgs, MonitoringStack

program = config.read()
settings = program.settings

cluster = create_cluster(settings)
operator = DatabaseOperator(
    "cnpg", DatabaseOperatorArgs(chart=settings.charts.cloudnative_pg, access=cluster.access), on(cluster)
)
gateway = Gateway(
    "traefik",
    GatewayArgs(chart=settings.charts.traefik, access=cluster.access, exposure=cluster.exposure),
    on(cluster),
)
apps = [application.deploy(name, program, cluster, operator, gateway) for name in settings.apps]
monitoring = MonitoringStack(
    "monitoring",
    MonitoringArgs(
        settings=settings.monitoring,
        chart=settings.charts.kube_prometheus_stack,
        access=cluster.access,
        targets=[operator.scrape, gateway.scrape, *(target for app in apps for target in app.frontend.scrape)],
        ingress_class=gateway.ingress_class,
        grafana_url=cluster.exposure.url(settings.monitoring.grafana_host),
    ),
    on(cluster),
)
outputs.export(cluster, apps, monitoring)
