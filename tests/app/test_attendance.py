"""The attendance application: its own tests, and what gunicorn serves, on a real PostgreSQL. It needs no patch."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.support import ATTENDANCE, App, Browser, Site

PERSON = {"firstname": "Arvin", "lastname": "Cudanin", "gate": "A"}
ADMIN = {"ADMIN_USERNAME": "chief", "ADMIN_EMAIL": "chief@example.com", "ADMIN_PASSWORD": "first-Passw0rd"}
# What the dashboards and alerts of the platform are made of, whatever the application.
METRICS = (
    "django_http_requests_before_middlewares_total",
    "django_http_responses_total_by_status_total",
    "django_http_responses_total_by_status_view_method_total",
    "django_http_requests_total_by_view_transport_method_total",
    "django_http_requests_latency_seconds_by_view_method_bucket",
    "django_http_requests_latency_including_middlewares_seconds_bucket",
    "django_http_requests_in_flight",
    "django_db_query_duration_seconds_bucket",
    "django_db_execute_total",
    "django_db_new_connections_total",
    "django_db_connections_open",
    "django_migrations_applied",
    "django_migrations_unapplied",
    "gunicorn_workers",
    "gunicorn_threads",
    "attendance_entries_total",
)


@pytest.fixture(scope="module")
def running(attendance: App) -> Iterator[Site]:
    with attendance.serve() as site:
        yield site


def enter(site: Site, **person: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "X-Request-ID": "entry-1"}
    request = urllib.request.Request(f"{site.url}/table/create", json.dumps(person).encode(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        assert answer.status == 201
        return json.load(answer)


def test_own_tests_and_properties_hold(attendance: App) -> None:
    done = attendance.run("-W", "ignore", "manage.py", "test", "--noinput")
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    assert re.search(r"Ran (2[5-9]|[3-9]\d) tests", done.stderr)


def test_models_and_migrations_agree_and_the_schema_is_sound(attendance: App) -> None:
    assert attendance.manage("makemigrations", "--check", "--dry-run").returncode == 0
    done = attendance.manage("spectacular", "--validate", "--fail-on-warn", "--file", os.devnull)
    assert done.returncode == 0, done.stderr


def test_addresses_answer_as_they_are_described(running: Site) -> None:
    paths = {
        "/": 302,
        "/admin": 200,
        "/table": 200,
        "/table/view/date:20190624": 200,
        "/table/view/date:2019": 400,
        "/table/create": 405,
        "/schema": 200,
        "/docs": 200,
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 404,
        "/nothing": 404,
    }
    assert {path: running.browser.get(path).status for path in paths} == paths


def test_the_first_page_leads_to_the_description(running: Site) -> None:
    assert running.browser.get("/").headers["Location"] == "/docs"


def test_an_entry_is_on_the_sheet_of_its_day_after_a_restart_too(attendance: App) -> None:
    with attendance.serve() as site:
        entry = enter(site, **PERSON)
    day = entry["time"][:10].replace("-", "")
    with attendance.serve() as site:
        rows = json.loads(site.browser.get(f"/table/view/date:{day}").text)["results"]
    assert entry in rows


def test_a_refused_entry_says_why(running: Site) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        enter(running, firstname="Arvin")
    assert caught.value.code == 400
    words = ["This field is required."]
    assert json.load(caught.value) == {"lastname": words, "gate": words}


def test_pages_take_their_files_from_the_application_itself(running: Site) -> None:
    for page in ("/docs", "/admin"):
        text = running.browser.get(page).text
        files = re.findall(r"(?:src|href)=\"(/static/[^\"]+\.(?:css|js))\"", text)
        assert len(files) >= 2, page
        for file in files:
            answer = running.browser.get(file)
            assert (answer.status, "immutable" in answer.headers["Cache-Control"]) == (200, True), file


def test_metrics_are_those_that_the_platform_goes_by(running: Site) -> None:
    enter(running, **PERSON)
    text = Browser(running.metrics_url).get("/metrics").text
    # The migrations are looked at by a thread of their own, which may need a moment more than the first request.
    for _ in range(300):
        if "django_migrations_applied{" in text:
            break
        text = Browser(running.metrics_url).get("/metrics").text
    assert [name for name in METRICS if not re.search(rf"^{name}[ {{]", text, re.M)] == []
    assert running.metric("django_migrations_unapplied", connection="default") == 0
    assert running.metric("gunicorn_workers") == 2


def test_lines_of_a_request_are_json_and_carry_its_id(running: Site) -> None:
    enter(running, **PERSON)
    (line, *_) = running.program.find(r'^(\{.*"status": 201.*\})$')
    entry = json.loads(line)
    assert entry.items() >= {"method": "POST", "path": "/table/create", "status": 201, "request_id": "entry-1"}.items()
    assert all(json.loads(line) for line in running.program.lines)


def test_the_day_is_that_of_the_configured_time_zone(attendance: App) -> None:
    with attendance.serve(TIME_ZONE="Asia/Kathmandu") as site:
        assert enter(site, **PERSON)["time"].endswith("+05:45")
        assert json.loads(site.browser.get("/table").text)["time_zone"] == "Asia/Kathmandu"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SECRET_KEY", None, "The environment variable SECRET_KEY is not set."),
        ("TIME_ZONE", "Mars/Olympus", "TIME_ZONE=Mars/Olympus is no time zone."),
        ("TIME_ZONE", "../etc/passwd", "TIME_ZONE=../etc/passwd is no time zone."),
    ],
)
def test_a_wrong_environment_is_said_clearly(attendance: App, variable: str, value: str | None, words: str) -> None:
    done = attendance.manage("check", **{variable: value})
    assert done.returncode != 0
    assert words in done.stderr.splitlines()[-1]


def test_the_platforms_administrator_can_sign_in_at_admin(attendance: App, running: Site) -> None:
    assert attendance.ensure_admin(**ADMIN).stdout == "administrator 'chief': created\n"
    browser = running.browser
    assert browser.get("/admin").status == 200
    answer = browser.post("/admin", username="chief", password=ADMIN["ADMIN_PASSWORD"])
    assert (answer.status, answer.headers["Location"]) == (302, "/admin/")
    assert browser.get("/admin/table/entry/").status == 200


def test_the_image_leaves_tests_and_development_packages_out() -> None:
    ignored = (ATTENDANCE / ".dockerignore").read_text().split()
    assert {"**/tests", "requirements-dev.txt", "**/__pycache__", ".git"} <= set(ignored)
    assert "USER 10001:10001" in (ATTENDANCE / "Dockerfile").read_text()


def test_without_its_database_it_lives_but_is_not_ready(attendance: App, tmp_path: Path) -> None:
    with attendance.serve(DATABASE_HOSTNAME=str(tmp_path)) as site:
        assert [site.browser.get(path).status for path in ("/healthz", "/admin", "/readyz")] == [200, 200, 503]
