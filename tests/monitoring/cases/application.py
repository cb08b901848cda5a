"""Situations of an application."""

from __future__ import annotations

from tests.monitoring.cases.case import fires, silent

_BACKEND = 'service="shop-shop-http@kubernetes"'
_REQUESTS = f'traefik_service_requests_total{{code="%s", {_BACKEND}}}'
_BUCKET = f'traefik_service_request_duration_seconds_bucket{{code="200", {_BACKEND}, le="%s"}}'
_DEPLOYMENT = {"namespace": "shop", "deployment": "shop"}
_CREATED = 'kube_deployment_created{namespace="shop", deployment="shop"}'
_AVAILABLE = 'kube_deployment_status_replicas_available{namespace="shop", deployment="shop"}'
_NAMESPACE_CREATED = 'kube_namespace_created{namespace="shop"}'
_HPA = 'kube_horizontalpodautoscaler_%s{namespace="shop", horizontalpodautoscaler="shop"}'
_JOB = 'kube_job_%s{namespace="shop", job_name="shop-migrate-%s"}'
_ENDED = 'kube_job_%s{namespace="shop", job_name="shop-migrate-%s", condition="true"}'
_WEB = 'namespace="shop", pod="shop-1", container="web"'

APPLICATION = [
    fires(
        "AppDown",
        "no pod is available",
        "shop: no pod is ready to serve",
        {_CREATED: "1x50", _AVAILABLE: "0x50"},
        labels=_DEPLOYMENT,
    ),
    fires(
        "AppDown",
        "the Deployment is gone",
        "shop: no pod is ready to serve",
        {_CREATED.replace("shop", "other"): "1x50", _AVAILABLE.replace("shop", "other"): "1x50"},
        labels=_DEPLOYMENT,
    ),
    silent("AppDown", "one pod is available", {_CREATED: "1x50", _AVAILABLE: "1x50"}),
    silent("AppDown", "it was down for half a minute", {_CREATED: "1x50", _AVAILABLE: "1x37 0 1x12"}, at="19m"),
    silent("AppDown", "nothing is known of Deployments", {}),
    silent(
        "AppDown",
        "the first up still migrates",
        {_CREATED.replace("shop", "other"): "1x50", _NAMESPACE_CREATED: "900x50"},
        at="20m",
    ),
    silent(
        "AppDown",
        "the first pods start",
        {_CREATED: "1x50", _AVAILABLE: "0x50", _NAMESPACE_CREATED: "900x50"},
        at="20m",
    ),
    fires(
        "AppDown",
        "no pod was ready a quarter of an hour after the first up",
        "shop: no pod is ready to serve",
        {_CREATED: "1x120", _AVAILABLE: "0x120", _NAMESPACE_CREATED: "0x120"},
        labels=_DEPLOYMENT,
        at="20m",
    ),
    fires(
        "AppDown",
        "the pods of a new application are gone",
        "shop: no pod is ready to serve",
        {_CREATED: "1x80", _AVAILABLE: "1x20 0x60", _NAMESPACE_CREATED: "900x80"},
        labels=_DEPLOYMENT,
        at="20m",
    ),
    fires(
        "AppErrorRate",
        "one request in eleven fails",
        "shop: 9.091% of the requests fail",
        {_REQUESTS % 200: "0+60x50", _REQUESTS % 502: "0+6x50"},
    ),
    silent("AppErrorRate", "one in sixty fails", {_REQUESTS % 200: "0+60x50", _REQUESTS % 500: "0+1x50"}),
    silent("AppErrorRate", "wrong addresses are asked for", {_REQUESTS % 404: "0+60x50"}),
    silent("AppErrorRate", "one request a minute, which fails", {_REQUESTS % 500: "0+0.5x50"}),
    fires(
        "AppLatency",
        "all requests take longer than a second",
        "shop: one request in twenty takes longer than 2.425s",
        {_REQUESTS % 200: "0+60x50", _BUCKET % 1: "0x50", _BUCKET % 2.5: "0+60x50", _BUCKET % "+Inf": "0+60x50"},
    ),
    silent(
        "AppLatency",
        "all requests are fast",
        {_REQUESTS % 200: "0+60x50", _BUCKET % 0.1: "0+60x50", _BUCKET % "+Inf": "0+60x50"},
    ),
    silent("AppLatency", "too few requests", {_REQUESTS % 200: "7x50", _BUCKET % 1: "0x50", _BUCKET % "+Inf": "7x50"}),
    fires(
        "AppSaturated",
        "the autoscaler is at its end",
        "shop: the application has nothing left to grow into",
        {
            _HPA % "status_desired_replicas": "5x60",
            _HPA % "spec_max_replicas": "5x60",
            _HPA % "spec_min_replicas": "2x60",
        },
    ),
    fires(
        "AppSaturated",
        "memory is short",
        "shop: the application has nothing left to grow into",
        {
            f"container_memory_working_set_bytes{{{_WEB}}}": "95x60",
            f'kube_pod_container_resource_limits{{{_WEB}, resource="memory"}}': "100x60",
        },
    ),
    fires(
        "AppSaturated",
        "every thread is busy",
        "shop: the application has nothing left to grow into",
        {
            'django_http_requests_in_flight{namespace="shop", pod="shop-1"}': "8x60",
            'gunicorn_threads{namespace="shop", pod="shop-1"}': "8x60",
        },
    ),
    silent(
        "AppSaturated",
        "there is room in every way",
        {
            _HPA % "status_desired_replicas": "3x60",
            _HPA % "spec_max_replicas": "5x60",
            _HPA % "spec_min_replicas": "2x60",
            f"container_memory_working_set_bytes{{{_WEB}}}": "50x60",
            f'kube_pod_container_resource_limits{{{_WEB}, resource="memory"}}': "100x60",
            'django_http_requests_in_flight{namespace="shop", pod="shop-1"}': "1x60",
            'gunicorn_threads{namespace="shop", pod="shop-1"}': "8x60",
        },
    ),
    silent(
        "AppSaturated",
        "the number of pods is fixed",
        {
            _HPA % "status_desired_replicas": "2x60",
            _HPA % "spec_max_replicas": "2x60",
            _HPA % "spec_min_replicas": "2x60",
        },
    ),
    fires(
        "MigrationFailed",
        "the only migration has failed",
        "shop: the last migration of the database has failed",
        {_JOB % ("created", "a"): "100x50", _ENDED % ("failed", "a"): "1x50"},
        at="1m",
    ),
    fires(
        "MigrationFailed",
        "it has failed after one that was well",
        "shop: the last migration of the database has failed",
        {
            _JOB % ("created", "a"): "100x50",
            _ENDED % ("complete", "a"): "1x50",
            _JOB % ("created", "b"): "200x50",
            _ENDED % ("failed", "b"): "1x50",
        },
        at="1m",
    ),
    silent(
        "MigrationFailed",
        "a later one was well",
        {
            _JOB % ("created", "a"): "100x50",
            _ENDED % ("failed", "a"): "1x50",
            _JOB % ("created", "b"): "200x50",
            _ENDED % ("complete", "b"): "1x50",
        },
    ),
]
