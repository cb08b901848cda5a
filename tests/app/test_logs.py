"""The log of the patched application: JSON lines, joined by the id of the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.app.load import POISON
from tests.app.support import App, Site

LINE = r"^(\{.*\})$"
ID = "X-Request-ID"


def lines(site: Site, request_id: str, count: int) -> list[dict[str, Any]]:
    """Wait for ``count`` lines of a request."""
    return [json.loads(line) for line in site.program.find(rf'^(\{{.*"request_id": "{request_id}".*\}})$', count=count)]


def test_every_line_is_json_with_time_level_logger_and_message(site: Site) -> None:
    site.browser.get("/nothing/", **{ID: "every-line"})
    lines(site, "every-line", 2)
    assert all({"time", "level", "logger", "message"} <= json.loads(line).keys() for line in site.program.lines)


def test_a_request_has_one_line_and_a_probe_none(site: Site) -> None:
    for path in ("/healthz", "/readyz"):
        site.browser.get(path)
    site.browser.get("/?marker", **{ID: "one-line", "X-Forwarded-For": "192.0.2.1", "Referer": "http://localhost/x"})
    [line] = lines(site, "one-line", 1)
    assert isinstance(line.pop("duration_ms"), float)
    assert line.pop("time").endswith("Z")
    assert line.pop("user_agent").startswith("Python-urllib/")
    assert line.pop("bytes") > 500
    assert line == {
        "level": "INFO",
        "logger": "gunicorn.access",
        "message": "GET / 200",
        "request_id": "one-line",
        "method": "GET",
        "path": "/",
        "query": "marker",
        "status": 200,
        "remote": "127.0.0.1",
        "forwarded_for": "192.0.2.1",
        "referrer": "http://localhost/x",
    }
    assert [line for line in site.program.lines if "healthz" in line or "readyz" in line] == []


def test_all_lines_of_a_request_have_the_id_of_the_response(site: Site) -> None:
    found = {}
    for path, headers in {"/nothing/": {}, "/admin/": {"Cookie": POISON}}.items():
        request_id = site.browser.get(path, **headers).headers[ID]
        found[path] = [(line["logger"], line["level"], line["message"]) for line in lines(site, request_id, 2)]
    assert found == {
        "/nothing/": [
            ("django.request", "WARNING", "Not Found: /nothing/"),
            ("gunicorn.access", "INFO", "GET /nothing/ 404"),
        ],
        "/admin/": [
            ("django.request", "ERROR", "Internal Server Error: /admin/"),
            ("gunicorn.access", "INFO", "GET /admin/ 500"),
        ],
    }


def test_a_traceback_is_part_of_the_line(site: Site) -> None:
    request_id = site.browser.get("/admin/", Cookie=POISON).headers[ID]
    error = lines(site, request_id, 2)[0]
    assert error["exc_info"].startswith("Traceback (most recent call last):\n")
    assert error["exc_info"].splitlines()[-1].startswith("django.db.utils.DataError: ")
    assert error.keys() == {"time", "level", "logger", "message", "request_id", "status_code", "exc_info"}


@pytest.mark.parametrize("given", ["a", "6f1c-9", "A" * 128, "trace/1+2=3:4.5_6@host"])
def test_an_id_that_came_with_the_request_is_kept(site: Site, given: str) -> None:
    assert site.browser.get("/", **{ID: given}).headers[ID] == given


@pytest.mark.parametrize("given", ["", "A" * 129, 'x" onload="', "two words", "käse", '{"level": "FATAL"}', "a\tb"])
def test_an_id_that_is_none_is_replaced(site: Site, given: str) -> None:
    found = [site.browser.get("/", **{ID: given}).headers[ID] for _ in range(2)]
    assert [len(each) for each in found] == [32, 32]
    assert len({given, *found}) == 3


def test_probes_and_refused_hosts_get_an_id_too(site: Site) -> None:
    assert len(site.browser.get("/healthz").headers[ID]) == 32
    assert len(site.browser.get("/", Host="elsewhere").headers[ID]) == 32


def test_not_ready_is_said_and_the_probe_is_shown(app: App) -> None:
    with app.serve(DATABASE_PORT="1") as site:
        assert site.browser.get("/readyz", **{ID: "probe-1"}).status == 503
        found = [(line["logger"], line["level"]) for line in lines(site, "probe-1", 3)]
        assert found == [("mysite.health", "WARNING"), ("django.request", "ERROR"), ("gunicorn.access", "INFO")]
