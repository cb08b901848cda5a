"""Alerts about applications."""

from __future__ import annotations

from pocdeploy.monitoring.alerts.alert import Alert

_MIGRATIONS = 'job_name=~".+-migrate-.+"'
_ENOUGH = "pocdeploy:gateway_requests:rate5m > 0.1"
"""Ratios and quantiles of single requests are not meaningful."""

APPLICATION = (
    Alert(
        name="AppDown",
        severity="critical",
        wait="1m",
        summary="{{ $labels.namespace }}: no pod is ready to serve",
        # Without kube-state-metrics nothing is known, and TargetMissing fires instead. In the first quarter of an hour
        # of a namespace the first `up` still builds, migrates and starts, until a pod has been ready once.
        expression="""
            (pocdeploy:web_replicas:expected
              unless on (namespace, deployment) kube_deployment_status_replicas_available > 0)
            and on () count(kube_deployment_created) > 0
            unless on (namespace, deployment) (
              pocdeploy:web_replicas:expected
              and on (namespace) time() - kube_namespace_created < 900
              unless on (namespace, deployment) max_over_time(kube_deployment_status_replicas_available[15m]) > 0
            )
        """,
    ),
    Alert(
        name="AppErrorRate",
        severity="critical",
        wait="5m",
        summary="{{ $labels.namespace }}: {{ $value | humanizePercentage }} of the requests fail",
        expression=f"pocdeploy:gateway_errors:rate5m / pocdeploy:gateway_requests:rate5m > 0.05 and {_ENOUGH}",
    ),
    Alert(
        name="AppLatency",
        severity="warning",
        wait="10m",
        summary="{{ $labels.namespace }}: one request in twenty takes longer than {{ $value | humanizeDuration }}",
        expression=f"pocdeploy:gateway_latency_seconds:p95 > 1 and {_ENOUGH}",
    ),
    Alert(
        name="AppSaturated",
        severity="warning",
        wait="15m",
        summary="{{ $labels.namespace }}: the application has nothing left to grow into",
        expression="""
            max by (namespace) (
              kube_horizontalpodautoscaler_status_desired_replicas
              == on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas
              > on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_min_replicas
            )
            or max by (namespace) (
              max by (namespace, pod, container) (container_memory_working_set_bytes{container="web"})
              / on (namespace, pod, container)
              max by (namespace, pod, container) (kube_pod_container_resource_limits{resource="memory"})
            ) > 0.9
            or sum by (namespace) (django_http_requests_in_flight) / sum by (namespace) (gunicorn_threads) > 0.9
        """,
    ),
    Alert(
        name="MigrationFailed",
        severity="critical",
        wait="0s",
        summary="{{ $labels.namespace }}: the last migration of the database has failed",
        # Jobs of earlier attempts may still exist: the newest finished one counts.
        expression=f"""
            max by (namespace) (kube_job_created{{{_MIGRATIONS}}}
              and on (namespace, job_name) kube_job_failed{{condition="true"}} == 1)
            unless on (namespace) (
              max by (namespace) (kube_job_created{{{_MIGRATIONS}}}
                and on (namespace, job_name) kube_job_complete{{condition="true"}} == 1)
              > on (namespace)
              max by (namespace) (kube_job_created{{{_MIGRATIONS}}}
                and on (namespace, job_name) kube_job_failed{{condition="true"}} == 1)
            )
        """,
    ),
)
