"""``make logs``: how a line is shown, and pods that come, restart, end and get lost, through the real client."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration
from rich.console import Console
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.cli.commands import logs
from pocdeploy.errors import ExitCode
from pocdeploy.kube import log_format
from pocdeploy.kube.pod_logs import Event, Follower, Line, PodEvent
from pocdeploy.kube.pods_api import ClusterPods
from tests.unit.kubeapi import FakeCluster, project_on, serving, until

ACCESS = {
    "time": "2026-11-21T08:14:43.678Z",
    "level": "INFO",
    "logger": "gunicorn.access",
    "message": "GET /1/ 200",
    "request_id": "8b292d2f",
    "duration_ms": 4.9,
    "bytes": 1451,
}
Follow = Callable[..., "Followed"]
SELECTOR = "app.kubernetes.io/name=polls,app.kubernetes.io/component=web"


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with serving() as cluster:
        yield cluster


@pytest.fixture
def follow(cluster: FakeCluster) -> Iterator[Follow]:
    """Follow the pods of the cluster until the end of the test."""
    made: list[Followed] = []

    def follow(**options: int) -> Followed:
        made.append(Followed(cluster, **options))
        return made[-1]

    yield follow
    for followed in made:
        followed.follower.stop()


class Followed:
    """What a follower gave until now."""

    def __init__(self, cluster: FakeCluster, *, tail: int = 10) -> None:
        configuration = Configuration(host=cluster.url)
        configuration.retries = False
        pods = ClusterPods(ApiClient(configuration), "polls", SELECTOR)
        self.follower = Follower(pods, tail=tail, pause=0.01)
        self.seen: list[Event] = []
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        for event in self.follower.events():
            self.seen.append(event)

    def wait_for(self, *events: Event) -> None:
        """Wait until these have come, in this order, whatever else has come between them."""

        def come() -> bool:
            seen = iter(list(self.seen))
            return all(event in seen for event in events)

        until(come)


def test_a_json_line_becomes_time_level_id_message_and_duration() -> None:
    assert log_format.render(json.dumps(ACCESS)).plain == "08:14:43.678 INFO     8b292d2f GET /1/ 200 4.9 ms"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level": "warn", "ts": "2026-01-01T00:00:00Z", "msg": "late"}', "00:00:00 WARNING  late"),
        ('{"level":"error","message":"no\\nnewline"}', " ERROR    no\\nnewline"),
        ('{"time": 5, "level": 30, "message": 7}', "5 30       7"),
        ("plain text", "plain text"),
        ('["a", "list"]', '["a", "list"]'),
        ('{"no": "message"}', '{"no": "message"}'),
        ('{"cut off', '{"cut off'),
        ("\x1b[2J\x07gone\tkept", "\\x1b[2J\\x07gone\tkept"),
        ('{"message": "\\u001b]0;title\\u0007", "request_id": "\\u001b[1m"}', " " * 10 + "\\x1b[1m \\x1b]0;title\\x07"),
        ("", ""),
    ],
)
def test_other_lines(line: str, shown: str) -> None:
    assert log_format.render(line).plain == shown


def test_a_traceback_follows_on_lines_of_its_own() -> None:
    line = json.dumps({**ACCESS, "level": "ERROR", "exc_info": "Traceback\n  File \"x\"\nKeyError: 'a'"})
    assert log_format.render(line).plain.splitlines()[1:] == ["    Traceback", '      File "x"', "    KeyError: 'a'"]


def test_lines_of_all_pods_and_only_the_last_ones_from_before(
    cluster: FakeCluster, follow: Callable[..., Followed]
) -> None:
    for pod in ("polls-a", "polls-b"):
        cluster.start(pod)
        cluster.write(pod, *(f"{pod} {number}" for number in range(5)))
    followed = follow(tail=2)
    until(lambda: len(followed.seen) == 4)
    cluster.write("polls-b", "and more")
    followed.wait_for(Line("polls-b", "polls-b 3"), Line("polls-b", "polls-b 4"), Line("polls-b", "and more"))
    followed.wait_for(Line("polls-a", "polls-a 3"), Line("polls-a", "polls-a 4"))
    assert len(followed.seen) == 5
    assert {query["labelSelector"] for path, query in cluster.requests if path.endswith("/pods")} == {SELECTOR}


def test_a_new_pod_is_picked_up_from_its_first_line_and_an_ended_one_noted(
    cluster: FakeCluster, follow: Callable[..., Followed]
) -> None:
    followed = follow(tail=0)
    until(lambda: any("watch" in query for _, query in cluster.requests))
    cluster.start("polls-new")
    cluster.write("polls-new", "hello", "world")
    followed.wait_for(PodEvent("polls-new", "started"), Line("polls-new", "hello"), Line("polls-new", "world"))
    cluster.delete("polls-new")
    followed.wait_for(PodEvent("polls-new", "ended"))
    assert len(followed.seen) == 4


def test_a_restart_says_why_and_the_new_run_is_read_from_its_beginning(
    cluster: FakeCluster, follow: Callable[..., Followed]
) -> None:
    cluster.start("polls-a")
    cluster.write("polls-a", "before")
    followed = follow()
    followed.wait_for(Line("polls-a", "before"))
    cluster.restart("polls-a")
    cluster.write("polls-a", "after")
    followed.wait_for(PodEvent("polls-a", "restarted: OOMKilled, exit code 137"), Line("polls-a", "after"))
    assert len(followed.seen) == 3


def test_connections_that_break_lose_no_line_and_repeat_none(
    cluster: FakeCluster, follow: Callable[..., Followed]
) -> None:
    cluster.start("polls-a")
    followed = follow()
    for number in range(20):
        cluster.write("polls-a", f"line {number}")
        followed.wait_for(Line("polls-a", f"line {number}"))
        cluster.cut()
    lines = [event for event in followed.seen if isinstance(event, Line)]
    assert lines == [Line("polls-a", f"line {number}") for number in range(20)]
    assert followed.seen == lines, "a watch that is begun anew is not worth a note"


def test_a_cluster_that_is_away_for_a_while_is_said_once(cluster: FakeCluster, follow: Follow) -> None:
    cluster.start("polls-a")
    cluster.start("polls-gone")
    followed = follow()
    until(lambda: any("watch" in query for _, query in cluster.requests))
    cluster.broken = True
    cluster.cut()
    followed.wait_for(PodEvent("", "the cluster answers 503: the server is starting; trying again"))
    asked = len(cluster.requests)
    until(lambda: len(cluster.requests) > asked + 10)
    cluster.delete("polls-gone", silently=True)
    cluster.write("polls-a", "meanwhile")
    cluster.broken = False
    followed.wait_for(PodEvent("", "connected again"), PodEvent("polls-gone", "ended"))
    followed.wait_for(Line("polls-a", "meanwhile"))
    assert len(followed.seen) == 4


def test_a_finished_container_is_read_to_its_end_and_then_left_alone(
    cluster: FakeCluster, follow: Callable[..., Followed]
) -> None:
    cluster.start("polls-a")
    followed = follow()
    cluster.write("polls-a", "last words")
    cluster.finish("polls-a")
    followed.wait_for(Line("polls-a", "last words"))
    until(lambda: _reads(cluster) == ("false", 1))
    cluster.start("polls-b")
    cluster.write("polls-b", "b")
    followed.wait_for(Line("polls-b", "b"))
    assert _reads(cluster) == ("false", 1)
    assert [event for event in followed.seen if isinstance(event, Line)] == [
        Line("polls-a", "last words"),
        Line("polls-b", "b"),
    ]


def _reads(cluster: FakeCluster) -> tuple[str, int]:
    """Give how the log of polls-a was read last, and how often without following."""
    reads = [query["follow"] for path, query in cluster.requests if path.endswith("/polls-a/log")]
    return (reads[-1] if reads else "", reads.count("false"))


def test_each_pod_has_a_colour_and_notes_are_not_part_of_the_output() -> None:
    out, notes = io.StringIO(), io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", soft_wrap=True, width=40)
    printer = logs.Printer(raw=False, out=console, notes=Console(file=notes))
    printer.show([Line("a", "1"), Line("b", "2"), PodEvent("b", "ended"), Line("a", "x" * 100)])
    assert out.getvalue().splitlines() == [
        "\x1b[36ma \x1b[0m1",
        "\x1b[35mb \x1b[0m2",
        "\x1b[36ma \x1b[0m" + "x" * 100,
    ]
    assert notes.getvalue() == "-- b ended\n"


@pytest.fixture
def project(cluster: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a stack on the fake cluster."""
    return project_on(cluster, tmp_path, monkeypatch)


