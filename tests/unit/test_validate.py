"""Validate: what each check says of a good and of a broken stack, and what --fix does about it."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from pocdeploy import cli, tools, validate
from pocdeploy.commands import Result
from pocdeploy.kube import ApiError
from pocdeploy.outcome import Outcome, Severity
from pocdeploy.resume import CLUSTERS, HEALTHY, NODES
from pocdeploy.settings import Settings
from pocdeploy.settings.local import local_cluster
from pocdeploy.validate.fetch import Page, fetch
from pocdeploy.validate.monitored import PROXY
from pocdeploy.validate.subject import Subject
from pocdeploy.validate.web import linked
from pocdeploy.validate.workloads import fresh_job
from pocdeploy.verbs import validate as command
from tests.unit.fakes import FakeApi, FakeDocker, Time

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SETTINGS = Settings.model_validate({"cluster": {"type": "kind", "name": "shop", "workers": 0}})
URL = "http://localhost/"
DIGEST = f"sha256:{'0' * 64}"
IMAGE = f"http://localhost:5001/v2/polls/manifests/{DIGEST}"
READY = [{"type": "Ready", "status": "True"}]
PODS = "/api/v1/namespaces/{}/pods"
JOBS = "/apis/batch/v1/namespaces/polls/jobs"
DATABASE = {
    "version": "18.1 (Debian)",
    "recovery": False,
    "replicas": [{"name": f"polls-db-{n}", "state": "streaming", "sync": "quorum", "lag": 0.1} for n in (2, 3)],
}


def certificate(ends: datetime) -> str:
    """Return a certificate in PEM, in base64 as a Secret has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


