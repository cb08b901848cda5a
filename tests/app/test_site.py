"""The patched application as gunicorn serves it, with two workers."""

from __future__ import annotations

import gzip
import os
import re
import signal
import socket
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.support import App, Site, silent_server, stopped, until

INDEX = {"view": "polls:index", "method": "GET"}
REQUESTS = "django_http_requests_total_by_view_transport_method_total"


def test_pages(site: Site, question: str) -> None:
    paths = {
        "/": 200,
        question: 200,
        f"{question}results/": 200,
        "/polls/": 404,
        "/admin/login/": 200,
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 404,
        "/nothing/": 404,
    }
    assert {path: site.browser.get(path).status for path in paths} == paths


def test_errors_show_nothing_of_the_inside(site: Site) -> None:
    text = site.browser.get("/nothing/").text
    assert "Page not found" in text
    assert "DEBUG" not in text


def test_security_headers(site: Site) -> None:
    headers = site.browser.get("/admin/login/").headers
    names = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    assert [headers[name] for name in names] == ["DENY", "nosniff", "same-origin", "same-origin"]


def test_only_known_hosts_are_served_but_probes_need_none(site: Site) -> None:
    found = {path: site.browser.get(path, Host="10.0.0.7:8000").status for path in ("/", "/healthz", "/readyz")}
    assert found == {"/": 400, "/healthz": 200, "/readyz": 200}


def test_static_files_are_hashed_compressed_and_kept_for_ever(site: Site) -> None:
    path = re.search(r'href="(/static/polls/style\.[0-9a-f]{12}\.css)"', site.browser.get("/").text)[1]
    answer = site.browser.get(path)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "max-age=315360000, public, immutable")
    request = urllib.request.Request(site.url + path, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.read()).decode() == answer.text


def test_concurrent_votes_are_all_counted(site: Site, question: str) -> None:
    browser = site.browser
    tea = re.search(r'value="(\d+)" required', browser.get(question).text)[1]
    before = site.metric("polls_votes_total")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: browser.post(f"{question}vote/", choice=tea), range(80)))
    assert {(answer.status, answer.headers["Location"]) for answer in answers} == {(302, f"{question}results/")}
    assert "80 votes in total" in browser.get(f"{question}results/").text
    assert site.metric("polls_votes_total") - before == 80


def test_vote_without_a_choice_shows_the_form_again(site: Site, question: str) -> None:
    browser = site.browser
    browser.get(question)
    answer = browser.post(f"{question}vote/")
    assert (answer.status, "Please select one of the choices." in answer.text) == (200, True)


def test_administrator_logs_in_and_sees_the_questions(app: App, site: Site, question: str) -> None:
    password = "a-Passw0rd-for-this-test"
    admin = {"ADMIN_USERNAME": "boss", "ADMIN_EMAIL": "boss@example.com", "ADMIN_PASSWORD": password}
    assert app.ensure_admin(**admin).returncode == 0
    browser = site.browser
    browser.get("/admin/login/")
    assert (
        browser.post("/admin/login/?next=/admin/", username="boss", password=password).headers["Location"] == "/admin/"
    )
    assert "Tea or coffee?" in browser.get("/admin/polls/question/").text


def test_metrics_are_summed_over_the_workers_and_survive_them(app: App) -> None:
    with app.serve() as site:
        workers = [int(pid) for pid in site.program.find(r"Booting worker with pid: (\d+)", count=2)]
        # Which worker answers is the kernel's choice, unless the other one cannot.
        for other in workers:
            with stopped(other):
                assert [site.browser.get("/").status for _ in range(3)] == [200] * 3
        assert site.metric(REQUESTS, **INDEX) == 6
        os.kill(workers[0], signal.SIGKILL)
        site.program.find(r"Booting worker with pid: (\d+)", count=3)
        assert site.metric(REQUESTS, **INDEX) == 6


def test_database_queries_are_counted(site: Site, question: str) -> None:
    before = site.metric("django_db_execute_total", vendor="postgresql")
    site.browser.get(question)
    assert site.metric("django_db_execute_total", vendor="postgresql") > before


def test_numbers_of_an_earlier_run_are_forgotten(app: App, tmp_path: Path) -> None:
    for _ in range(2):
        with app.serve(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics")) as site:
            site.browser.get("/")
            assert site.metric(REQUESTS, **INDEX) == 1


def test_without_a_database_it_lives_but_is_not_ready(app: App) -> None:
    with app.serve(DATABASE_PORT="1") as site:
        assert [site.browser.get(path).status for path in ("/healthz", "/readyz")] == [200, 503]


def test_a_database_that_hangs_makes_it_not_ready(app: App) -> None:
    with silent_server() as port, app.serve(DATABASE_HOST="127.0.0.1", DATABASE_PORT=str(port)) as site:
        assert [site.browser.get(path).status for path in ("/healthz", "/readyz")] == [200, 503]


@pytest.mark.parametrize("forwarded", [{"X-Forwarded-Proto": "https"}, {}], ids=["passed on", "dropped"])
@pytest.mark.parametrize(("origin", "status"), [("https://p.example", 200), ("http://p.example:443", 403)])
def test_form_behind_a_tls_proxy(app: App, forwarded: dict[str, str], origin: str, status: int) -> None:
    """The address that the program gives the application is the one of the browser."""
    with app.serve(ALLOWED_HOSTS="127.0.0.1,p.example", CSRF_TRUSTED_ORIGINS=origin) as site:
        browser, proxy = site.browser, {"Host": "p.example", **forwarded}
        browser.get("/admin/login/")
        headers = {**proxy, "Origin": "https://p.example", "Referer": "https://p.example/admin/login/"}
        answer = browser.post("/admin/login/", headers, username="x", password="y")
    assert answer.status == (200 if forwarded else status)


def test_busy_site_accepts_connections(app: App) -> None:
    """A liveness probe connects: a request would wait for one of the 8 threads, and fail for all pods at once."""
    with app.serve() as site, ExitStack() as slow:
        address = ("127.0.0.1", int(site.url.rpartition(":")[2]))
        for _ in range(24):
            post = slow.enter_context(socket.create_connection(address, timeout=3))
            post.sendall(b"POST /1/vote/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n")
        until(lambda: not answers(f"{site.url}/healthz"))
        socket.create_connection(address, timeout=3).close()
    with pytest.raises(ConnectionRefusedError):  # a process that has ended
        socket.create_connection(address, timeout=3)


def answers(url: str) -> bool:
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=3).close()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_gunicorn_ends_well(app: App, signal_number: int) -> None:
    with app.serve() as site:
        site.program.process.send_signal(signal_number)
        assert site.program.process.wait(30) == 0
