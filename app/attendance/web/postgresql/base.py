"""Counts open connections; queries, their time, errors and new connections are counted by django-prometheus."""

from django_prometheus.db.backends.postgresql import base
from prometheus_client import Gauge

OPEN = Gauge(
    "django_db_connections_open",
    "Connections to the database that are open.",
    ["alias", "vendor"],
    multiprocess_mode="livesum",
)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        OPEN.labels(self.alias, self.vendor).inc()
        return connection

    def _close(self):
        if self.connection is not None:
            OPEN.labels(self.alias, self.vendor).dec()
        return super()._close()
