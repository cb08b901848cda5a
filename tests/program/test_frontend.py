"""The frontend: secrets, Jobs, Deployment, and the check of each release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.program.recorder import ROOT, Recorded, deploy, is_secret

GRACEFUL_TIMEOUT = re.compile(r"^\+?graceful_timeout = (\d+)$", re.MULTILINE)


def test_admin_password_is_only_in_the_environment_of_its_job(dev: Recorded) -> None:
    admin = dev.one("Job", "polls-admin")
    secret = dev.one("Secret", "polls-credentials-admin")

    assert {"secretRef": {"name": f"{secret.name}-1a2b3c"}} in admin.container["envFrom"]
    assert is_secret(secret.marked["stringData"]) or is_secret(secret.marked["stringData"]["ADMIN_PASSWORD"])
    for resource in dev.resources:
        if resource.kind not in ("Secret", "RandomPassword"):
            assert "generated-polls-credentials-admin-password" not in str(resource.inputs), resource.name


def test_configured_secrets_replace_generated_ones(two: Recorded) -> None:
    secret = two.one("Secret", "polls-credentials-environment").inputs["stringData"]
    site = two.one("Secret", "site-credentials-environment").inputs["stringData"]

    assert secret == {"SECRET_KEY": "canary-key"}
    assert site == {"SECRET_KEY": "generated-site-credentials-secret-key", "API_TOKEN": "canary-api"}
    assert "polls-credentials-secret-key" not in {r.name for r in two.all("RandomPassword")}


def test_only_the_secret_of_revisions_outlives_its_successor(dev: Recorded) -> None:
    """A revision that is restored refers to its own Secret, which is immutable and has its own name."""
    environment = dev.one("Secret", "polls-credentials-environment")

    assert [r.name for r in dev.resources if r.retain_on_delete] == [environment.name]
    assert environment.inputs["immutable"] is True
    assert "name" not in environment.inputs["metadata"]
    assert {"secretRef": {"name": f"{environment.name}-1a2b3c"}} in dev.one("Deployment").container["envFrom"]


def test_new_image_does_not_run_the_admin_job_again(dev: Recorded) -> None:
    image = "spec.template.spec.containers[0].image"

    assert {r.name: r.ignore_changes for r in dev.resources if r.ignore_changes} == {
        "polls-admin": (image,),
        "polls-db": ("spec.bootstrap",),
    }


def test_hooks_explain_restore_and_mark(dev: Recorded) -> None:
    assert dev.one("Job", "polls-migrate").hooks == {"on_error": ("polls-migrate-failed",)}
    assert dev.one("Job", "polls-admin").hooks == {"on_error": ("polls-admin-failed",)}
    assert dev.one("Deployment").hooks == {"on_error": ("polls-rollout",)}
    assert dev.one("Job", "polls-smoke").hooks == {
        "before_create": ("polls-before-smoke",),
        "before_update": ("polls-before-smoke",),
        "after_create": ("polls-released",),
        "after_update": ("polls-released",),
        "on_error": ("polls-smoke",),
    }


def test_rollout_is_the_last_step_without_a_smoke_check(tmp_path: Path) -> None:
    stack = deploy({"apps": {"polls": {"commands": {"smoke": None, "checkMigrations": None}}}}, tmp_path)
    migrate = stack.one("Job", "polls-migrate")

    assert "polls-smoke" not in {r.name for r in stack.all("Job")}
    assert [it["name"] for it in migrate.pod["initContainers"]] == ["wait-for-database"]
    assert stack.one("Deployment").hooks == {
        "on_error": ("polls-rollout",),
        "after_create": ("polls-released",),
        "after_update": ("polls-released",),
    }


def test_bad_rollout_ends_in_minutes(dev: Recorded) -> None:
    deployment = dev.one("Deployment")
    spec, startup = deployment.inputs["spec"], deployment.container["startupProbe"]

    # Each limit leaves the one before it the time to act.
    assert startup["failureThreshold"] * startup["periodSeconds"] == 60
    assert spec["progressDeadlineSeconds"] == 160
    assert deployment.timeouts == {"create": "190s", "update": "190s"}
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in spec


def test_slow_starter_and_long_migration_get_their_time(tmp_path: Path) -> None:
    app = {"startSeconds": 300, "commands": {"migrateSeconds": 7200}}
    stack = deploy({"apps": {"polls": app}}, tmp_path)
    deployment, migrate = stack.one("Deployment"), stack.one("Job", "polls-migrate")

    assert deployment.container["startupProbe"]["failureThreshold"] == 300
    assert deployment.inputs["spec"]["progressDeadlineSeconds"] > 300
    assert seconds(deployment.timeouts["update"]) > deployment.inputs["spec"]["progressDeadlineSeconds"]
    assert migrate.inputs["spec"]["activeDeadlineSeconds"] > 7200


def test_pulumi_waits_longer_than_each_job_may_take(any_stack: Recorded) -> None:
    short = {
        job.name: job.timeouts
        for job in any_stack.all("Job")
        if seconds(job.timeouts.get("create", "10m")) <= job.inputs["spec"]["activeDeadlineSeconds"]
    }

    assert short == {}


def seconds(limit: str) -> int:
    return int(limit[:-1]) * {"s": 1, "m": 60}[limit[-1]]


def test_probes_ask_the_paths_of_the_settings(dev: Recorded, tmp_path: Path) -> None:
    app = {"livePath": "/alive", "readyPath": "/able", "host": "polls.example.com"}
    own = deploy({"apps": {"polls": app}}, tmp_path).one("Deployment")
    probes = ("startup", "readiness")
    paths = [
        {probe: deployment.container[f"{probe}Probe"]["httpGet"]["path"] for probe in probes}
        for deployment in (dev.one("Deployment"), own)
    ]

    assert paths == [{"startup": "/healthz", "readiness": "/readyz"}, {"startup": "/alive", "readiness": "/able"}]
    for probe in probes:
        request = own.container[f"{probe}Probe"]["httpGet"]
        assert (request["port"], request["httpHeaders"]) == ("http", [{"name": "Host", "value": "polls.example.com"}])


def test_busy_threads_do_not_restart_a_pod(any_stack: Recorded) -> None:
    """A request needs a thread of the application, a connection does not: `test_busy_site_accepts_connections`."""
    for deployment in any_stack.serving():
        liveness = deployment.container["livenessProbe"]

        assert liveness["tcpSocket"] == {"port": deployment.container["ports"][0]["name"]}
        assert "httpGet" not in liveness


@pytest.mark.parametrize("recovery", [None, {"backup": "b", "mask": "docs/stacks/mask-polls.sql"}])
def test_pods_wait_for_the_database_without_any_job(tmp_path: Path, recovery: dict[str, str] | None) -> None:
    """Otherwise the pods would serve a copy before it is masked."""
    commands = {"migrate": None, "admin": None, "smoke": None}
    database = {"recovery": recovery} if recovery else {}
    stack = deploy({"apps": {"polls": {"commands": commands, "database": database}}}, tmp_path)
    needed = {stack.one("Cluster").urn} | {it.urn for it in stack.all("Job") if it.name == "polls-db-mask"}

    assert len(needed) == (2 if recovery else 1)
    assert needed <= set(stack.one("Deployment").depends_on)


def test_a_host_is_routed_after_the_pods_know_it(any_stack: Recorded) -> None:
    for deployment in any_stack.serving():
        ingress = any_stack.one("Ingress", deployment.name.replace("-deployment", "-ingress"))

        assert deployment.urn in ingress.depends_on


def test_drain_evicts_one_pod_at_a_time_and_is_never_blocked(any_stack: Recorded) -> None:
    for budget in any_stack.all("PodDisruptionBudget"):
        spec = {key: value for key, value in budget.inputs["spec"].items() if key != "selector"}

        # `minAvailable: 1` would block the drain of a node with the only pod, and so would one unready pod.
        assert spec == {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}


@pytest.mark.parametrize(
    "config", ["app/attendance/gunicorn.conf.py", "patches/polls/0005-prometheus-metrics-on-their-own-port.patch"]
)
def test_pod_ends_after_its_requests(dev: Recorded, config: str) -> None:
    pod = dev.one("Deployment").pod
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    (graceful,) = GRACEFUL_TIMEOUT.findall((ROOT / config).read_text("utf-8"))

    assert pause > 0
    assert pause + int(graceful) < pod["terminationGracePeriodSeconds"]


def test_release_is_checked_through_the_gateway(dev: Recorded) -> None:
    smoke, deployment = dev.one("Job", "polls-smoke"), dev.one("Deployment")
    needed = {
        deployment.urn,
        dev.one("Service", "polls-service").urn,
        dev.one("Ingress", "polls-ingress").urn,
        dev.one("NetworkPolicy", "polls-smoke-network").urn,
    }
    releases = {
        r.inputs["spec"]["template"]["metadata"]["annotations"]["pocdeploy.dev/release"] for r in (smoke, deployment)
    }

    assert needed <= set(smoke.depends_on)
    assert smoke.environment["SMOKE_URL"] == "http://traefik.gateway.svc"
    assert smoke.environment["SMOKE_HOST"] == "localhost"
    assert (smoke.environment["SMOKE_LIVE_PATH"], smoke.environment["SMOKE_READY_PATH"]) == ("/healthz", "/readyz")
    assert len(releases) == 1
    assert releases != {""}


def test_another_configuration_is_another_release(tmp_path: Path) -> None:
    releases = []
    for number, settings in enumerate(({}, {}, {"env": {"GREETING": "hello"}})):
        folder = tmp_path / str(number)
        folder.mkdir()
        template = deploy({"apps": {"polls": settings}}, folder).one("Deployment").inputs["spec"]["template"]
        releases.append(template["metadata"]["annotations"]["pocdeploy.dev/release"])

    assert releases[0] == releases[1]
    assert releases[1] != releases[2]


def test_breaking_migration_is_refused_unless_allowed(dev: Recorded, tmp_path: Path) -> None:
    def check(stack: Recorded) -> dict[str, Any]:
        container: dict[str, Any] = stack.one("Job", "polls-migrate").pod["initContainers"][-1]
        return container

    allowed = deploy({"apps": {"polls": {"allowBreakingMigration": True}}}, tmp_path)

    assert check(dev)["name"] == "check-migrations"
    assert {"name": "ALLOW_BREAKING_MIGRATION", "value": "1"} in check(allowed)["env"]
    assert "ALLOW_BREAKING_MIGRATION" not in str(check(dev)["env"])


def test_application_other_than_django_has_no_django_checks(tmp_path: Path) -> None:
    commands = {"migrate": ["./migrate.sh"], "admin": None}
    names = {r.name for r in deploy({"apps": {"polls": {"commands": commands}}}, tmp_path).all("Job")}

    assert "polls-migrate" in names
    assert "polls-smoke" not in names
