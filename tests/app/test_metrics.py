"""Metrics of the patched application under gunicorn with two workers, as Prometheus reads them."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from math import isnan

import pytest

from tests.app.load import POISON
from tests.app.support import App, Browser, Site, silent_server, stopped, until

LATENCY = "django_http_requests_latency_seconds_by_view_method"
IN_FLIGHT = "django_http_requests_in_flight"
OPEN = "django_db_connections_open"
APPLIED, UNAPPLIED = "django_migrations_applied", "django_migrations_unapplied"
MIGRATIONS = 19  # Django's own and the one of polls

EXPOSED = {
    "django_http_requests_before_middlewares_total",
    "django_http_responses_total_by_status_total",
    "django_http_responses_total_by_status_view_method_total",
    "django_http_requests_total_by_view_transport_method_total",
    f"{LATENCY}_bucket",
    "django_http_requests_latency_including_middlewares_seconds_bucket",
    IN_FLIGHT,
    "django_http_exceptions_total_by_type_total",
    "django_http_exceptions_total_by_view_total",
    "django_db_query_duration_seconds_bucket",
    "django_db_execute_total",
    "django_db_errors_total",
    "django_db_new_connections_total",
    OPEN,
    APPLIED,
    UNAPPLIED,
    "gunicorn_workers",
    "gunicorn_threads",
    "polls_votes_total",
}


@pytest.fixture(scope="module")
def empty_database(app: App) -> str:
    """A database without a single table."""
    app.shell("from django.db import connection; connection.cursor().execute('CREATE DATABASE empty')")
    return "empty"


def workers(site: Site, count: int = 2) -> list[int]:
    return [int(pid) for pid in site.program.find(r"Booting worker with pid: (\d+)", count=count)]


def test_all_metrics_exist_under_load_without_a_worker_label(running_app: Site) -> None:
    text = Browser(running_app.metrics_url).get("/metrics").text
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert {line.partition("{")[0].partition(" ")[0] for line in samples} >= EXPOSED
    assert [line for line in samples if 'pid="' in line] == []


def test_latency_by_status_and_an_error_counts_once(app: App) -> None:
    with app.serve() as site:
        assert site.browser.get("/admin/", Cookie=POISON).status == 500
        assert site.browser.get("/admin/").status == 302
        by_view = {"view": "admin:index", "method": "GET"}
        found = [site.metric(f"{LATENCY}_count", status=status, **by_view) for status in ("500", "302")]
        assert found == [1, 1]
        assert site.metric("django_http_exceptions_total_by_view_total", view="admin:index") == 1
        assert site.metric("django_http_exceptions_total_by_type_total", type="DataError") == 1


def test_made_up_methods_make_no_series(site: Site) -> None:
    for method in ("INVENTED", "NONSENSE"):
        request = urllib.request.Request(site.url + "/", method=method)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=10)
    text = Browser(site.metrics_url).get("/metrics").text
    assert ("INVENTED" in text, "NONSENSE" in text, '"<invalid method>"' in text) == (False, False, True)


def test_requests_in_flight_and_those_of_a_worker_that_died(app: App) -> None:
    with (
        silent_server() as port,
        app.serve(DATABASE_HOST="127.0.0.1", DATABASE_PORT=str(port)) as site,
        ThreadPoolExecutor(3) as visitors,
    ):
        assert site.metric(IN_FLIGHT) == 0
        # Each waits for the database, which never answers.
        waiting = [visitors.submit(site.browser.get, "/") for _ in range(3)]
        until(lambda: site.metric(IN_FLIGHT) == 3)
        for pid in workers(site):
            os.kill(pid, signal.SIGKILL)
        workers(site, count=4)
        until(lambda: site.metric("gunicorn_workers") == 2)
        assert (site.metric(IN_FLIGHT), site.metric("gunicorn_threads")) == (0, 8)
        assert [type(each.exception()).__name__ for each in waiting] == ["RemoteDisconnected"] * 3


def test_open_connections_are_those_that_postgresql_has(app: App) -> None:
    count = (
        "from django.db import connection\n"
        "cursor = connection.cursor()\n"
        "cursor.execute(\"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted'\")\n"
        "print(cursor.fetchone()[0])"
    )
    with app.serve(PGAPPNAME="counted") as site:
        for other in workers(site):
            with stopped(other):
                assert site.browser.get("/").status == 200
        until(lambda: site.metric(OPEN, vendor="postgresql") == float(app.shell(count)) >= 2)


def test_migrations_of_a_database_that_has_them_all(site: Site) -> None:
    until(lambda: site.metric(APPLIED) == MIGRATIONS)
    assert site.metric(UNAPPLIED, connection="default") == 0


def test_migrations_of_a_database_that_has_none(app: App, empty_database: str) -> None:
    with app.serve(DATABASE_NAME=empty_database) as site:
        until(lambda: site.metric(UNAPPLIED, connection="default") == MIGRATIONS)
        assert site.metric(APPLIED) == 0


def test_migrations_of_a_database_that_cannot_be_asked(app: App) -> None:
    with app.serve(DATABASE_PORT="1") as site:
        until(lambda: isnan(site.metric(UNAPPLIED)))


def test_migrations_are_looked_at_again_and_again(app: App, empty_database: str) -> None:
    code = """
import time
from django.core.management import call_command
from mysite import metrics

def wait_for(number):
    deadline = time.monotonic() + 30
    while metrics.UNAPPLIED.labels("default")._value.get() != number and time.monotonic() < deadline:
        time.sleep(0.01)
    print(metrics.UNAPPLIED.labels("default")._value.get())

metrics.MIGRATIONS_INTERVAL = 0.05
metrics.watch_migrations()
wait_for(19)
call_command("migrate", verbosity=0)
wait_for(0)
"""
    assert app.manage("shell", "-v", "0", "-c", code, DATABASE_NAME=empty_database).stdout.split() == ["19.0", "0.0"]