def test_command_without_following(cluster: FakeCluster, project: Path) -> None:
    for pod in ("polls-a", "polls-b"):
        cluster.start(pod)
    cluster.write("polls-a", json.dumps(ACCESS))
    cluster.write("polls-b", "text [bold]x[/]")
    cluster.write("polls-a", "x" * 200)
    run = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--no-follow"])
    assert (run.exit_code, run.stdout.splitlines()) == (
        0,
        [
            "polls-a 08:14:43.678 INFO     8b292d2f GET /1/ 200 4.9 ms",
            "polls-b text [bold]x[/]",
            "polls-a " + "x" * 200,
        ],
    )
    raw = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--no-follow", "--raw", "--tail", "1"])
    assert raw.stdout.splitlines() == ["text [bold]x[/]", "x" * 200]
    assert cluster.requests[-1][0].startswith("/api/v1/namespaces/polls/pods/")


def test_command_says_when_there_is_no_stack_and_when_the_cluster_does_not_answer(
    cluster: FakeCluster, project: Path
) -> None:
    other = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--stack", "other"])
    assert other.exit_code == ExitCode.NO_STACK
    assert "stack other: stack has no outputs" in other.stderr
    assert "make up STACK=other" in other.stderr
    cluster.broken = True
    away = CliRunner().invoke(app.app, ["--root", str(project), "logs", "--no-follow"])
    assert (away.exit_code, "the cluster answers 503: the server is starting" in away.stderr) == (2, True)
    (project / "kubeconfig").unlink()
    gone = CliRunner().invoke(app.app, ["--root", str(project), "logs"])
    assert (gone.exit_code, "is no kubeconfig that can be used" in gone.stderr) == (2, True)
