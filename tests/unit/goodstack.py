"""A stack that passes all checks of validate, and the parts of it that tests break."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.console import Progress
from pocdeploy.diagnostics import validate
from pocdeploy.diagnostics.result import CheckResult, Severity
from pocdeploy.diagnostics.validate import ValidationContext, http
from pocdeploy.diagnostics.validate.http import Page
from pocdeploy.diagnostics.validate.prometheus import INSTANCES, PROXY
from pocdeploy.kube.client import CLUSTERS, OBJECT_STORES
from pocdeploy.process import Result
from pocdeploy.stacks.backup_servers import PLUGIN
from pocdeploy.stacks.backups.archive import shown
from pocdeploy.stacks.readiness import HEALTHY, NODES
from tests.unit.fakes import FakeApi, FakeDocker

NOW = datetime.now(UTC)
SETTINGS = Settings.model_validate(
    {"cluster": {"type": "kind", "name": "shop", "workers": 0}, "backups": {"store": "local"}}
)
URL = "http://localhost/"
DIGEST = f"sha256:{'0' * 64}"
IMAGE = f"http://localhost:5001/v2/polls/manifests/{DIGEST}"
READY = [{"type": "Ready", "status": "True"}]
PODS = "/api/v1/namespaces/{}/pods"
JOBS = "/apis/batch/v1/namespaces/polls/jobs"
WEB = f"{PODS.format('polls')}/web"
DATABASE = {
    "version": "18.1 (Debian)",
    "recovery": False,
    "has_case": True,
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


def firing(*labels: dict[str, str]) -> dict[str, Any]:
    """Return an answer of Prometheus with alerts that fire."""
    return {"status": "success", "data": {"alerts": [{"state": "firing", "labels": each} for each in labels]}}


def api() -> FakeApi:
    """Return a cluster that passes all checks."""
    made = FakeApi(answers=["", json.dumps(DATABASE)])
    made.add(NODES, "shop-control-plane", spec={}, status={"conditions": READY})
    status = {"phase": HEALTHY, "readyInstances": 3, "currentPrimary": "polls-db-1"}
    archive = {"name": PLUGIN, "parameters": {"serverName": "polls-db-1"}}
    made.add(CLUSTERS.format("polls"), "polls-db", spec={"instances": 3, "plugins": [archive]}, status=status)
    last = {"firstRecoverabilityPoint": shown(NOW), "lastSuccessfulBackupTime": shown(NOW)}
    made.add(
        OBJECT_STORES.format("polls"),
        "polls-db",
        spec={"configuration": {"destinationPath": "s3://backups/"}},
        status={"serverRecoveryWindow": {"polls-db-1": last}},
    )
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
    made.add(
        secrets, "polls-env", type="Opaque", metadata={"creationTimestamp": (NOW - timedelta(days=31)).isoformat()}
    )
    made.objects[PROXY.format("monitoring", "targets")] = scraped({"health": "up"})
    made.add(INSTANCES, "x", metadata={"namespace": "monitoring"})
    made.objects[PROXY.format("monitoring", "alerts")] = firing({"alertname": "Watchdog"})
    return made


PAGES = {
    URL: Page(status=200, body='<link rel="stylesheet" href="/static/a.css"><script src="https://cdn.example/x.js">'),
    f"{URL}readyz": Page(status=200, body="ok"),
    f"{URL}static/a.css": Page(status=200, headers={"cache-control": "max-age=60"}),
    f"{URL}admin/": Page(status=302),
    IMAGE: Page(status=200),
}


@dataclass
class Site:
    """Addresses with pages; any other refuses the connection."""

    pages: dict[str, Page | Exception] = field(default_factory=lambda: dict(PAGES))

    def fetch(self, url: str, *, accept: str = "*/*") -> Page:
        page = self.pages.get(url, ConnectionRefusedError(111, "Connection refused"))
        if isinstance(page, Exception):
            raise page
        return page


def install(monkeypatch: pytest.MonkeyPatch) -> tuple[Site, FakeDocker]:
    """Let pages and containers be those of the stack."""
    site, docker = Site(), FakeDocker()
    docker.node("shop", "control-plane")
    monkeypatch.setattr(http, "fetch", site.fetch)
    monkeypatch.setattr(process, "run", docker.run)
    return site, docker


def context(**more: Any) -> ValidationContext:
    app = {"url": URL, "adminUrl": f"{URL}admin/", "imageRef": f"localhost:5001/polls@{DIGEST}"}
    same = json.dumps({"changeSummary": {"same": 48}})
    given: dict[str, Any] = {
        "stack": "dev",
        "settings": SETTINGS,
        "outputs": {"apps": {"polls": app}, "kubeconfigPath": "/nowhere/kubeconfig"},
        "api": api(),
        "pulumi": lambda *_: Result(code=0, stdout=same),
        "resume": list,
    }
    return ValidationContext(**{**given, **more})


def look(given: ValidationContext, *only: str) -> list[CheckResult]:
    return validate.examine(given, Progress(quiet=True), only=only)


def bad(given: ValidationContext, *only: str) -> list[CheckResult]:
    return [result for result in look(given, *only) if result.severity is not Severity.OK]


def change(path: str, **content: Any) -> FakeApi:
    made = api()
    made.objects[path].update(content)
    return made


def waiting(reason: str) -> dict[str, Any]:
    return {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": reason}}}]}
