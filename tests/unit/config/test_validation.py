"""Findings name the key, the value and the fix: unknown keys and wrong types."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import load
from pocdeploy.errors import SettingsError
from tests.paths import ROOT
from tests.unit.configuration import Bad, app, assert_refused, cluster, database

RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}

BAD: list[Bad] = [
    ({"aps": {"polls": {}}}, "aps", "did you mean apps?"),
    (cluster(wrkers=1), "cluster.wrkers", "did you mean workers?"),
    (cluster(http_port_="80"), "cluster.http_port_", "one of type, name"),
    (app(imagee="x"), "apps.polls.imagee", "one of path"),
    (app(replicas={"minimum": 1}), "apps.polls.replicas.minimum", "one of min, max, cpuPercent"),
    (database(replicas=3), "apps.polls.database.replicas", "one of instances"),
    (app(resources={**RESOURCES, "gpu": 1}), "apps.polls.resources.gpu", "one of requests, limits"),
    ({"monitoring": {"grafanna": True}}, "monitoring.grafanna", "did you mean grafana?"),
    ({"charts": {"nginx": {}}}, "charts.nginx", "one of cloudnative-pg"),
    (database(recovery={"backup": "b"}), "apps.polls.database.recovery", "a mask"),
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
    (database(parameters={"search_path": ["a"]}), "apps.polls.database.parameters.search_path", "a string"),
    ({"monitoring": {"grafana": "perhaps"}}, "monitoring.grafana", "true or false"),
    ({"monitoring": {"receiver": "me"}}, "monitoring.receiver", "a map of settings"),
    (app(businessMetrics={"title": "Orders"}), "apps.polls.businessMetrics", "a list"),
    (app(businessMetrics=[{"title": "Orders"}]), "apps.polls.businessMetrics[0].query", "a value"),
    (app(version=1.2), "apps.polls.version", "a string"),
    ({"charts": {"traefik": {"source": "https://x.example"}}}, "charts.traefik.version", "a value"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


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
    assert "fix:      .venv/bin/python -m pocdeploy set cluster.workers 3 --stack dev" in text
