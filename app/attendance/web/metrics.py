"""Metrics of requests and migrations that django-prometheus lacks, or does not add up over several processes.

The modes say what becomes of a gauge of several workers: `live…` forgets a worker that has ended.
"""

import threading
from math import nan

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django_prometheus import middleware
from prometheus_client import Gauge

MIGRATIONS_INTERVAL = 30.0  # seconds

IN_FLIGHT = Gauge(
    "django_http_requests_in_flight", "Requests that are being answered, probes aside.", multiprocess_mode="livesum"
)
APPLIED = Gauge(
    "django_migrations_applied",
    "Migrations that the database has; NaN while it cannot be asked.",
    ["connection"],
    multiprocess_mode="livemostrecent",
)
UNAPPLIED = Gauge(
    "django_migrations_unapplied",
    "Migrations of this version that the database lacks; NaN while it cannot be asked.",
    ["connection"],
    multiprocess_mode="livemostrecent",
)


class Metrics(middleware.Metrics):
    """Latency by status too: errors are often fast, or very slow, and would hide what the others are."""

    _instance = None

    def register_metric(self, metric_cls, name, documentation, labelnames=(), **kwargs):
        if name == "django_http_requests_latency_seconds_by_view_method":
            labelnames = [*labelnames, "status"]
        return super().register_metric(metric_cls, name, documentation, labelnames, **kwargs)


class BeforeMiddleware(middleware.PrometheusBeforeMiddleware):
    """Counts requests that are under way."""

    metrics_cls = Metrics

    def process_request(self, request):
        IN_FLIGHT.inc()
        return super().process_request(request)

    def process_response(self, request, response):
        IN_FLIGHT.dec()
        return super().process_response(request, response)


class AfterMiddleware(middleware.PrometheusAfterMiddleware):
    """Counts requests and exceptions, and measures latency."""

    metrics_cls = Metrics

    def label_metric(self, metric, request, response=None, **labels):
        if metric is self.metrics.requests_latency_by_view_method:
            # A client can make up methods, and each would be a series of its own.
            labels |= {"method": self._method(request), "status": str(response.status_code)}
        return super().label_metric(metric, request, response, **labels)

    def process_exception(self, request, exception):
        """Only count: the base would measure the latency here, and once more when the response is there."""
        self.metrics.exceptions_by_type.labels(type=type(exception).__name__).inc()
        self.metrics.exceptions_by_view.labels(view=self._get_view_name(request)).inc()


def watch_migrations():
    """Look at the migrations from now on, in a thread of this process."""
    threading.Thread(target=_watch_migrations, name="migrations", daemon=True).start()


def _watch_migrations():
    pause = threading.Event()
    while True:
        _look_at_migrations()
        pause.wait(MIGRATIONS_INTERVAL)


def _look_at_migrations():
    applied = unapplied = nan
    try:
        executor = MigrationExecutor(connection)
        applied = len(executor.loader.applied_migrations)
        unapplied = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Error:
        pass  # The readiness probe is what says so.
    finally:
        connection.close()
    APPLIED.labels(connection.alias).set(applied)
    UNAPPLIED.labels(connection.alias).set(unapplied)
