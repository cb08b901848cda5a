"""The components of a stack together: order, wiring and outputs."""

from __future__ import annotations

from typing import Any

import yaml

from tests.program.recorder import Recorded, is_secret


def test_each_step_waits_for_the_one_before(dev: Recorded) -> None:
    database = dev.one("Database")
    cluster, migrate, admin = dev.one("Cluster"), dev.one("Job", "polls-migrate"), dev.one("Job", "polls-admin")
    deployment = dev.one("Deployment")

    assert dev.one("Release", "cnpg").urn in database.depends_on
    assert dev.one("Namespace", "polls-namespace").urn in cluster.depends_on
    assert cluster.urn in migrate.depends_on
    assert migrate.urn in admin.depends_on
    assert admin.urn in deployment.depends_on


def test_nothing_waits_for_the_monitoring(dev: Recorded) -> None:
    monitoring = {r.urn for r in dev.resources if "MonitoringStack" in r.urn}
    outside = [r for r in dev.resources if r.urn not in monitoring]

    assert monitoring
    assert [r.name for r in outside if monitoring & set(r.depends_on)] == []


def test_two_stacks_share_no_name_and_no_port(dev: Recorded, two: Recorded) -> None:
    def used(stack: Recorded) -> set[Any]:
        registry = next(r for r in stack.all("Command") if r.name.endswith("-registry")).inputs["environment"]
        command = next(r for r in stack.all("Command") if r.name.endswith("-kind")).inputs
        mappings = yaml.safe_load(command["stdin"])["nodes"][0]["extraPortMappings"]
        names = {registry["REGISTRY"], command["environment"]["CLUSTER"], command["environment"]["FOLDER"]}
        return names | {int(registry["PORT"])} | {port["hostPort"] for port in mappings}

    assert len(used(dev)) == 6
    assert not used(dev) & used(two)


def test_application_without_database_has_no_part_of_it(two: Recorded) -> None:
    names = {r.name for r in two.resources if r.name.startswith("site")}

    assert names >= {"site-deployment", "site-ingress", "site-namespace", "site-default-deny"}
    assert not {name for name in names if "db" in name or "migrate" in name or "admin" in name.split("-")[1:2]}
    environment = two.one("Deployment", "site-deployment").environment
    environment.pop("POCDEPLOY_COMMIT", None)  # of a clone that is not shallow
    assert environment == {
        "POCDEPLOY_STACK": "two",
        "PORT": "8000",
        "ALLOWED_HOSTS": "site.localhost",
        "CSRF_TRUSTED_ORIGINS": "http://site.localhost:8080",
        "GREETING": "hello",
    }


def test_first_applications_outputs_have_plain_names(dev: Recorded) -> None:
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


def test_urls_have_a_port_that_is_not_the_default(two: Recorded) -> None:
    assert two.stack_outputs["url"] == "http://localhost:8080/"
    assert two.stack_outputs["apps"]["site"]["url"] == "http://site.localhost:8080/"
