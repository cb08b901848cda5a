"""Applications from elsewhere: processes, cron, connections, volumes, a cache and nginx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi import RunError

from tests.program.recorder import ROOT, Recorded, Registered, deploy, is_secret

RELEASE = "pocdeploy.dev/release"


def release(resource: Registered) -> str:
    return str(resource.inputs["spec"]["template"]["metadata"]["annotations"][RELEASE])


def source(tmp_path: Path, files: dict[str, str]) -> str:
    """Make an application of these files; return its path relative to the project."""
    folder = tmp_path / "app" / "shop"
    for name, text in {"Dockerfile": "FROM scratch\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return str(folder)


def test_processes_share_image_environment_and_release(rich: Recorded) -> None:
    web, worker, beat = (
        rich.one("Deployment", f"shop-{it}") for it in ("deployment", "process.worker", "process.beat")
    )

    assert len({release(it) for it in (web, worker, beat)}) == 1
    assert worker.container["image"] == web.container["image"]
    assert worker.container["env"] == web.container["env"]
    assert worker.container["envFrom"] == web.container["envFrom"]
    assert worker.container["command"] == ["sh", "-c", "exec celery -A shop worker"]
    assert not {"ports", "readinessProbe", "livenessProbe"} & worker.container.keys()
    assert (worker.inputs["spec"]["replicas"], "replicas" in beat.inputs["spec"]) == (2, False)


def test_processes_roll_with_the_web_after_the_migration(rich: Recorded) -> None:
    migrate, web = rich.one("Job", "shop-migrate"), rich.one("Deployment", "shop-deployment")
    worker, smoke = rich.one("Deployment", "shop-process.worker"), rich.one("Job", "shop-smoke")

    assert migrate.urn in worker.depends_on
    assert web.urn not in worker.depends_on
    assert {web.urn, worker.urn} <= set(smoke.depends_on)
    assert worker.hooks == {"on_error": ("shop-rollout.shop-worker",)}
    # Ended in its first minute, it is no good release; Pulumi waits longer than Kubernetes.
    spec = worker.inputs["spec"]
    assert spec["minReadySeconds"] == 60 < spec["progressDeadlineSeconds"] < int(worker.timeouts["update"][:-1])


def test_release_with_processes_and_no_check_has_a_record(rich: Recorded) -> None:
    record, web = rich.one("ConfigMap", "blog-release"), rich.one("Deployment", "blog-deployment")

    assert record.inputs["data"] == {"release": release(web)}
    assert {web.urn, rich.one("Deployment", "blog-process.worker").urn} <= set(record.depends_on)
    assert record.hooks == {
        "before_create": ("blog-before-record",),
        "before_update": ("blog-before-record",),
        "after_create": ("blog-released",),
        "after_update": ("blog-released",),
    }
    assert web.hooks == {"on_error": ("blog-rollout",)}


def test_breaking_migration_stops_processes_and_cron_before_it(rich: Recorded) -> None:
    assert rich.one("Job", "shop-migrate").hooks == {
        "before_create": ("shop-before-migration",),
        "before_update": ("shop-before-migration",),
        "on_error": ("shop-migrate-failed", "shop-migration-failed"),
    }
    assert rich.one("Job", "blog-migrate").hooks == {"on_error": ("blog-migrate-failed",)}


def test_cron_follows_a_good_release_and_never_runs_twice(rich: Recorded) -> None:
    job = rich.one("CronJob", "shop-cron.clean")
    spec = job.inputs["spec"]

    assert rich.one("Job", "shop-smoke").urn in job.depends_on
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("15 3 * * *", "Europe/Berlin", "Forbid")
    assert job.container["image"] == rich.one("Deployment", "shop-deployment").container["image"]
    assert "suspend" not in spec  # set while a breaking migration runs


def test_variables_stand_after_those_they_refer_to(rich: Recorded) -> None:
    names = [it["name"] for it in rich.one("Deployment", "shop-deployment").container["env"]]
    secret = rich.one("Secret", "shop-credentials-environment").inputs["stringData"]

    assert names.index("DATABASE_URL") < names.index("PORT") < names.index("Z_PATH") < names.index("A_BROKER")
    assert {"DJANGO_SECRET_KEY", "REDIS_URL", "CACHE_URL"} == secret.keys()  # of envFrom, so before all of them
    assert "BLOG_URL" in names


@pytest.mark.parametrize("app", ["shop", "blog"])
def test_url_of_the_database_comes_from_its_secret(rich: Recorded, app: str) -> None:
    for deployment in (rich.one("Deployment", f"{app}-{role}") for role in ("deployment", "process.worker")):
        source = deployment.environment["DATABASE_URL"]["secretKeyRef"]

        assert source == {"name": f"{app}-db-app", "key": "uri"}
    guest = rich.one("Secret", "blog-db-app")
    assert str(guest.inputs["stringData"]["uri"]).startswith("postgresql://blog:generated-")
    assert is_secret(guest.marked["stringData"])


def test_own_url_of_a_database_is_not_replaced(tmp_path: Path) -> None:
    secrets = {"polls": {"DATABASE_URL": "canary"}}
    stack = deploy({"apps": {"polls": {}}}, tmp_path, secrets=secrets)

    assert "DATABASE_URL" not in stack.one("Deployment").environment
    assert stack.one("Secret", "polls-credentials-environment").inputs["stringData"]["DATABASE_URL"] == "canary"


def test_renamed_url_of_a_database_has_that_name(tmp_path: Path) -> None:
    stack = deploy({"apps": {"polls": {"databaseEnv": {"DATABASE_URL": "DB_URL"}}}}, tmp_path)

    assert stack.one("Deployment").environment["DB_URL"]["secretKeyRef"]["key"] == "uri"
    assert "DATABASE_URL" not in stack.one("Deployment").environment


def policy(stack: Recorded, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = stack.one("NetworkPolicy", name).inputs["spec"]
    return spec


def test_internet_is_open_to_public_addresses_alone(rich: Recorded) -> None:
    blocks = [peer["ipBlock"] for peer in policy(rich, "blog-network.internet")["egress"][0]["to"]]
    mail, office = policy(rich, "shop-network.internet")["egress"]

    assert [block["cidr"] for block in blocks] == ["0.0.0.0/0", "::/0"]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(blocks[0]["except"])
    assert [port["port"] for port in mail["ports"]] == [587]
    assert [peer["ipBlock"] for peer in mail["to"]] == blocks
    assert office == {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"port": 443, "protocol": "TCP"}]}


def test_applications_reach_only_those_that_they_name(rich: Recorded) -> None:
    (calls,) = policy(rich, "shop-network.calls")["egress"]
    (callers,) = policy(rich, "blog-network.callers")["ingress"]
    blog = rich.one("Deployment", "blog-deployment")

    assert calls["to"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "blog"}
    assert callers["from"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "shop"}
    assert callers["ports"] == [{"port": "http", "protocol": "TCP"}]
    assert {it.name for it in rich.all("NetworkPolicy")} & {"blog-network.calls", "shop-network.callers"} == set()
    assert rich.one("Deployment", "shop-deployment").environment["BLOG_URL"] == "http://blog.blog.svc"
    assert "blog.blog.svc" in blog.environment["ALLOWED_HOSTS"].split(",")


def test_volume_is_used_by_one_pod_at_a_time(rich: Recorded) -> None:
    claim, web = rich.one("PersistentVolumeClaim", "shop-volume.media"), rich.one("Deployment", "shop-deployment")
    worker, scaler = (
        rich.one("Deployment", "shop-process.worker"),
        rich.one("HorizontalPodAutoscaler", "shop-autoscaler"),
    )
    volume = {"name": "volume-media", "persistentVolumeClaim": {"claimName": claim.inputs["metadata"]["name"]}}

    assert claim.inputs["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert claim.urn in web.depends_on
    for deployment in (web, worker):
        assert deployment.inputs["spec"]["strategy"] == {"type": "Recreate"}
        assert volume in deployment.pod["volumes"]
        assert {"name": "volume-media", "mountPath": "/app/media"} in deployment.container["volumeMounts"]
    assert scaler.inputs["spec"]["maxReplicas"] == 1
    # Only its node can mount the volume.
    assert "podAffinity" in worker.pod["affinity"]
    assert volume not in rich.one("Job", "shop-migrate").pod["volumes"]


def test_directories_are_writable_in_every_container(rich: Recorded) -> None:
    for pod in (
        rich.one("Deployment", "shop-deployment"),
        rich.one("Job", "shop-migrate"),
        rich.one("CronJob", "shop-cron.clean"),
    ):
        assert {"name": "writable-0", "mountPath": "/app/log"} in pod.container["volumeMounts"]


def test_cache_has_a_password_and_serves_its_application(rich: Recorded) -> None:
    config = rich.one("Secret", "shop-cache-config")
    url = rich.one("Secret", "shop-credentials-environment").inputs["stringData"]["REDIS_URL"]
    cache = rich.one("Deployment", "shop-cache-deployment")

    assert "requirepass generated-shop-cache-password" in config.inputs["stringData"]["valkey.conf"]
    assert "maxmemory-policy noeviction" in config.inputs["stringData"]["valkey.conf"]
    assert url == "redis://:generated-shop-cache-password@shop-cache.shop.svc:6379/0"
    assert "generated-shop-cache-password" not in str(cache.inputs)
    assert rich.one("PersistentVolumeClaim", "shop-cache-volume").inputs["metadata"]["name"] == "shop-cache"
    (rule,) = policy(rich, "shop-cache")["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "shop"}}}]


def test_requests_go_through_nginx_and_probes_do_not(rich: Recorded) -> None:
    web = rich.one("Deployment", "shop-deployment")
    application, nginx = web.pod["containers"]

    assert [it["name"] for it in (application["ports"][0], nginx["ports"][0])] == ["app", "http"]
    assert application["startupProbe"]["httpGet"]["port"] == "app"
    assert application["readinessProbe"]["tcpSocket"] == {"port": "app"}
    assert "alias /static/0/" in nginx["env"][0]["value"]
    assert web.pod["initContainers"][0]["command"] == ["cp", "-R", "/app/staticfiles/.", "/static/0/"]
    # Metrics on the application's own port, past nginx.
    assert rich.one("PodMonitor", "shop-pod-monitor").inputs["spec"]["podMetricsEndpoints"][0]["port"] == "app"


def test_all_hosts_are_routed_and_allowed(rich: Recorded) -> None:
    ingress, web = rich.one("Ingress", "shop-ingress"), rich.one("Deployment", "shop-deployment")

    assert [rule["host"] for rule in ingress.inputs["spec"]["rules"]] == ["localhost", "www.shop.example"]
    assert web.environment["ALLOWED_HOSTS"] == "localhost,www.shop.example"
    assert web.environment["CSRF_TRUSTED_ORIGINS"] == "http://localhost:8082,http://www.shop.example:8082"


def test_command_of_the_settings_serves(rich: Recorded) -> None:
    web = rich.one("Deployment", "blog-deployment").container

    assert (web["command"], web["args"]) == (["sh", "-c", "./serve --workers $(nproc)"], ["--verbose"])


def test_application_without_metrics_has_no_target(tmp_path: Path) -> None:
    stack = deploy({"apps": {"polls": {"metricsPort": None}}}, tmp_path)

    assert "polls-pod-monitor" not in {it.name for it in stack.all("PodMonitor")}
    assert 'job": "polls/polls' not in str(stack.one("PrometheusRule").inputs)


def test_procfile_of_the_source_is_deployed(tmp_path: Path) -> None:
    lines = "web: bin/serve\nrelease: bin/migrate\nworker: bin/work\nclock: bin/clock\n"
    app = {"path": source(tmp_path, {"Procfile": lines}), "processes": {"clock": False}}
    stack = deploy({"apps": {"shop": app}}, tmp_path)
    deployments = {it.name: it.container.get("command") for it in stack.all("Deployment")}

    assert deployments == {
        "shop-deployment": ["sh", "-c", "exec bin/serve"],
        "shop-process.worker": ["sh", "-c", "exec bin/work"],
    }
    assert stack.one("Job").container["command"] == ["sh", "-c", "exec bin/migrate"]


def test_application_other_than_django_has_no_command_of_django(tmp_path: Path) -> None:
    stack = deploy({"apps": {"shop": {"path": source(tmp_path, {"main.py": ""})}}}, tmp_path)

    assert stack.all("Job") == []
    assert "manage.py" not in str([it.inputs for it in stack.resources])


@pytest.mark.parametrize(
    ("files", "settings", "words"),
    [
        ({}, {"processes": {"worker": {"replicas": 2}}}, "a process without a command"),
        ({}, {"commands": {"admin": "django"}}, "django needs a manage.py"),
        ({"Procfile": "services:\n  web: {}\n"}, {}, "is no line of a Procfile"),
        ({}, {"dockerfile": "docker/Dockerfile"}, "file not found"),
        ({}, {"context": "backend"}, "directory not found in the source"),
    ],
)
def test_source_that_does_not_fit_registers_nothing(
    tmp_path: Path, files: dict[str, str], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(RunError, match=words):
        deploy({"apps": {"shop": {"path": source(tmp_path, files), **settings}}}, tmp_path)


def test_patched_dockerfile_of_a_folder_is_built(tmp_path: Path) -> None:
    folder = source(tmp_path, {"backend/Dockerfile": "FROM scratch\n", "docker/Dockerfile": "FROM scratch\n"})
    for number, (settings, expected) in enumerate(
        {"context": ("backend", "backend/Dockerfile"), "dockerfile": ("docker/Dockerfile", "docker/Dockerfile")}.items()
    ):
        place = tmp_path / str(number)
        place.mkdir()
        build = deploy({"apps": {"shop": {"path": folder, settings: expected[0]}}}, place).one("Image").inputs["build"]

        assert build["dockerfile"] == f".pocdeploy/build/dev/shop/{expected[1]}"
        assert build["context"] == ".pocdeploy/build/dev/shop" + ("/backend" if settings == "context" else "")


def test_the_sources_of_the_repository_have_no_procfile() -> None:
    """One there would change what these applications deploy."""
    assert [*ROOT.glob("app/*/Procfile"), *ROOT.glob("patches/*/*Procfile*")] == []
