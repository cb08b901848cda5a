"""Explanations: from objects as an API gives them to a report; one object per usual suspect."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import ApiException

from pocdeploy.diagnostics.explain import CannotAskError, Issue, Report, collect, inspect, render
from pocdeploy.diagnostics.explain.causes import probable
from pocdeploy.diagnostics.explain.mask import MASK, Mask, values_of

CRASHING = {
    "name": "web",
    "ready": False,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}},
    "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}},
}
PULLING = {"name": "web", "ready": False, "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}
UNREADY = {"name": "web", "ready": False, "state": {"running": {}}}
WELL = {"name": "web", "ready": True, "state": {"running": {}}}
DONE = {"name": "migrate", "ready": False, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}


def pod(*statuses: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "polls-1", "namespace": "polls", "ownerReferences": [{"name": "polls-rs"}]},
        "status": {"containerStatuses": list(statuses), "initContainerStatuses": list(init), **status},
    }


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ErrImagePull manifest unknown", "image pull: the registry has no such image"),
        ("ImagePullBackOff 401 Unauthorized", "image pull: the registry refuses the nodes' credentials"),
        ("ImagePullBackOff Back-off pulling image", "image pull: the nodes cannot get the image"),
        ("CrashLoopBackOff back-off 20s", "crash loop"),
        ("ended with exit code 1 (Error)", "failed: the program"),
        ("Unhealthy: Readiness probe failed: HTTP probe failed", "answer at readyPath"),
        ("Unhealthy: Startup probe failed: connection refused", "answer at livePath"),
        ("FailedScheduling: 0/4 nodes are available: 4 Insufficient memory.", "no node has enough free memory"),
        ("0/4 nodes are available: 4 node(s) had untolerated taint", "unschedulable: no node takes the pod"),
        ('pods "x" is forbidden: exceeded quota: q', "quota:"),
        ("pod has unbound immediate PersistentVolumeClaims", "PVC pending:"),
        ('failed calling webhook "mcluster.cnpg.io": connection refused', "webhook refused:"),
        ('pods "x" is forbidden: violates PodSecurity "restricted:latest"', "admission refused: the pod is not"),
        ('admission webhook "v" denied the request: no', "admission refused: a policy"),
        ("django.db.utils.ProgrammingError: column does not exist", "migration error:"),
        ("breaking migration refused, nothing was changed", "migration refused:"),
        ("ended with exit code 137 (OOMKilled)", "out of memory:"),
        ("could not write: No space left on device", "out of disk:"),
        ('CreateContainerConfigError secret "x" not found', "configuration:"),
    ],
)
def test_the_usual_suspects_are_known(text: str, cause: str) -> None:
    assert (probable(["something before", text]) or "").startswith(cause) or cause in (probable([text]) or "")


def test_what_nobody_knows_has_no_cause() -> None:
    assert probable(["a fine day"]) is None


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CRASHING, "CrashLoopBackOff back-off 20s; ended with exit code 3 (Error)"),
        (PULLING, "ErrImagePull not found"),
        (UNREADY, "runs, but its probe fails"),
    ],
)
def test_why_a_container_is_not_ready(status: dict[str, Any], words: str) -> None:
    assert inspect.why(status) == words


def test_containers_that_serve_or_are_done_or_wait_their_turn_are_well() -> None:
    waits = {"name": "web", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
    works = {"name": "wait-for-database", "ready": False, "state": {"running": {}}}

    assert inspect.failing(pod(WELL)) == []
    assert inspect.failing(pod(DONE)) == []
    assert inspect.failing(pod(waits, init=(works,))) == []


def test_a_pod_that_is_being_deleted_is_no_trouble() -> None:
    going = pod(CRASHING)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert list(inspect.pod_troubles(going, [], {}, "kubectl")) == []


def test_a_failing_init_container_is_found() -> None:
    refused = {"name": "check-migrations", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}

    assert [status["name"] for status in inspect.failing(pod(init=(refused,)))] == ["check-migrations"]


def test_a_pod_that_nobody_takes_says_why() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/4 nodes are available: 4 Insufficient cpu."}
    (trouble,) = inspect.pod_troubles(pod(conditions=[condition]), [], {}, "kubectl")

    assert trouble.what.startswith("cannot be scheduled: 0/4 nodes")
    assert trouble.cause == "unschedulable: no node has enough free cpu"


def test_an_evicted_pod_is_found() -> None:
    message = "The node was low on resource: ephemeral-storage."
    (trouble,) = inspect.pod_troubles(pod(phase="Failed", reason="Evicted", message=message), [], {}, "kubectl")

    assert trouble.what == f"Evicted {message}"
    assert (trouble.cause or "").startswith("out of disk")


def event(kind: str, name: str, reason: str, message: str, *, at: str = "1", type_: str = "Warning") -> dict[str, Any]:
    about = {"kind": kind, "name": name}
    return {"involvedObject": about, "reason": reason, "message": message, "lastTimestamp": at, "type": type_}


def test_events_are_ordered_each_once_and_only_what_warns() -> None:
    events = [
        event("Pod", "a", "BackOff", "back-off", at="3"),
        event("Pod", "a", "Failed", "pull", at="1"),
        event("Pod", "a", "BackOff", "back-off", at="2"),
        event("Pod", "a", "Scheduled", "to node", at="0", type_="Normal"),
    ]

    assert inspect.events_by_subject(events) == {"Pod/a": ["Failed: pull", "BackOff: back-off"]}


class FakeApi:
    """Answers as the kubernetes client does, with plain dicts for objects."""

    def __init__(self, pods: list[dict[str, Any]], events: list[dict[str, Any]], **more: list[dict[str, Any]]) -> None:
        self.pods, self.events, self.more = pods, events, more
        self.logs: list[tuple[str, bool]] = []

    def sanitize_for_serialization(self, what: Any) -> Any:
        return what

    def list_namespaced_pod(self, *_: str, **__: Any) -> Any:
        return {"items": self.pods}

    def list_namespaced_event(self, *_: str, **__: Any) -> Any:
        return {"items": self.events}

    def list_namespaced_secret(self, *_: str, **__: Any) -> Any:
        return {"items": self.more.get("secrets", [])}

    def list_namespaced_persistent_volume_claim(self, *_: str, **__: Any) -> Any:
        return {"items": self.more.get("claims", [])}

    def read_namespaced_pod_log(self, *_: str, container: str, previous: bool, **__: Any) -> str:
        self.logs.append((container, previous))
        return "before" if previous else "Traceback\nValueError: password is hunter2-hunter2"


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("kubernetes.client.CoreV1Api", lambda client: client)
    return collect


def test_a_crash_is_explained_with_its_log_and_without_secrets(ask: Any) -> None:
    secret = {"data": {"password": base64.b64encode(b"hunter2-hunter2").decode(), "username": "YWRtaW4="}}
    api = FakeApi([pod(CRASHING)], [event("Pod", "polls-1", "BackOff", "for hunter2-hunter2")], secrets=[secret])

    (trouble,) = ask(api, "polls", selector="app=polls").troubles

    assert trouble.where == "pod polls/polls-1, container web"
    assert trouble.log == ("Traceback", f"ValueError: password is {MASK}")
    assert trouble.previous_log == ()  # a container that waits still has the log of the run that failed
    assert trouble.events == (f"BackOff: for {MASK}",)
    assert trouble.look == "kubectl --namespace polls describe pod polls-1"
    assert (trouble.cause or "").startswith("crash loop")
    assert api.logs == [("web", False)]


def test_a_container_that_was_started_again_has_the_log_of_the_run_before(ask: Any) -> None:
    again = {**CRASHING, "state": {"running": {}}}
    (trouble,) = ask(FakeApi([pod(again)], []), "polls").troubles

    assert trouble.previous_log == ("before",)
    assert trouble.log[0] == "Traceback"


@pytest.mark.parametrize(("code", "cause"), [(3, "crash loop"), (137, "probe"), (143, "probe")])
def test_a_program_that_ends_by_itself_is_no_matter_of_probes(ask: Any, code: int, cause: str) -> None:
    status = {**CRASHING, "lastState": {"terminated": {"exitCode": code, "reason": "Error"}}}
    events = [event("Pod", "polls-1", "Unhealthy", "Startup probe failed: connection refused")]

    assert (ask(FakeApi([pod(status)], events), "polls").cause or "").startswith(cause)


def test_quota_and_admission_are_found_where_there_is_no_pod(ask: Any) -> None:
    refused = event("ReplicaSet", "polls-rs", "FailedCreate", "pods is forbidden: exceeded quota: small")

    (trouble,) = ask(FakeApi([], [refused]), "polls", selector="app=polls").troubles

    assert trouble.where == "ReplicaSet polls/polls-rs"
    assert (trouble.cause or "").startswith("quota")


def test_an_older_refusal_of_what_has_pods_by_now_is_not_shown(ask: Any) -> None:
    refused = event("ReplicaSet", "polls-rs", "FailedCreate", "exceeded quota: small")

    assert ask(FakeApi([pod(WELL)], [refused]), "polls").troubles == ()


def test_pods_that_were_taken_back_are_known_by_their_events(ask: Any) -> None:
    events = [
        event("Pod", "traefik-1", "Failed", "Failed to pull image: 404 not found"),
        event("Pod", "other-1", "Failed", "Failed to pull image: 404 not found"),
        event("Pod", "polls-1", "Unhealthy", "not yet"),  # is there, and well by now
    ]
    api = FakeApi([pod(WELL)], events)

    (trouble,) = ask(api, "gateway", gone="traefik").troubles

    assert trouble.where == "pod gateway/traefik-1, which is gone"
    assert (trouble.cause or "").startswith("image")
    assert trouble.look == "kubectl --namespace gateway events --for pod/traefik-1"
    assert ask(api, "gateway").troubles == ()
    assert len(ask(api, "gateway", gone="").troubles) == 2


@pytest.mark.parametrize(("said", "troubles"), [("no persistent volumes available", 1), ("WaitForFirstConsumer", 0)])
def test_a_claim_without_a_volume_is_found(ask: Any, said: str, troubles: int) -> None:
    claim = {"metadata": {"name": "db-1", "namespace": "polls"}, "status": {"phase": "Pending"}}
    events = [event("PersistentVolumeClaim", "db-1", said, "x", type_="Normal")]

    assert len(ask(FakeApi([], events, claims=[claim]), "polls").troubles) == troubles


def test_a_cluster_that_does_not_answer_is_said_to_be_so(ask: Any) -> None:
    api = FakeApi([], [])
    api.list_namespaced_pod = lambda *_, **__: (_ for _ in ()).throw(ApiException(status=403, reason="Forbidden"))  # type: ignore[method-assign]

    with pytest.raises(CannotAskError, match="Forbidden"):
        ask(api, "polls")


def test_short_and_public_values_are_no_secrets() -> None:
    data = {
        key: base64.b64encode(value).decode() for key, value in {"a": b"short", "username": b"administrator"}.items()
    }
    mask = Mask(values_of([{"data": data}, {"data": {"binary": "/////w=="}}, {}]))

    assert mask("short administrator") == "short administrator"


def test_the_longer_of_two_secrets_is_masked_as_a_whole() -> None:
    assert Mask(["secret", "secret-longer"])("it is secret-longer") == f"it is {MASK}"


TROUBLE = Issue(
    where="pod polls/polls-1, container web",
    what="CrashLoopBackOff",
    cause="crash loop: x",
    log=("```", "end"),
    previous_log=("first",),
    events=("BackOff: b",),
    look="kubectl describe pod polls-1",
)


def test_the_terminal_shows_all_of_it() -> None:
    assert render.terminal(Report(subject="polls", troubles=(TROUBLE,))) == [
        "  pod polls/polls-1, container web: CrashLoopBackOff",
        "    probable cause: crash loop: x",
        "    event: BackOff: b",
        "    before | first",
        "    | ```",
        "    | end",
        "    look further: kubectl describe pod polls-1",
    ]


def test_a_log_cannot_break_out_of_the_markdown() -> None:
    text = render.markdown([Report(subject="polls", troubles=(TROUBLE,))])

    assert "````text\n```\nend\n````" in text
    assert "**Probable cause:** crash loop: x" in text
    assert "<details><summary>Last lines of the run before</summary>" in text


def test_json_has_all_of_it() -> None:
    (report,) = json.loads(json.dumps(render.plain([Report(subject="polls", troubles=(TROUBLE,))])))

    assert report["cause"] == "crash loop: x"
    assert report["troubles"][0]["log"] == ["```", "end"]


def test_nothing_that_is_not_well_is_said_so() -> None:
    report = Report(subject="polls")

    assert render.terminal(report) == ["polls: nothing that is not well was found."]
    assert report.cause is None
    assert "nothing that is not well" in render.markdown([report])


def test_the_command_ends_with_1_if_something_is_wrong(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner  # noqa: PLC0415

    from pocdeploy.cli.app import app  # noqa: PLC0415
    from pocdeploy.cli.commands import explain  # noqa: PLC0415

    api = FakeApi([pod(PULLING)], [])
    space = SimpleNamespace(metadata=SimpleNamespace(name="polls"))
    selectors: list[str] = []
    api.list_namespace = lambda label_selector, **_: selectors.append(label_selector) or SimpleNamespace(items=[space])  # type: ignore[attr-defined,func-returns-value]
    monkeypatch.setattr(explain, "_client", lambda file: api)

    def run(*options: str) -> Any:
        return CliRunner().invoke(app, ["explain", "--stack", "dev", "--kubeconfig", "k", *options])

    assert run().exit_code == 1
    assert "image pull: the registry has no such image" in run().stdout
    assert json.loads(run("--json").stdout)["reports"][0]["subject"] == "polls"
    assert run("--markdown").stdout.startswith("### pod polls/polls-1")
    assert selectors[0] == "app.kubernetes.io/part-of=pocdeploy,app.kubernetes.io/instance=dev"
    api.pods = [pod(WELL)]
    assert run().exit_code == 0
    assert "all pods are well" in run().stdout
