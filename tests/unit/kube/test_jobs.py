"""A command of an application that runs once, as a Job."""

from __future__ import annotations

import pytest

from pocdeploy.kube import jobs
from pocdeploy.kube.jobs import SeedError
from tests.unit.fakes import FakeApi

DEPLOYMENTS = "/apis/apps/v1/namespaces/polls/deployments"
JOBS = "/apis/batch/v1/namespaces/polls/jobs"
PODS = "/api/v1/namespaces/polls/pods"
POD = {
    "metadata": {"labels": {"app.kubernetes.io/name": "polls", "app.kubernetes.io/component": "web", "x": "y"}},
    "spec": {"containers": [{"name": "web", "image": "r/polls@sha256:ab", "readinessProbe": {}, "ports": []}]},
}


def cluster(ends: str | None) -> FakeApi:
    """Return a cluster in which a Job has the condition ``ends``, and two pods of it a log."""
    api = FakeApi()
    api.add(DEPLOYMENTS, "polls", spec={"template": POD})

    def work(api: FakeApi) -> None:
        (job,) = api.items(JOBS)
        name = job["metadata"]["name"]
        for day in (2, 1):
            metadata = {"labels": {"job-name": name}, "creationTimestamp": f"2026-01-0{day}T00:00:00Z"}
            api.add(PODS, f"p{day}", metadata=metadata)
            api.texts[f"{PODS}/p{day}/log"] = f"log of p{day}\n"
        if ends:
            job["status"] = {"conditions": [{"type": "SuccessCriteriaMet", "status": "True"}, condition]}

    condition = {"type": ends, "status": "True"}
    api.after = work
    return api


def test_the_job_runs_the_image_of_the_deployment() -> None:
    api = cluster("Complete")
    said = jobs.run(api, "polls", ("python", "manage.py", "seed"))
    (job,) = api.items(JOBS)
    (container,) = job["spec"]["template"]["spec"]["containers"]

    assert said == "log of p2"
    assert job["metadata"]["name"] == "polls-seed-x1"
    assert container == {"name": "seed", "command": ["python", "manage.py", "seed"], "image": "r/polls@sha256:ab"}
    # Another component than web: no Service selects it.
    assert job["metadata"]["labels"] == {"app.kubernetes.io/name": "polls", "app.kubernetes.io/component": "seed"}


@pytest.mark.parametrize(
    ("ends", "what"), [("Failed", "Job polls-seed-x1 failed"), (None, "Job polls-seed-x1 did not end within 0 s")]
)
def test_failed_job(monkeypatch: pytest.MonkeyPatch, ends: str | None, what: str) -> None:
    if ends is None:
        monkeypatch.setattr(jobs, "DEADLINE", 0)
        monkeypatch.setattr(jobs, "GRACE", 0)
    with pytest.raises(SeedError) as raised:
        jobs.run(cluster(ends), "polls", ("x",))

    (finding,) = raised.value.findings
    assert (finding.what, finding.actual) == (what, "log of p2")
    assert finding.fix == "kubectl --namespace polls describe job polls-seed-x1"


def test_wait_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    api = cluster(None)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            api.items(JOBS)[0]["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}

    monkeypatch.setattr(jobs.time, "sleep", sleep)
    assert jobs.run(api, "polls", ("x",)) == "log of p2"
    assert waited == [jobs.POLL_INTERVAL] * 2


def test_application_not_deployed() -> None:
    with pytest.raises(SeedError, match="Deployment polls/polls not found"):
        jobs.run(FakeApi(), "polls", ("x",))
