"""Settings of a whole stack: rules that span several settings, and the description of every key."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.paths import ROOT
from tests.unit.configuration import Bad, app, assert_refused, database, findings

BAD: list[Bad] = [
    ({"charts": {"traefik": {"source": "charts", "version": "1.0.0"}}}, "charts.traefik.source", "oci://"),
    ({"charts": {"traefik": {"source": "https://x.example", "version": "^41"}}}, "charts.traefik.version", "exact"),
    (app(connections={"apps": ["shop"]}), "apps.polls.connections.apps", "none: this stack has no other"),
    (app(connections={"apps": ["polls"]}), "apps.polls.connections.apps", "(not polls)"),
    (
        {"apps": {"polls": {}, "shop": {"path": "app/polls", "connections": {"apps": ["pols"]}}}},
        "apps.shop.connections.apps",
        "one of polls (not pols)",
    ),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def apps(**shared: str | None) -> dict[str, Any]:
    """Applications by name, each with the one whose database it shares, or None for one of its own."""
    return {
        "apps": {
            name: {"path": "app/polls"} | ({"database": {"shared": other}} if other else {})
            for name, other in shared.items()
        }
    }


# Rules that span several settings: they name no single key.
TOGETHER: list[tuple[dict[str, Any], str]] = [
    ({"apps": {}}, "at least one application"),
    ({"apps": {"polls": {}, "votes": {"renamedFrom": "polls"}}}, "polls is that of polls, too"),
    (
        {"apps": {"a": {"renamedFrom": "x", "path": "app/polls"}, "b": {"renamedFrom": "x", "host": "b.localhost"}}},
        "x is that of a, too",
    ),
    ({"apps": {"votes": {"renamedFrom": "monitoring"}}}, "monitoring is a name of the platform"),
    (apps(monitoring=None), "monitoring is a name of the platform"),
    ({"apps": {"kube-system": {"path": "app/polls"}}}, "kube-system is a name of the platform"),
    (apps(traefik=None), "traefik is a name of the platform"),
    (apps(cnpg=None), "cnpg is a name of the platform"),
    (apps(polls=None, clients="polls"), "an application with a shared database than clients"),
    (apps(postgres=None), "postgres is a name of the platform"),
    ({"apps": {"polls": {}, "polls-db": {"path": "app/polls"}}}, "polls-db gives the same names as polls"),
    ({"apps": {"polls": {}, "polls-smoke": {"path": "app/polls"}}}, "polls-smoke gives the same names as polls"),
    (
        {"apps": {"polls": {"host": "a.example"}, "blog": {"path": "app/polls", "host": "a.example"}}},
        "polls and of blog",
    ),
    (
        {"apps": {"polls": {"hosts": ["b.example"]}, "blog": {"path": "app/polls", "host": "b.example"}}},
        "b.example is the host of polls and of blog",
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
    ({"apps": {"alertmanager": {"path": "app/polls"}}}, "alertmanager is a name of the platform"),
]


@pytest.mark.parametrize(("config", "words"), TOGETHER)
def test_settings_that_do_not_go_together(config: dict[str, Any], words: str) -> None:
    found = findings(config)

    assert [finding.what for finding in found] == ["conflicting settings"]
    assert words in str(found[0].expected)


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
