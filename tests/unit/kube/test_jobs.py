"""Running a command of an application once in the cluster, with an API that answers as Kubernetes does."""

from __future__ import annotations

from types import SimpleNamespace as Object
from typing import Any

import kubernetes
import pytest
from kubernetes.client.exceptions import ApiException
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.cli.commands import seed
from pocdeploy.kube import jobs
from pocdeploy.kube.jobs import SeedError
from pocdeploy.toolchain import install
from tests.paths import ROOT

DEPLOYMENT = {
    "metadata": {"name": "polls", "namespace": "polls"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "polls", "app.kubernetes.io/component": "web", "x": "y"}},
            "spec": {"containers": [{"name": "web", "image": "r/polls@sha256:ab", "readinessProbe": {}, "ports": []}]},
        }
    },
}


class Cluster:
    """Takes a Job and lets it end as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, ends: str | None, deployed: bool = True) -> None:
        self.ends, self.deployed, self.jobs = ends, deployed, []
        for name in ("AppsV1Api", "BatchV1Api", "CoreV1Api"):
            monkeypatch.setattr(kubernetes.client, name, lambda _: self)
        monkeypatch.setattr(kubernetes.watch, "Watch", lambda: self)

    def sanitize_for_serialization(self, value: Any) -> Any:
        return value

    def read_namespaced_deployment(self, name: str, namespace: str) -> Any:
        if not self.deployed:
            raise ApiException(status=404, reason="Not Found")
        return DEPLOYMENT

    def create_namespaced_job(self, namespace: str, body: Any) -> Any:
        self.jobs.append(body)
        return Object(metadata=Object(name="polls-seed-x1"))

    def list_namespaced_job(self) -> None:
        """Be named in a watch."""

    def stream(self, *_: Any, **options: Any) -> Any:
        assert options["field_selector"] == "metadata.name=polls-seed-x1"
        yield {"object": Object(status=Object(conditions=None))}
        if self.ends:
            yield {"object": Object(status=Object(conditions=[Object(type=self.ends, status="True")]))}

    def list_namespaced_pod(self, namespace: str, label_selector: str) -> Any:
        pods = [Object(metadata=Object(name=f"p{day}", creation_timestamp=day)) for day in (2, 1)]
        return Object(items=pods if label_selector == "job-name=polls-seed-x1" else [])

    def read_namespaced_pod_log(self, name: str, namespace: str, tail_lines: int) -> str:
        return f"log of {name}\n"


def test_the_job_is_that_of_the_running_image_and_no_service_leads_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, ends="Complete")
    said = jobs.run(cluster, "polls", ("python", "manage.py", "seed"))
    (job,) = cluster.jobs
    (container,) = job["spec"]["template"]["spec"]["containers"]

    assert said == "log of p2"
    assert container == {"name": "seed", "command": ["python", "manage.py", "seed"], "image": "r/polls@sha256:ab"}
    assert job["metadata"]["labels"] == {"app.kubernetes.io/name": "polls", "app.kubernetes.io/component": "seed"}


@pytest.mark.parametrize(("ends", "said"), [("Failed", "failed"), (None, "did not end")])
def test_a_job_that_fails_shows_its_log(monkeypatch: pytest.MonkeyPatch, ends: str | None, said: str) -> None:
    with pytest.raises(SeedError) as raised:
        jobs.run(Cluster(monkeypatch, ends=ends), "polls", ("x",))

    assert said in str(raised.value)
    assert "log of p2" in str(raised.value)


def test_an_application_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SeedError, match="404 Not Found"):
        jobs.run(Cluster(monkeypatch, ends=None, deployed=False), "polls", ("x",))


def test_the_command_seeds_every_application_that_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    monkeypatch.setattr(seed, "client", lambda session, stack: stack)
    monkeypatch.setattr(jobs, "run", lambda *arguments: seen.append(arguments) or "5 questions added")
    result = CliRunner().invoke(app.app, ["--root", str(ROOT), "seed", "--stack", "dev"])

    assert (result.exit_code, result.stdout) == (0, "polls: 5 questions added\n")
    assert seen == [("dev", "polls", ("python", "manage.py", "seed"))]
