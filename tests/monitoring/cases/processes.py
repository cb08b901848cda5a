"""Situations of processes and scheduled commands."""

from __future__ import annotations

from tests.monitoring.cases.case import fires, silent

_WANTED = 'kube_deployment_spec_replicas{namespace="%s", deployment="%s"}'
_AVAILABLE = 'kube_deployment_status_replicas_available{namespace="%s", deployment="%s"}'
_WORKER, _WEB, _OTHER = ("shop", "shop-worker"), ("shop", "shop"), ("monitoring", "grafana")
_JOB = 'kube_job_%s{namespace="shop", job_name="shop-clean-%s"}'
_ENDED = 'kube_job_%s{namespace="shop", job_name="shop-clean-%s", condition="true"}'
_OWNER = 'kube_job_owner{namespace="shop", job_name="shop-clean-%s", owner_kind="%s", owner_name="shop-clean"}'


def _run(job: str, created: int, result: str, owner: str = "CronJob") -> dict[str, str]:
    return {_JOB % ("created", job): f"{created}x50", _ENDED % (result, job): "1x50", _OWNER % (job, owner): "1x50"}


PROCESSES = [
    fires(
        "ProcessDown",
        "no pod of the worker is available",
        "shop: no pod of shop-worker is ready",
        {_WANTED % _WORKER: "2x50", _AVAILABLE % _WORKER: "0x50"},
        labels={"namespace": "shop", "deployment": "shop-worker"},
    ),
    silent("ProcessDown", "one pod is available", {_WANTED % _WORKER: "2x50", _AVAILABLE % _WORKER: "1x50"}),
    silent("ProcessDown", "it is paused", {_WANTED % _WORKER: "0x50", _AVAILABLE % _WORKER: "0x50"}),
    silent("ProcessDown", "it is updated", {_WANTED % _WORKER: "1x50", _AVAILABLE % _WORKER: "1x36 0 0 1x12"}),
    silent("ProcessDown", "it is what serves", {_WANTED % _WEB: "2x50", _AVAILABLE % _WEB: "0x50"}),
    silent("ProcessDown", "it belongs to no application", {_WANTED % _OTHER: "1x50", _AVAILABLE % _OTHER: "0x50"}),
    fires(
        "CronFailed",
        "the last of two runs has failed",
        "shop: the last run of shop-clean has failed",
        {**_run("1", 100, "complete"), **_run("2", 200, "failed")},
        labels={"namespace": "shop", "owner_name": "shop-clean"},
        at="1m",
    ),
    silent("CronFailed", "a later run was well", {**_run("1", 100, "failed"), **_run("2", 200, "complete")}),
    silent("CronFailed", "it is no scheduled command", _run("1", 100, "failed", owner="Other")),
]
