"""What the program asks for: order, wiring and outputs of the stack `dev`, and of a stack with two applications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.program.recorder import Recorded, Registered, deploy, is_secret


def urn(stack: Recorded, kind: str, name: str) -> str:
    return stack.one(kind, name).urn


def environment(resource: Registered) -> dict[str, Any]:
    container = resource.inputs["spec"]["template"]["spec"]["containers"][0]
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def test_each_step_waits_for_the_one_before_it(dev: Recorded) -> None:
    database = dev.one("Database")
    cluster, migrate, admin = dev.one("Cluster"), dev.one("Job", "polls-migrate"), dev.one("Job", "polls-admin")
    deployment = dev.one("Deployment")

    assert urn(dev, "Release", "cnpg") in database.depends_on
    assert dev.one("Namespace", "polls-namespace").urn in cluster.depends_on
    assert cluster.urn in migrate.depends_on
    assert migrate.urn in admin.depends_on
    assert admin.urn in deployment.depends_on


def test_the_migration_does_not_wait_for_the_replicas(dev: Recorded) -> None:
    ready = dev.one("Job", "polls-db-ready")
    waiting = [r.name for r in dev.resources if ready.urn in r.depends_on]

    assert dev.one("Cluster").urn in ready.depends_on
    assert waiting == []
    assert dev.one("Cluster").inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == (
        "jsonpath={.status.currentPrimary}"
    )


def test_images_are_built_while_the_cluster_is_made(dev: Recorded) -> None:
    image = dev.one("Image")
    registry = dev.one("Command", "test-registry")

    assert image.depends_on == (registry.urn,)
    assert image.deleted_with == registry.urn
    assert registry.depends_on == ()


def test_nothing_waits_for_the_monitoring(dev: Recorded) -> None:
    monitoring = {r.urn for r in dev.resources if "MonitoringStack" in r.urn}
    outside = [r for r in dev.resources if r.urn not in monitoring]

    assert monitoring
    assert [r.name for r in outside if monitoring & set(r.depends_on)] == []


def test_the_image_is_built_from_the_patched_copy_for_the_nodes_platform(dev: Recorded) -> None:
    image = dev.one("Image").inputs

    assert image["imageName"] == "localhost:5001/polls:dev"
    assert image["build"]["context"] == ".pocdeploy/build/dev/polls"
    assert image["build"]["dockerfile"] == ".pocdeploy/build/dev/polls/Dockerfile"
    assert image["build"]["platform"] in ("linux/amd64", "linux/arm64")


def test_the_password_of_the_database_never_passes_through_the_program(dev: Recorded) -> None:
    values = environment(dev.one("Deployment"))

    assert values["DATABASE_PASSWORD"] == {"secretKeyRef": {"name": "polls-db-app", "key": "password"}}
    assert values["DATABASE_HOST"] == {"secretKeyRef": {"name": "polls-db-app", "key": "host"}}
    assert not [r.name for r in dev.all("RandomPassword") if "db" in r.name]


def test_the_administrators_password_is_only_in_the_environment_of_its_job(dev: Recorded) -> None:
    admin = dev.one("Job", "polls-admin").inputs["spec"]["template"]["spec"]["containers"][0]
    secret = dev.one("Secret", "polls-credentials-admin")

    assert {"secretRef": {"name": f"{secret.name}-1a2b3c"}} in admin["envFrom"]
    assert is_secret(secret.marked["stringData"]) or is_secret(secret.marked["stringData"]["ADMIN_PASSWORD"])
    for resource in dev.resources:
        if resource.kind not in ("Secret", "RandomPassword"):
            assert "generated-polls-credentials-admin-password" not in str(resource.inputs), resource.name


def test_kind_gets_the_ports_and_nodes_of_the_configuration(two: Recorded) -> None:
    command = two.one("Command", "two-kind")
    config = yaml.safe_load(command.inputs["stdin"])

    assert [node["role"] for node in config["nodes"]] == ["control-plane", *["worker"] * 3]
    assert {
        (p["hostPort"], p["containerPort"], p["listenAddress"]) for p in config["nodes"][0]["extraPortMappings"]
    } == {
        (8080, 30080, "127.0.0.1"),
        (8443, 30443, "127.0.0.1"),
    }
    assert command.inputs["environment"]["FOLDER"] == ".pocdeploy/clusters/two"


def test_another_configuration_of_kind_is_another_cluster(tmp_path: Path) -> None:
    triggers = []
    for number, workers in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        stack = deploy({"cluster": {"workers": workers}}, folder)
        triggers.append(stack.one("Command", "test-kind").inputs["triggers"])

    assert triggers[0] == triggers[1]
    assert triggers[1] != triggers[2]


def test_two_stacks_share_no_name_and_no_port(dev: Recorded, two: Recorded) -> None:
    def taken(stack: Recorded) -> set[Any]:
        registry = next(r for r in stack.all("Command") if r.name.endswith("-registry")).inputs["environment"]
        command = next(r for r in stack.all("Command") if r.name.endswith("-kind")).inputs
        mappings = yaml.safe_load(command["stdin"])["nodes"][0]["extraPortMappings"]
        names = {registry["REGISTRY"], command["environment"]["CLUSTER"], command["environment"]["FOLDER"]}
        return names | {int(registry["PORT"])} | {port["hostPort"] for port in mappings}

    assert len(taken(dev)) == 6
    assert not taken(dev) & taken(two)


def test_an_application_without_a_database_has_none_of_it(two: Recorded) -> None:
    names = {r.name for r in two.resources if r.name.startswith("site")}

    assert names >= {"site-deployment", "site-ingress", "site-namespace", "site-default-deny"}
    assert not {name for name in names if "db" in name or "migrate" in name or "admin" in name.split("-")[1:2]}
    values = environment(two.one("Deployment", "site-deployment"))
    assert values == {
        "PORT": "8000",
        "ALLOWED_HOSTS": "site.localhost",
        "CSRF_TRUSTED_ORIGINS": "http://site.localhost:8080",
        "GREETING": "hello",
    }


def test_own_secrets_replace_the_generated_ones(two: Recorded) -> None:
    secret = two.one("Secret", "polls-credentials-environment").inputs["stringData"]
    site = two.one("Secret", "site-credentials-environment").inputs["stringData"]

    assert secret == {"SECRET_KEY": "canary-key"}
    assert site == {"SECRET_KEY": "generated-site-credentials-secret-key", "API_TOKEN": "canary-api"}
    assert "polls-credentials-secret-key" not in {r.name for r in two.all("RandomPassword")}


def test_a_database_of_one_has_no_budget_and_no_synchronous_replication(tmp_path: Path) -> None:
    stack = deploy({"apps": {"polls": {"database": {"instances": 1}}}}, tmp_path)
    spec = stack.one("Cluster").inputs["spec"]

    assert spec["enablePDB"] is False
    assert "synchronous" not in spec["postgresql"]


def test_a_replicated_database_is_synchronous_spread_and_has_a_budget(dev: Recorded) -> None:
    spec = dev.one("Cluster").inputs["spec"]

    assert spec["instances"] == 3
    assert spec["enablePDB"] is True
    assert spec["postgresql"]["synchronous"]["number"] == 1
    assert spec["affinity"]["podAntiAffinityType"] == "preferred"
    assert spec["storage"] == {"size": "1Gi", "storageClass": "standard"}


def test_monitoring_scrapes_application_database_gateway_and_operator(dev: Recorded) -> None:
    monitors = {r.name: r.inputs["spec"] for r in dev.all("PodMonitor")}

    assert set(monitors) == {"polls-pod-monitor", "polls-db-pod-monitor", "traefik-pod-monitor", "cnpg-pod-monitor"}
    assert monitors["polls-pod-monitor"]["namespaceSelector"] == {"matchNames": ["polls"]}
    given = {
        name: [each["replacement"] for each in spec["podMetricsEndpoints"][0]["relabelings"]]
        for name, spec in monitors.items()
    }
    assert given == {
        "polls-pod-monitor": ["polls/polls", "application"],
        "polls-db-pod-monitor": ["polls/polls-db", "database"],
        "traefik-pod-monitor": ["gateway/traefik", "gateway"],
        "cnpg-pod-monitor": ["cnpg-system/cnpg", "operator"],
    }


def test_monitoring_can_be_switched_off(two: Recorded) -> None:
    assert [r.name for r in two.resources if "MonitoringStack" in r.urn and r.custom] == []
    assert "grafanaUrl" not in two.stack_outputs
    assert "monitoring" not in str([r.inputs for r in two.all("NetworkPolicy")])


def test_grafana_can_be_switched_off(tmp_path: Path) -> None:
    stack = deploy({"monitoring": {"grafana": False}}, tmp_path)

    assert stack.one("Release", "monitoring").inputs["values"]["grafana"]["enabled"] is False
    assert "grafanaUrl" not in stack.stack_outputs
    assert [r.name for r in stack.all("Ingress")] == ["polls-ingress"]


def test_outputs_of_the_first_application_have_plain_names(dev: Recorded) -> None:
    outputs = dev.stack_outputs

    assert set(outputs) == {
        *("url", "adminUrl", "adminUsername", "adminPassword", "imageRef", "databaseService", "psql"),
        *("grafanaUrl", "grafanaPassword", "kubeconfigPath", "kubeconfig", "apps"),
    }
    assert outputs["url"] == "http://localhost/"
    assert outputs["adminUrl"] == "http://localhost/admin/"
    assert outputs["grafanaUrl"] == "http://grafana.localhost/"
    assert outputs["adminUsername"] == "admin"
    assert is_secret(outputs["adminPassword"])
    assert is_secret(outputs["grafanaPassword"])
    assert outputs["databaseService"] == "polls-db-rw.polls.svc:5432"
    assert outputs["imageRef"].startswith("localhost:5001/polls@sha256:")
    assert outputs["psql"].endswith("service/polls-db-rw --container postgres -- psql polls")


def test_urls_carry_the_port_where_it_is_not_the_usual_one(two: Recorded) -> None:
    assert two.stack_outputs["url"] == "http://localhost:8080/"
    assert two.stack_outputs["apps"]["site"]["url"] == "http://site.localhost:8080/"


def test_charts_can_come_from_archives_and_images_through_a_mirror(tmp_path: Path) -> None:
    archive = tmp_path / "charts" / "traefik-41.3.0.tgz"
    archive.parent.mkdir()
    archive.touch()
    stack = deploy(
        {
            "cluster": {"registryMirror": "http://mirror:5000", "nodeImage": "kindest/node:v1.34.2"},
            "charts": {"traefik": {"source": "charts/traefik-41.3.0.tgz", "version": "41.3.0"}},
        },
        tmp_path,
    )
    release = stack.one("Release", "traefik").inputs
    connect = stack.one("Command", "test-connect").inputs["environment"]

    assert release["chart"] == "./charts/traefik-41.3.0.tgz"
    assert "repositoryOpts" not in release
    assert connect["MIRROR_HOSTS_TOML"].startswith('[host."http://mirror:5000"]')
    nodes = yaml.safe_load(stack.one("Command", "test-kind").inputs["stdin"])["nodes"]
    assert {node["image"] for node in nodes} == {"kindest/node:v1.34.2"}


def test_a_bad_rollout_is_over_in_minutes(dev: Recorded) -> None:
    deployment = dev.one("Deployment")

    assert deployment.timeouts == {"create": "3m", "update": "110s"}
    assert deployment.inputs["spec"]["progressDeadlineSeconds"] < 180
    assert "replicas" not in deployment.inputs["spec"]


def test_the_gate_of_the_database_is_on_nobodys_way(dev: Recorded) -> None:
    verified = dev.one("ConfigMap", "polls-db-verified")

    assert dev.one("Cluster").urn in verified.depends_on
    assert [r.name for r in dev.resources if verified.urn in r.depends_on] == []
    assert verified.inputs["data"]["instances"] == "3"
    assert "name" not in verified.inputs["metadata"]


def test_a_release_is_checked_once_it_serves_through_the_gateway(dev: Recorded) -> None:
    smoke, deployment = dev.one("Job", "polls-smoke"), dev.one("Deployment")
    needed = {deployment.urn, urn(dev, "Ingress", "polls-ingress"), urn(dev, "NetworkPolicy", "polls-smoke-network")}
    releases = {
        r.inputs["spec"]["template"]["metadata"]["annotations"]["pocdeploy.dev/release"] for r in (smoke, deployment)
    }

    assert needed <= set(smoke.depends_on)
    assert environment(smoke)["SMOKE_URL"] == "http://traefik.gateway.svc"
    assert environment(smoke)["SMOKE_HOST"] == "localhost"
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


def test_the_checks_of_a_release_can_be_switched_off(tmp_path: Path) -> None:
    commands = {"smoke": None, "checkMigrations": None}
    stack = deploy({"apps": {"polls": {"commands": commands}}}, tmp_path)
    migrate = stack.one("Job", "polls-migrate").inputs["spec"]

    assert "polls-smoke" not in {r.name for r in stack.all("Job")}
    assert [it["name"] for it in migrate["template"]["spec"]["initContainers"]] == ["wait-for-database"]


def test_a_breaking_migration_is_refused_unless_allowed(dev: Recorded, tmp_path: Path) -> None:
    def check(stack: Recorded) -> dict[str, Any]:
        return stack.one("Job", "polls-migrate").inputs["spec"]["template"]["spec"]["initContainers"][-1]

    allowed = deploy({"apps": {"polls": {"allowBreakingMigration": True}}}, tmp_path)

    assert check(dev)["name"] == "check-migrations"
    assert {"name": "ALLOW_BREAKING_MIGRATION", "value": "1"} in check(allowed)["env"]
    assert "ALLOW_BREAKING_MIGRATION" not in str(check(dev)["env"])


def test_an_application_that_is_not_django_has_none_of_its_checks(tmp_path: Path) -> None:
    commands = {"migrate": ["./migrate.sh"], "admin": None}
    names = {r.name for r in deploy({"apps": {"polls": {"commands": commands}}}, tmp_path).all("Job")}

    assert "polls-migrate" in names
    assert "polls-smoke" not in names
