"""Connections of an application to the internet and to other applications."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.config.connections import url_variable
from tests.unit.configuration import Bad, app, assert_refused


def internet(value: Any) -> dict[str, Any]:
    return app(connections={"internet": value})


KEY = "apps.polls.connections.internet"
BAD: list[Bad] = [
    (app(connections=True), "apps.polls.connections", "a map of settings"),
    (app(connections={"web": True}), "apps.polls.connections.web", "one of internet, apps"),
    (internet("yes"), KEY, "false, true, or a list"),
    (internet(None), KEY, "false, true, or a list"),
    (internet({"host": "a.example"}), KEY, "false, true, or a list"),
    (internet(["a.example"]), f"{KEY}[0]", "a map of settings"),
    (internet([{"ports": [443]}]), f"{KEY}[0]", "either host or cidr"),
    (internet([{"host": "a.example", "cidr": "10.0.0.0/8"}]), f"{KEY}[0]", "either host or cidr"),
    (internet([{"host": "https://a.example"}]), f"{KEY}[0].host", "without scheme"),
    (internet([{"cidr": "10.0.0.1/8"}]), f"{KEY}[0].cidr", "without host bits"),
    (internet([{"cidr": "10.0.0"}]), f"{KEY}[0].cidr", "a range of addresses"),
    (internet([{"cidr": 10}]), f"{KEY}[0].cidr", "a range of addresses"),
    (internet([{"host": "a.example", "ports": []}]), f"{KEY}[0].ports", "at least one"),
    (internet([{"host": "a.example", "ports": 443}]), f"{KEY}[0].ports", "a list"),
    (internet([{"host": "a.example", "ports": [70000]}]), f"{KEY}[0].ports[0]", "less than or equal to 65535"),
    (internet([{"host": "a.example", "port": 443}]), f"{KEY}[0].port", "did you mean ports?"),
    (app(connections={"apps": "shop"}), "apps.polls.connections.apps", "a list"),
    (app(connections={"apps": ["Shop"]}), "apps.polls.connections.apps[0]", "lower-case letters"),
    (app(connections={"apps": ["shop", "shop"]}), "apps.polls.connections.apps", "shop is there twice"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_destinations_have_ports() -> None:
    given = [{"host": "smtp.example.com", "ports": [587]}, {"cidr": "192.0.2.7"}]
    found = AppSettings.model_validate({"connections": {"internet": given}}).connections.internet

    assert isinstance(found, tuple)
    assert [(it.host, it.cidr, it.ports) for it in found] == [
        ("smtp.example.com", None, (587,)),
        (None, "192.0.2.7/32", (443,)),
    ]


def test_variable_of_a_connection_is_a_valid_name() -> None:
    assert url_variable("my-shop") == "MY_SHOP_URL"
