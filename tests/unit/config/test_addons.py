"""The cache of an application, and the web server in front of it."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from tests.unit.configuration import Bad, app, assert_refused

BAD: list[Bad] = [
    (app(cache="redis"), "apps.polls.cache", "true, false, or a map"),
    (app(cache=64), "apps.polls.cache", "true, false, or a map"),
    (app(cache={"memory": "64"}), "apps.polls.cache.memory", "needs a unit"),
    (app(cache={"queue": "yes"}), "apps.polls.cache.queue", "true or false"),
    (app(cache={"size": "1Gi"}), "apps.polls.cache.size", "one of memory, queue"),
    (app(cache={"image": "Valkey 8"}), "apps.polls.cache.image", "an image reference"),
    (app(webServer="apache"), "apps.polls.webServer", "nginx, null, or a map"),
    (app(webServer=True), "apps.polls.webServer", "nginx, null, or a map"),
    (app(webServer={"type": "caddy"}), "apps.polls.webServer.type", "'nginx'"),
    (app(webServer={"static": {"static": "/app/static"}}), "apps.polls.webServer.static.static", "begins with '/'"),
    (app(webServer={"static": {"/static/": "static"}}), "apps.polls.webServer.static./static/", "an absolute path"),
    (app(webServer={"static": "/app/static"}), "apps.polls.webServer.static", "a map"),
    (app(webServer={"maxBody": "10 MB"}), "apps.polls.webServer.maxBody", "10m"),
    (app(webServer={"bodySize": "10m"}), "apps.polls.webServer.bodySize", "one of type, static, maxBody"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_short_forms_stand_for_the_defaults() -> None:
    app = AppSettings.model_validate({"cache": True, "webServer": "nginx"})

    assert app.cache is not None
    assert app.web_server is not None
    assert (app.cache.memory, app.cache.queue, app.web_server.max_body) == ("64Mi", False, "10m")
    assert AppSettings.model_validate({"cache": False}).cache is None
    assert "@sha256:" in app.cache.image
    assert "@sha256:" in app.web_server.image