def scraped(*found: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of Prometheus about these targets, all of the same job and pod."""
    common = {
        "labels": {"job": "polls", "pod": "web"},
        "scrapePool": "podMonitor/polls/polls/0",
        "scrapeUrl": "http://x",
    }
    return {"status": "success", "data": {"activeTargets": [{**common, **one} for one in found]}}


def api() -> FakeApi:
    """A cluster in which all is well."""
    made = FakeApi(answers=["", json.dumps(DATABASE)])
    made.add(NODES, "shop-control-plane", spec={}, status={"conditions": READY})
    status = {"phase": HEALTHY, "readyInstances": 3, "currentPrimary": "polls-db-1"}
    made.add(CLUSTERS.format("polls"), "polls-db", spec={"instances": 3}, status=status)
    owner = [{"kind": "ReplicaSet"}]
    made.add(PODS.format("polls"), "web", metadata={"ownerReferences": owner}, status={"conditions": READY})
    complete = [{"type": "Complete", "status": "True"}]
    made.add(JOBS, "migrate", status={"conditions": complete}, spec={})
    budgets = "/apis/policy/v1/namespaces/polls/poddisruptionbudgets"
    made.add(budgets, "polls", status={"expectedPods": 2, "disruptionsAllowed": 1})
    made.add(budgets, "polls-db-primary", status={"expectedPods": 1, "disruptionsAllowed": 0})
    able = [{"type": name, "status": "True"} for name in ("AbleToScale", "ScalingActive")]
    scalers = "/apis/autoscaling/v2/namespaces/polls/horizontalpodautoscalers"
    spec = {"minReplicas": 2, "maxReplicas": 5}
    made.add(scalers, "polls", spec=spec, status={"conditions": able, "currentReplicas": 2})
    secrets = "/api/v1/namespaces/polls/secrets"
    tls = {"tls.crt": certificate(NOW + timedelta(days=60))}
    made.add(secrets, "polls-db-server", type="kubernetes.io/tls", data=tls)
    made.add(secrets, "polls-env", type="Opaque", metadata={"creationTimestamp": "2026-05-01T00:00:00Z"})
    made.objects[PROXY.format("monitoring", "targets")] = scraped({"health": "up"})
    watchdog = {"state": "firing", "labels": {"alertname": "Watchdog"}}
    made.objects[PROXY.format("monitoring", "alerts")] = {"data": {"alerts": [watchdog]}}
    return made


PAGES = {
    URL: Page(status=200, body='<link rel="stylesheet" href="/static/a.css"><script src="https://cdn.example/x.js">'),
    f"{URL}readyz": Page(status=200, body="ok"),
    f"{URL}static/a.css": Page(status=200, headers={"cache-control": "max-age=60"}),
    f"{URL}admin/": Page(status=302),
    IMAGE: Page(status=200),
}


class Site:
    """Addresses with pages; any other refuses the connection."""

    def __init__(self, **other: Any) -> None:
        self.pages: dict[str, Any] = {**PAGES, **other}

    def __call__(self, url: str, *, accept: str = "*/*") -> Page:
        page = self.pages.get(url, ConnectionRefusedError(111, "Connection refused"))
        if isinstance(page, Exception):
            raise page
        return page


def subject(tmp: Path = Path("/nowhere"), **more: Any) -> Subject:
    docker = FakeDocker()
    docker.node("shop", "control-plane")
    app = {"url": URL, "adminUrl": f"{URL}admin/", "imageRef": f"localhost:5001/polls@{DIGEST}"}
    same = json.dumps({"changeSummary": {"same": 48}})
    given: dict[str, Any] = {
        "stack": "dev",
        "settings": SETTINGS,
        "outputs": {"apps": {"polls": app}, "kubeconfigPath": str(tmp / "kubeconfig")},
        "api": api(),
        "fetch": Site(),
        "run": docker.run,
        "pulumi": lambda *_: Result(code=0, stdout=same),
        "local": local_cluster(SETTINGS),
        "now": NOW.timestamp,
    }
    return Subject(**{**given, **more})


def look(given: Subject, *only: str) -> list[Outcome]:
    return validate.examine(given, Time().progress(), only=only)


def bad(given: Subject, *only: str) -> list[Outcome]:
    return [outcome for outcome in look(given, *only) if outcome.severity is not Severity.OK]


def test_a_good_stack_is_good_in_every_check() -> None:
    found = look(subject())
    assert [outcome for outcome in found if outcome.severity is not Severity.OK] == []
    # Without TLS there is nothing to say of certificates that are served.
    assert {outcome.check for outcome in found} == {*validate.CHECKS, "ready", "replicas"} - {"tls"}


@pytest.mark.parametrize(
    ("pages", "check", "severity", "what"),
    [
        ({URL: Page(status=503)}, "url", "fail", "answers 503"),
        ({URL: ConnectionRefusedError(111, "Connection refused")}, "url", "fail", "Connection refused"),
        ({f"{URL}readyz": Page(status=500)}, "url", "fail", "readyz answers 500"),
        ({f"{URL}static/a.css": Page(status=404)}, "static", "fail", "a.css: answers 404"),
        ({f"{URL}static/a.css": Page(status=200)}, "static", "warn", "neither Cache-Control"),
        ({f"{URL}admin/": Page(status=404)}, "admin", "fail", "answers 404"),
    ],
)
def test_what_a_browser_would_miss(pages: dict[str, Any], check: str, severity: str, what: str) -> None:
    (found,) = bad(subject(fetch=Site(**pages)), check)
    assert found.severity == severity
    assert what in found.what


def test_only_files_of_the_same_host_are_followed_each_once() -> None:
    body = (
        '<link rel="icon" href="i.png"><link rel=canonical href=/c><img src="/a.png"><img src="/a.png">'
        '<img src="data:image/png;base64,x"><script src="//other.example/x.js"></script><script>1</script>'
    )
    assert linked(body, "http://h:8080/p/") == ["http://h:8080/p/i.png", "http://h:8080/a.png"]


@pytest.mark.parametrize(
    ("answer", "severity"),
    [
        (Page(status=200, expires=NOW.timestamp() + 60 * 86400), "ok"),
        (Page(status=200, expires=NOW.timestamp() + 3 * 86400), "warn"),
        (ssl.SSLCertVerificationError("certificate has expired"), "fail"),
    ],
)
def test_certificates_that_are_served(answer: Any, severity: str) -> None:
    url = "https://shop.example/"
    given = subject(outputs={"apps": {"polls": {"url": url}}}, fetch=Site(**{url: answer}))
    assert [outcome.severity for outcome in look(given, "tls")] == [severity]


def change(path: str, **content: Any) -> FakeApi:
    made = api()
    made.objects[path].update(content)
    return made


CLUSTER = f"{CLUSTERS.format('polls')}/polls-db"
WEB = f"{PODS.format('polls')}/web"
SCALER = "/apis/autoscaling/v2/namespaces/polls/horizontalpodautoscalers/polls"
SECRETS = "/api/v1/namespaces/polls/secrets"
TARGETS = PROXY.format("monitoring", "targets")


def condition(kind: str, status: str, message: str) -> dict[str, str]:
    return {"type": kind, "status": status, "message": message}


def waiting(reason: str) -> dict[str, Any]:
    return {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": reason}}}]}


@pytest.mark.parametrize(
    ("made", "check", "severity", "what", "repairable"),
    [
        (change(f"{NODES}/shop-control-plane", status={}), "nodes", "fail", "not ready", False),
        (
            change(f"{NODES}/shop-control-plane", spec={"unschedulable": True}),
            "nodes",
            "warn",
            "cordoned: shop-control-plane",
            False,
        ),
        (change(WEB, status=waiting("CrashLoopBackOff")), "pods", "fail", "CrashLoopBackOff", True),
        (
            change(WEB, status=waiting("CrashLoopBackOff"), metadata={"name": "web"}),
            "pods",
            "fail",
            "CrashLoopBackOff",
            False,
        ),
        (change(WEB, status=waiting("ImagePullBackOff")), "pods", "fail", "ImagePullBackOff", False),
        (
            change(WEB, status={"conditions": [{"type": "PodScheduled", "status": "False", "message": "no memory"}]}),
            "pods",
            "fail",
            "has no node: no memory",
            False,
        ),
        (change(WEB, status={"phase": "Running"}), "pods", "warn", "not ready: Running", False),
        (
            change(f"{JOBS}/migrate", status={"conditions": [condition("Failed", "True", "limit")]}),
            "jobs",
            "fail",
            "migrate has failed: limit",
            True,
        ),
        (
            change(
                "/apis/policy/v1/namespaces/polls/poddisruptionbudgets/polls",
                status={"expectedPods": 1, "disruptionsAllowed": 0},
            ),
            "budgets",
            "warn",
            "polls allows no disruption",
            False,
        ),
        (
            change(SCALER, status={"conditions": [condition("ScalingActive", "False", "no metrics")]}),
            "autoscaler",
            "warn",
            "no metrics",
            False,
        ),
        (change(SCALER, status={"currentReplicas": 5}), "autoscaler", "warn", "all 5 pods", False),
        (change(CLUSTER, status={"phase": "x"}), "database", "fail", "no primary", False),
        (
            change(f"{SECRETS}/polls-env", metadata={"name": "e", "creationTimestamp": "2024-01-01T00:00:00Z"}),
            "secrets",
            "warn",
            "older than a year: e",
            False,
        ),
        (
            change(f"{SECRETS}/polls-db-server", data={"tls.crt": certificate(NOW + timedelta(days=2))}),
            "certificates",
            "warn",
            "polls/polls-db-server ends in 2 days",
            False,
        ),
        (
            change(f"{SECRETS}/polls-db-server", data={"tls.crt": certificate(NOW - timedelta(days=2))}),
            "certificates",
            "fail",
            "ended 2 days ago",
            False,
        ),
        (
            change(TARGETS, **scraped({"health": "down", "lastError": "404"})),
            "targets",
            "warn",
            "polls web: 404",
            False,
        ),
        (change(TARGETS, **scraped()), "targets", "fail", "nothing", False),
        (
            change(
                PROXY.format("monitoring", "alerts"),
                data={"alerts": [{"state": "firing", "labels": {"alertname": "Full", "severity": "critical"}}]},
            ),
            "alerts",
            "fail",
            "Full: fires",
            False,
        ),
    ],
)  # fmt: skip
def test_what_the_cluster_shows(made: FakeApi, check: str, severity: str, what: str, *, repairable: bool) -> None:
    found = [outcome for outcome in bad(subject(api=made), check) if what in outcome.what]
    assert len(found) == 1, look(subject(api=made), check)
    assert (found[0].severity, found[0].repair is not None) == (severity, repairable)


def test_a_monitor_that_finds_nothing_is_a_target_that_is_missing() -> None:
    made = api()
    spec = {"podMetricsEndpoints": [{"port": "metrics"}]}
    monitors = "/apis/monitoring.coreos.com/v1/podmonitors"
    made.objects[f"{monitors}/x"] = {"metadata": {"namespace": "shop", "name": "shop"}, "spec": spec}
    (found,) = bad(subject(api=made), "targets")
    assert found.what.startswith("podMonitor/shop/shop/0")


def database(**change: Any) -> FakeApi:
    made = api()
    made.answers = ["", json.dumps({**DATABASE, **change})]
    return made


@pytest.mark.parametrize(
    ("made", "check", "severity", "what"),
    [
        (database(recovery=True), "database", "fail", "is a replica"),
        (database(replicas=DATABASE["replicas"][:1]), "replicas", "warn", "1 of 2 replicas follow"),
        (database(replicas=[{**it, "lag": 99} for it in DATABASE["replicas"]]), "replicas", "warn", "99 s behind"),
    ],
)
def test_a_database_is_written_read_and_its_replicas_asked(made: FakeApi, check: str, severity: str, what: str) -> None:
    (found,) = bad(subject(api=made), "database")
    assert (found.check, found.severity) == (check, severity)
    assert what in found.what
    assert made.log == ["execute polls/polls-db-1"] * 2


def test_a_database_that_refuses_the_write_fails_though_its_operator_calls_it_healthy() -> None:
    made = api()
    made.answers = [ApiError("a command ended with 1: cannot execute in a read-only transaction")]
    (found,) = bad(subject(api=made), "database")
    assert "cannot be read and written" in found.what
    assert "read-only" in found.what


def test_a_cluster_that_does_not_answer_fails_in_every_check_that_needs_it() -> None:
    found = bad(subject(api=FakeApi(down=True)))
    assert {outcome.check for outcome in found} == {
        "database", "jobs", "targets", "alerts", "nodes", "pods", "budgets", "autoscaler", "certificates", "secrets"
    }  # fmt: skip
    assert all(outcome.fix == "make resume" for outcome in found)


def test_a_paused_application_is_a_warning_and_not_asked_for_its_page() -> None:
    found = bad(subject(paused=frozenset({"polls"}), fetch=Site(**{URL: Page(status=503)})))
    assert [(outcome.check, outcome.severity) for outcome in found] == [("paused", "warn")]


@pytest.mark.parametrize(
    ("code", "output", "what"),
    [
        (255, {"changeSummary": {"same": 3, "update": 2}}, "`up` would do: update 2"),
        (255, {}, "could not be looked at: error: no passphrase"),
    ],
)
def test_drift_is_what_pulumi_says(code: int, output: dict[str, Any], what: str) -> None:
    asked = []

    def pulumi(*arguments: str) -> Result:
        asked.append(arguments)
        return Result(
            code=code, stdout=f"warning: x\n{json.dumps(output)}" if output else "", stderr="error: no passphrase"
        )

    (found,) = bad(subject(pulumi=pulumi), "drift")
    assert what in found.what
    assert {"--refresh", "--expect-no-changes"} <= set(asked[0])


def mended(given: Subject) -> list[str]:
    return validate.mend(look(given), lambda names: look(given, *names), Time().progress())


def test_fix_restarts_a_pod_that_crash_loops() -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    assert mended(subject(api=made)) == ["deleted the pod polls/web, which is made anew"]
    assert [entry for entry in made.log if not entry.startswith("execute")] == ["delete web"]


def test_fix_runs_a_failed_job_again_as_it_was_asked_for() -> None:
    made = api()
    made.answers *= 9
    uid = {"batch.kubernetes.io/controller-uid": "1", "controller-uid": "1", "job-name": "migrate"}
    job = made.objects[f"{JOBS}/migrate"]
    job["metadata"] |= {"uid": "1", "resourceVersion": "9", "labels": {"a": "b", **uid}, "annotations": {"c": "d"}}
    job["status"] = {"conditions": [{"type": "Failed", "status": "True"}]}
    template = {"metadata": {"labels": {"a": "b", **uid}}, "spec": {"x": 1}}
    job["spec"] = {"backoffLimit": 3, "selector": {"matchLabels": uid}, "template": template}

    assert mended(subject(api=made)) == ["ran the Job polls/migrate again"]
    assert [entry for entry in made.log if not entry.startswith("execute")] == ["delete migrate", "create migrate"]
    fresh = made.objects[f"{JOBS}/migrate"]
    assert fresh["metadata"] == {
        "name": "migrate", "namespace": "polls", "labels": {"a": "b"}, "annotations": {"c": "d"}
    }  # fmt: skip
    assert fresh["spec"]["template"]["metadata"]["labels"] == {"a": "b"}
    assert "selector" not in fresh["spec"]
    assert fresh_job(fresh) == fresh


def test_a_job_of_the_operators_is_left_to_it() -> None:
    made = change(
        f"{JOBS}/migrate",
        metadata={"name": "initdb", "namespace": "polls", "ownerReferences": [{"kind": "Cluster"}]},
        status={"conditions": [{"type": "Failed", "status": "True"}]},
    )
    (found,) = bad(subject(api=made), "jobs")
    assert found.repair is None


def test_fix_pushes_a_lost_image_again_and_starts_a_stopped_registry() -> None:
    docker = FakeDocker()
    docker.node("shop", "control-plane")
    docker.registry("shop", "dev", state="exited")
    site = Site(**{IMAGE: Page(status=404)})
    (lost,) = bad(subject(fetch=site, run=docker.run), "images")
    assert lost.repair is not None
    assert lost.repair() == "pushed localhost:5001/polls:dev again"
    site.pages[IMAGE] = ConnectionRefusedError(111, "refused")
    (stopped,) = bad(subject(fetch=site, run=docker.run), "images")
    assert stopped.repair is not None
    assert stopped.repair() == "started shop-registry"
    assert docker.log == ["push localhost:5001/polls:dev", "start shop-registry"]


def test_fix_brings_stopped_nodes_back_first_and_then_looks_again() -> None:
    docker = FakeDocker()
    docker.node("shop", "control-plane", state="exited")
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    made.down = True

    def resume() -> list[str]:
        docker.containers["shop-control-plane"]["State"] = "running"
        made.down = False
        return ["started shop-control-plane"]

    given = subject(api=made, run=docker.run, resume=resume)
    assert mended(given) == ["started shop-control-plane", "deleted the pod polls/web, which is made anew"]


def test_what_does_not_get_well_is_said_to_be_so() -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    broken = dict(made.objects[WEB])
    made.after = lambda it: it.objects.update({WEB: broken})
    assert mended(subject(api=made))[-1] == "but it is not well yet"


def test_the_command_says_what_it_did_and_its_exit_code_is_for_a_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 20
    monkeypatch.setattr(command, "_subject", lambda *_: replace(subject(), api=made))
    monkeypatch.setattr(tools, "ensure", lambda *_, **__: None)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli.app, ["--root", str(tmp_path), "validate", *arguments])

    first = run("--json")
    assert first.exit_code == 1
    assert json.loads(first.stdout)["done"] == []
    only = run("--only", "url")
    assert (only.exit_code, "2 ok, 0 warn, 0 fail" in only.stdout) == (0, True)
    fixed = run("--fix")
    assert fixed.exit_code == 0, fixed.output
    assert "fixed: deleted the pod polls/web" in fixed.stdout
    wrong = run("--only", "moon")
    assert wrong.exit_code == 2
    assert "there is no moon" in wrong.stderr


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/moved?a=b" else 200)
            self.send_header("X-Host", self.headers["Host"])
            self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            self.wfile.write(b"body")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"localhost:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_page_is_asked_as_a_browser_does(server: str) -> None:
    page = fetch(f"http://grafana.{server}/moved?a=b")
    assert (page.status, page.headers["x-host"], page.body, page.expires) == (302, f"grafana.{server}", "body", None)
    with pytest.raises(OSError, match="refused"):
        fetch("http://localhost:1/")
    with pytest.raises(ssl.SSLError):
        fetch(f"https://{server}/")


def test_no_secret_is_ever_shown() -> None:
    made = change(
        "/api/v1/namespaces/polls/secrets/polls-env", data={"SECRET_KEY": base64.b64encode(b"canary").decode()}
    )
    shown = json.dumps([outcome.plain() for outcome in look(subject(api=made))])
    assert "canary" not in shown
    assert base64.b64encode(b"canary").decode() not in shown
