"""Alerts about what runs beside the pods that serve: processes, caches and scheduled commands."""

from __future__ import annotations

from pocdeploy.monitoring.alerts.alert import Alert

_RUNS = """(kube_job_created
              * on (namespace, job_name) group_left (owner_name) kube_job_owner{owner_kind="CronJob"})"""
_FAILED = f"""max by (namespace, owner_name) ({_RUNS}
              and on (namespace, job_name) kube_job_failed{{condition="true"}} == 1)"""
_COMPLETE = _FAILED.replace("kube_job_failed", "kube_job_complete")

PROCESSES = (
    Alert(
        name="ProcessDown",
        severity="critical",
        wait="5m",
        summary="{{ $labels.namespace }}: no pod of {{ $labels.deployment }} is ready",
        # What serves has AppDown. A paused Deployment has no replicas.
        expression="""
            max by (namespace, deployment) (kube_deployment_spec_replicas) > 0
            unless on (namespace, deployment) kube_deployment_status_replicas_available > 0
            unless on (namespace, deployment) pocdeploy:web_replicas:expected
            and on (namespace) pocdeploy:web_replicas:expected
        """,
    ),
    Alert(
        name="CronFailed",
        severity="warning",
        wait="0s",
        summary="{{ $labels.namespace }}: the last run of {{ $labels.owner_name }} has failed",
        expression=f"""
            {_FAILED}
            unless on (namespace, owner_name) (
              {_COMPLETE}
              > on (namespace, owner_name)
              {_FAILED}
            )
            and on (namespace) pocdeploy:web_replicas:expected
        """,
    ),
)
