"""Pods that start, restart, end and disappear, followed through the real client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from pocdeploy.kube import pod_logs
from pocdeploy.kube.client import from_kubeconfig
from pocdeploy.kube.pod_logs import Event, Follower, Line, PodEvent
from pocdeploy.kube.pods import Pods
from tests.unit.kubeapi import FakeCluster, serving

Follow = Callable[..., "Followed"]
PODS = "/api/v1/namespaces/polls/pods"
SELECTOR = "app.kubernetes.io/name=polls,app.kubernetes.io/component=web"


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with serving() as cluster:
        yield cluster


@pytest.fixture
def follow(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follow]:
    """Follow the pods of the cluster until the end of the test."""
    monkeypatch.setattr(pod_logs, "POLL_INTERVAL", 0.01)
    made: list[Followed] = []

    def follow(**options: int) -> Followed:
        made.append(Followed(cluster, **options))
        return made[-1]

    yield follow
    for followed in made:
        followed.follower.stop()


class Followed:
    """The events of a follower until now."""

    def __init__(self, cluster: FakeCluster, *, tail: int = 10) -> None:
        pods = Pods(from_kubeconfig(cluster.kubeconfig), "polls", SELECTOR)
        self.follower = Follower(pods, tail=tail)
        self.cluster = cluster
        self.seen: list[Event] = []
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        for event in self.follower.events():
            with self.cluster.change():
                self.seen.append(event)

    def wait_for(self, *events: Event) -> None:
        """Wait until these have come, in this order, with or without others between them."""

        def come() -> bool:
            seen = iter(list(self.seen))
            return all(event in seen for event in events)

        self.cluster.wait_until(come)


def test_the_last_lines_of_all_pods_and_new_ones(cluster: FakeCluster, follow: Follow) -> None:
    for pod in ("polls-a", "polls-b"):
        cluster.start(pod)
        cluster.write(pod, *(f"{pod} {number}" for number in range(5)))
    followed = follow(tail=2)
    cluster.wait_until(lambda: len(followed.seen) == 4)
    cluster.write("polls-b", "and more")
    followed.wait_for(Line("polls-b", "polls-b 3"), Line("polls-b", "polls-b 4"), Line("polls-b", "and more"))
    followed.wait_for(Line("polls-a", "polls-a 3"), Line("polls-a", "polls-a 4"))
    assert len(followed.seen) == 5
    assert {query["labelSelector"] for path, query in cluster.requests if path.endswith("/pods")} == {SELECTOR}


def test_new_and_deleted_pods(cluster: FakeCluster, follow: Follow) -> None:
    followed = follow(tail=0)
    cluster.wait_until(lambda: any("watch" in query for _, query in cluster.requests))
    cluster.start("polls-new")
    cluster.write("polls-new", "hello", "world")
    followed.wait_for(PodEvent("polls-new", "started"), Line("polls-new", "hello"), Line("polls-new", "world"))
    cluster.delete("polls-new")
    followed.wait_for(PodEvent("polls-new", "ended"))
    assert len(followed.seen) == 4


def test_restart_with_its_reason(cluster: FakeCluster, follow: Follow) -> None:
    cluster.start("polls-a")
    cluster.write("polls-a", "before")
    followed = follow()
    followed.wait_for(Line("polls-a", "before"))
    cluster.restart("polls-a")
    cluster.write("polls-a", "after")
    followed.wait_for(PodEvent("polls-a", "restarted: OOMKilled, exit code 137"), Line("polls-a", "after"))
    assert len(followed.seen) == 3


def test_lost_connections_lose_and_repeat_no_line(cluster: FakeCluster, follow: Follow) -> None:
    cluster.start("polls-a")
    followed = follow()
    for number in range(20):
        cluster.write("polls-a", f"line {number}")
        followed.wait_for(Line("polls-a", f"line {number}"))
        cluster.cut()
    lines = [event for event in followed.seen if isinstance(event, Line)]
    assert lines == [Line("polls-a", f"line {number}") for number in range(20)]
    assert followed.seen == lines, "a new watch is no event"


def test_unreachable_cluster_is_reported_once(cluster: FakeCluster, follow: Follow) -> None:
    cluster.start("polls-a")
    cluster.start("polls-gone")
    followed = follow()
    cluster.wait_until(lambda: any("watch" in query for _, query in cluster.requests))
    cluster.broken = True
    cluster.cut()
    followed.wait_for(PodEvent("", f"GET {PODS} failed: HTTP status 503, the server is starting; trying again"))
    asked = len(cluster.requests)
    cluster.wait_until(lambda: len(cluster.requests) > asked + 10)
    cluster.delete("polls-gone", silently=True)
    cluster.write("polls-a", "meanwhile")
    cluster.broken = False
    followed.wait_for(PodEvent("", "connected again"), PodEvent("polls-gone", "ended"))
    followed.wait_for(Line("polls-a", "meanwhile"))
    assert len(followed.seen) == 4


def test_finished_container_is_read_to_its_end(cluster: FakeCluster, follow: Follow) -> None:
    cluster.start("polls-a")
    followed = follow()
    cluster.write("polls-a", "last words")
    cluster.finish("polls-a")
    followed.wait_for(Line("polls-a", "last words"))
    cluster.wait_until(lambda: _reads(cluster) == ("false", 1))
    cluster.start("polls-b")
    cluster.write("polls-b", "b")
    followed.wait_for(Line("polls-b", "b"))
    assert _reads(cluster) == ("false", 1)
    assert [event for event in followed.seen if isinstance(event, Line)] == [
        Line("polls-a", "last words"),
        Line("polls-b", "b"),
    ]


def _reads(cluster: FakeCluster) -> tuple[str, int]:
    """Return how the log of polls-a was read last, and how often without following."""
    reads = [query["follow"] for path, query in cluster.requests if path.endswith("/polls-a/log")]
    return (reads[-1] if reads else "", reads.count("false"))
