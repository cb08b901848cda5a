"""The configuration of a stack: what is refused, with what remedy, and that every key is described."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from pocdeploy.config import load
from pocdeploy.errors import SettingsError
from tests.paths import ROOT
from tests.unit.configuration import MAIL, findings


def app(**settings: Any) -> dict[str, Any]:
    return {"apps": {"polls": settings}}


def database(**settings: Any) -> dict[str, Any]:
    return app(database=settings)


def apps(**shared: str | None) -> dict[str, Any]:
    """Applications by name, each with the one whose database it shares, or None for one of its own."""
    return {
        "apps": {
            name: {"path": "app/polls"} | ({"database": {"shared": other}} if other else {})
            for name, other in shared.items()
        }
    }


def cluster(**settings: Any) -> dict[str, Any]:
    return {"cluster": settings}


RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}

# configuration, the key that the one finding names, words of what is accepted
BAD: list[tuple[dict[str, Any], str, str]] = [
    # unknown keys
    ({"aps": {}}, "aps", "did you mean apps?"),
    (cluster(wrkers=1), "cluster.wrkers", "did you mean workers?"),
    (cluster(http_port_="80"), "cluster.http_port_", "one of type, name"),
    (app(imagee="x"), "apps.polls.imagee", "one of path"),
    (app(replicas={"minimum": 1}), "apps.polls.replicas.minimum", "one of min, max, cpuPercent"),
    (database(replicas=3), "apps.polls.database.replicas", "one of instances"),
    (app(resources={**RESOURCES, "gpu": 1}), "apps.polls.resources.gpu", "one of requests, limits"),
    ({"monitoring": {"grafanna": True}}, "monitoring.grafanna", "did you mean grafana?"),
    ({"charts": {"nginx": {}}}, "charts.nginx", "one of cloudnative-pg"),
    # an image that may be another one tomorrow, and copies without a mask
    (app(image="ghcr.io/owner/polls:1"), "apps.polls.image", "by its digest"),
    (database(recovery={"backup": "b"}), "apps.polls.database.recovery.mask", "a value"),
    (database(recovery={"mask": "m.sql"}), "apps.polls.database.recovery", "either backup or volumeSnapshot"),
    (
        database(recovery={"backup": "b", "volumeSnapshot": "v", "mask": "m.sql"}),
        "apps.polls.database.recovery",
        "either backup or volumeSnapshot",
    ),
    (database(recovery={"backup": "B_b", "mask": "m.sql"}), "apps.polls.database.recovery.backup", "Kubernetes object"),
    # wrong types
    ({"cluster": "kind"}, "cluster", "a map of settings"),
    ({"apps": ["polls"]}, "apps", "a map"),
    ({"apps": {"polls": "yes"}}, "apps.polls", "a map of settings"),
    (cluster(workers="three"), "cluster.workers", "a whole number"),
    (cluster(workers=2.5), "cluster.workers", "a whole number"),
    (cluster(workers=True), "cluster.workers", "a whole number"),
    (cluster(httpPort="80"), "cluster.httpPort", "a whole number"),
    (cluster(metricsServer="maybe"), "cluster.metricsServer", "true or false"),
    (app(env=["A=b"]), "apps.polls.env", "a map"),
    (app(env={"A": 1}), "apps.polls.env.A", "a string"),
    (app(commands={"migrate": "python manage.py migrate"}), "apps.polls.commands.migrate", "a list"),
    (app(database="yes"), "apps.polls.database", "a map of settings"),
    (app(database=True), "apps.polls.database", "a map of settings"),
    (app(path=7), "apps.polls.path", "a string"),
    (database(parameters={"max_connections": 200}), "apps.polls.database.parameters.max_connections", "a string"),
    ({"monitoring": {"grafana": "perhaps"}}, "monitoring.grafana", "true or false"),
    ({"monitoring": {"storage": "much"}}, "monitoring.storage", "a Kubernetes quantity"),
    ({"monitoring": {"receiver": "me"}}, "monitoring.receiver", "a map of settings"),
    ({"monitoring": {"receiver": {"type": "pager"}}}, "monitoring.receiver.type", "'webhook', 'email' or 'slack'"),
    ({"monitoring": {"receiver": {"type": "slack"}}}, "monitoring.receiver", "with channel"),
    (
        {"monitoring": {"receiver": {"type": "slack", "channel": "alerts"}}},
        "monitoring.receiver.channel",
        "for example #alerts",
    ),
    (
        {"monitoring": {"receiver": {"type": "email", "to": "a@example.com"}}},
        "monitoring.receiver",
        "with sender, smarthost",
    ),
    (
        {"monitoring": {"receiver": {"type": "email", **MAIL, "smarthost": "mail.example.com"}}},
        "monitoring.receiver.smarthost",
        "host:port",
    ),
    (
        {"monitoring": {"receiver": {"type": "email", **MAIL, "channel": "#a"}}},
        "monitoring.receiver",
        "without channel",
    ),
    ({"monitoring": {"receiver": {"type": "webhook", "url": "canary"}}}, "monitoring.receiver.url", "one of type"),
    ({"monitoring": {"runbooks": "docs/runbooks"}}, "monitoring.runbooks", "a URL with http"),
    ({"monitoring": {"clusterBrowser": "root"}}, "monitoring.clusterBrowser", "'readonly' or 'admin'"),
    ({"monitoring": {"clusterBrowserHost": "a b"}}, "monitoring.clusterBrowserHost", "a host name"),
    (app(businessMetrics={"title": "Orders"}), "apps.polls.businessMetrics", "a list"),
    (app(businessMetrics=[{"title": "Orders"}]), "apps.polls.businessMetrics[0].query", "a value"),
    (app(businessMetrics=[{"title": " ", "query": "up"}]), "apps.polls.businessMetrics[0].title", "at most 60"),
    (app(businessMetrics=[{"title": "Orders", "query": ""}]), "apps.polls.businessMetrics[0].query", "a PromQL query"),
    # bad names
    (cluster(type="minikube"), "cluster.type", "'kind', 'existing' or 'eks'"),
    (cluster(name="My_Cluster"), "cluster.name", "lower-case letters"),
    (cluster(name="-test"), "cluster.name", "lower-case letters"),
    (cluster(name="a" * 46), "cluster.name", "at most 45 characters"),
    ({"apps": {"Polls": {"path": "app/polls", "host": "x"}}}, "apps.Polls", "lower-case letters"),
    ({"apps": {"1st": {"path": "app/polls"}}}, "apps.1st", "beginning with a letter"),
    ({"apps": {"a" * 31: {"path": "app/polls"}}}, f"apps.{'a' * 31}", "at most 30 characters"),
    (app(version="1.2"), "apps.polls.version", "a semantic version"),
    (app(version="v1.2.0"), "apps.polls.version", "a semantic version"),
    (app(version="01.2.0"), "apps.polls.version", "a semantic version"),
    (app(version="1.2.0+build"), "apps.polls.version", "a semantic version"),
    (app(version=1.2), "apps.polls.version", "a string"),
    # shared databases
    (database(shared="Shop"), "apps.polls.database.shared", "lower-case letters"),
    (database(shared="shop", instances=1), "apps.polls.database", "only shared: set instances for shop"),
    (app(host="http://polls.example.com"), "apps.polls.host", "without scheme"),
    (app(host="polls_1.example.com"), "apps.polls.host", "a host name"),
    (app(env={"MY-VAR": "x"}), "apps.polls.env.MY-VAR", "letters, digits and '_'"),
    (app(databaseEnv={"DATABASE_URL": "URL"}), "apps.polls.databaseEnv.DATABASE_URL", "'DATABASE_NAME'"),
    (app(databaseEnv={"DATABASE_HOST": "DB HOST"}), "apps.polls.databaseEnv.DATABASE_HOST", "letters, digits and '_'"),
    (app(admin={"username": "the admin"}), "apps.polls.admin.username", "letters, digits"),
    (app(admin={"email": "admin"}), "apps.polls.admin.email", "an e-mail address"),
    (app(livePath="healthz"), "apps.polls.livePath", "begins with '/'"),
    (cluster(nodeImage="Kindest Node"), "cluster.nodeImage", "an image reference"),
    (cluster(registryImage="registry@sha256:123"), "cluster.registryImage", "an image reference"),
    (cluster(registryMirror="mirror:5000"), "cluster.registryMirror", "http:// or https://"),
    (
        database(parameters={"Max Connections": "1"}),
        "apps.polls.database.parameters.Max Connections",
        "max_connections",
    ),
    ({"monitoring": {"profile": "heavy"}}, "monitoring.profile", "'light', 'full' or 'off'"),
    ({"monitoring": {"retention": "2 days"}}, "monitoring.retention", "12h or 2d"),
    ({"monitoring": {"grafanaHost": "grafana/"}}, "monitoring.grafanaHost", "a host name"),
    ({"charts": {"traefik": {"source": "charts", "version": "1.0.0"}}}, "charts.traefik.source", "oci://"),
    ({"charts": {"traefik": {"source": "https://x.example", "version": "^41"}}}, "charts.traefik.version", "exact"),
    ({"charts": {"traefik": {"source": "https://x.example"}}}, "charts.traefik.version", "a value"),
    # sizes and bounds
    (cluster(workers=-1), "cluster.workers", "greater than or equal to 0"),
    (cluster(workers=11), "cluster.workers", "less than or equal to 10"),
    (cluster(httpPort=0), "cluster.httpPort", "greater than or equal to 1"),
    (cluster(httpsPort=70000), "cluster.httpsPort", "less than or equal to 65535"),
    (app(userId=0), "apps.polls.userId", "greater than or equal to 1"),
    (app(replicas={"min": 0}), "apps.polls.replicas.min", "greater than or equal to 1"),
    (app(replicas={"min": 6, "max": 2}), "apps.polls.replicas", "min is 6, max is 2"),
    (app(replicas={"cpuPercent": 500}), "apps.polls.replicas.cpuPercent", "less than or equal to 100"),
    (database(instances=0), "apps.polls.database.instances", "greater than or equal to 1"),
    (database(instances=10), "apps.polls.database.instances", "less than or equal to 9"),
    (database(version=12), "apps.polls.database.version", "greater than or equal to 14"),
    (database(storage="1GB"), "apps.polls.database.storage", "256Mi or 1Gi"),
    (database(storage="0Gi"), "apps.polls.database.storage", "above zero"),
    (database(storage="-1Gi"), "apps.polls.database.storage", "above zero"),
    (database(storage=1), "apps.polls.database.storage", "needs a unit"),
    (database(version=17, image="postgres:16"), "apps.polls.database", "the tag of postgres:16 says 16"),
    (
        app(resources={**RESOURCES, "requests": {"cpu": "lots", "memory": "128Mi"}}),
        "apps.polls.resources.requests.cpu",
        "250m or 1",
    ),
    (
        app(resources={**RESOURCES, "requests": {"cpu": "2", "memory": "128Mi"}}),
        "apps.polls.resources",
        "cpu: 2 > 1",
    ),
    (
        app(resources={**RESOURCES, "limits": {"cpu": "1", "memory": "100Mi"}}),
        "apps.polls.resources",
        "memory: 128Mi > 100Mi",
    ),
    # clashes
    (cluster(httpPort=8080, httpsPort=8080), "cluster", "three different ports"),
    (cluster(httpPort=5001), "cluster", "three different ports"),
    (app(port=8000, metricsPort=8000), "apps.polls", "metrics must not be reachable from outside"),
    (app(port=80), "apps.polls", "ports of at least 1024"),
    (app(databaseEnv={"DATABASE_HOST": "DATABASE_PORT"}), "apps.polls.databaseEnv", "a different name"),
    # plain text where a secret belongs
    (app(env={"API_TOKEN": "canary"}), "apps.polls.env", "API_TOKEN"),
    (app(env={"DJANGO_SECRET_KEY": "canary"}), "apps.polls.env", "DJANGO_SECRET_KEY"),
    (app(env={"SMTP_PASSWORD": "canary"}), "apps.polls.env", "SMTP_PASSWORD"),
    (app(env={"AWS_ACCESS_KEY": "canary"}), "apps.polls.env", "AWS_ACCESS_KEY"),
    (app(env={"SECRET_KEY": "canary"}), "apps.polls.env", "does not set itself"),
    (app(env={"DATABASE_HOST": "elsewhere"}), "apps.polls.env", "does not set itself"),
    (app(buildArgs={"PIP_TOKEN": "canary"}), "apps.polls.buildArgs", "everyone who has the image"),
    # missing files
    (app(path="app/nothing"), "apps.polls.path", "a directory"),
    (app(path="README.md"), "apps.polls.path", "a directory"),
    (app(path="docs"), "apps.polls.dockerfile", "a Dockerfile"),
    (app(dockerfile="app/Dockerfile.nothing"), "apps.polls.dockerfile", "a Dockerfile"),
    (app(requirements="nothing.txt"), "apps.polls.requirements", "requirements.txt"),
    (app(patches="pyproject.toml"), "apps.polls.patches", "a directory of .patch files"),
    ({"charts": {"traefik": {"source": "nothing.tgz", "version": "1.0.0"}}}, "charts.traefik.source", ".tgz"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD, ids=[f"{key}-{i}" for i, (_, key, _) in enumerate(BAD)])
def test_bad_input_is_refused_with_key_and_remedy(config: dict[str, Any], key: str, accepted: str) -> None:
    found = findings(config)

    assert [finding.where for finding in found] == [f"pocdeploy:{key}"]
    assert accepted in str(found[0].expected)
    assert str(found[0].fix).startswith("pulumi config ")
    assert "canary" not in str(found[0])


def test_there_are_enough_bad_inputs() -> None:
    assert len(BAD) >= 60


# Rules that span several settings: they name no single key.
TOGETHER: list[tuple[dict[str, Any], str]] = [
    ({"apps": {}}, "at least one application"),
    ({"apps": {"monitoring": {"path": "app/polls"}}}, "(not monitoring)"),
    ({"apps": {"kube-system": {"path": "app/polls"}}}, "(not kube-system)"),
    (
        {"apps": {"polls": {"host": "a.example"}, "blog": {"path": "app/polls", "host": "a.example"}}},
        "polls and of blog",
    ),
    (database(shared="polls"), "there is none in this stack (polls asks for polls)"),
    (apps(shop="polls", polls="shop"), "there is none in this stack"),
    (apps(shop="polls", polls=None, bar="shop"), "one of polls (bar asks for shop)"),
    (apps(shop="basr", polls=None), "one of polls (shop asks for basr)"),
    (app(host="grafana.localhost"), "the host of Grafana and of polls"),
    (
        {**app(host="headlamp.localhost"), "monitoring": {"clusterBrowser": "admin"}},
        "of the cluster browser and of polls",
    ),
    (
        {"monitoring": {"clusterBrowser": "admin", "clusterBrowserHost": "grafana.localhost"}},
        "(grafana.localhost is the host of Grafana)",
    ),
    ({"apps": {"alertmanager": {"path": "app/polls"}}}, "(not alertmanager)"),
]


@pytest.mark.parametrize(("config", "words"), TOGETHER)
def test_settings_that_do_not_go_together(config: dict[str, Any], words: str) -> None:
    found = findings(config)

    assert [finding.what for finding in found] == ["conflicting settings"]
    assert words in str(found[0].expected)


def test_all_errors_come_at_once_each_as_a_block_of_text() -> None:
    with pytest.raises(SettingsError) as error:
        load(
            {
                "pocdeploy:cluster": json.dumps({"workers": "x", "nmae": "a"}),
                "pocdeploy:apps": json.dumps({"polls": {"database": {"instances": 0}}}),
                "pocdeploy:secrets": json.dumps({"unknown": {"A": "b"}}),
            },
            root=ROOT,
        )

    assert [finding.where for finding in error.value.findings] == [
        "pocdeploy:cluster.workers",
        "pocdeploy:cluster.nmae",
        "pocdeploy:apps.polls.database.instances",
        "pocdeploy:secrets",
        "pocdeploy:secrets.unknown",
    ]
    text = str(error.value)
    assert text.startswith("The configuration of this stack is not usable; nothing was changed (5 problems):")
    assert "actual:   x" in text
    assert "fix:      pulumi config set --path 'pocdeploy:cluster.workers' <value>" in text


def test_every_key_is_described_in_the_project_file() -> None:
    from pocdeploy.config import Settings  # noqa: PLC0415
    from pocdeploy.config.cluster import CLUSTERS  # noqa: PLC0415

    described = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]

    assert set(described) == {f"pocdeploy:{name}" for name in [*Settings.model_fields, "secrets", "registryPassword"]}
    for name, field in Settings.model_fields.items():
        text = described[f"pocdeploy:{name}"]["description"]
        models = CLUSTERS.values() if name == "cluster" else [field.annotation]
        for key in (key for model in models for key in keys_of(model)):
            assert key in text, f"pocdeploy:{name} does not describe {key}"


def keys_of(annotation: Any) -> list[str]:
    from typing import get_args, get_origin  # noqa: PLC0415

    models = get_args(annotation)[1:] if get_origin(annotation) is dict else get_args(annotation) or [annotation]
    return [str(field.alias or name) for model in models for name, field in model.model_fields.items()]
