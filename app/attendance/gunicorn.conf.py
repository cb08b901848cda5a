"""gunicorn's configuration, which it reads by itself from the working directory.

The metrics have a port of their own, so that what routes the site does not route them. Each worker writes its numbers
into files in PROMETHEUS_MULTIPROC_DIR; the arbiter, of which there is one, adds them up and serves them.
"""

import os
import tempfile
from pathlib import Path

from web import logs

_address = os.environ.get("LISTEN_ADDRESS", "0.0.0.0")  # noqa: S104
_metrics_port = int(os.environ.get("METRICS_PORT", "8001"))

bind = f"{_address}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("GUNICORN_THREADS", "4"))
graceful_timeout = 20
# Longer than proxies keep idle connections (Traefik: 90 s), so that it is never this side that closes one just when
# the next request is on its way.
keepalive = 95
# Workers touch a file all the time to show that they live: in memory, where a slow disk cannot make them look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True

# The same form as the application's own lines; gunicorn itself would write text, and to stderr.
_own = {"handlers": ["stdout"], "level": "INFO", "propagate": False}
logconfig_dict = logs.config({"gunicorn.error": _own, "gunicorn.access": {**_own, "filters": ["access"]}})

# Before prometheus_client is imported for the first time: it looks at this once.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", f"{tempfile.gettempdir()}/prometheus-{_metrics_port}")


def on_starting(server):
    """Forget the numbers of an earlier run: a volume can outlive the container."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in folder.glob("*.db"):
        leftover.unlink()


def when_ready(server):
    """Serve the sums over all workers."""
    from prometheus_client import CollectorRegistry, multiprocess, start_http_server

    registry = CollectorRegistry(support_collectors_without_names=True)
    multiprocess.MultiProcessCollector(registry)
    server.metrics_server, _ = start_http_server(_metrics_port, addr=_address, registry=registry)


def post_fork(server, worker):
    """The listening socket is the arbiter's alone: a worker that outlives it must not keep the port."""
    server.metrics_server.socket.close()


def post_worker_init(worker):
    """Say what this worker adds to the whole, and let it look at the migrations."""
    from prometheus_client import Gauge
    from web.metrics import watch_migrations

    Gauge("gunicorn_workers", "Workers that live.", multiprocess_mode="livesum").set(1)
    capacity = "Requests that the living workers can answer at the same time."
    Gauge("gunicorn_threads", capacity, multiprocess_mode="livesum").set(worker.cfg.threads)
    watch_migrations()


def child_exit(server, worker):
    """Drop the gauges of a worker that has ended; its counters stay in the sums."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
