"""Follow the logs of pods that come and go: one thread watches the pods, and one for each container reads its lines."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pocdeploy.kube.client import ApiError
from pocdeploy.kube.pods import ContainerRun, Pods, container_runs, has_ended, restart_reason

POLL_INTERVAL = 1.0
"""Seconds between the end of a connection and the next attempt."""


@dataclass(frozen=True)
class Line:
    """A line that a container wrote."""

    pod: str
    text: str


@dataclass(frozen=True)
class PodEvent:
    """An event of a pod, or of the connection (then ``pod`` is empty)."""

    pod: str
    text: str


Event = Line | PodEvent


def snapshot(pods: Pods, *, tail: int) -> list[Line]:
    """Return the last ``tail`` lines of each container of all pods, by time; raises ApiError."""
    lines = [
        (_instant(time), Line(run.pod, text))
        for pod in pods.list()[0]
        for run in container_runs(pod)
        for time, text in pods.read(run, tail=tail, since=None, follow=False)
    ]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


class Follower:
    """Follows all pods; ``events`` yields their lines and events."""

    def __init__(self, pods: Pods, *, tail: int) -> None:
        self._pods = pods
        self._tail = tail
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._ended: dict[ContainerRun, threading.Event] = {}
        """Known runs, each with whether it has ended."""
        self._first = True

    def events(self) -> Iterator[Event]:
        """Yield every event until ``stop`` is called."""
        threading.Thread(target=self._watch, daemon=True, name="pods").start()
        while (event := self._events.get()) is not None:
            yield event

    def stop(self) -> None:
        """End ``events``, and each thread at its next event."""
        self._over.set()
        self._events.put(None)

    def _watch(self) -> None:
        """List all pods, then watch their changes; begin again whenever the connection ends."""
        disconnected = False
        while not self._over.is_set():
            try:
                pods, version = self._pods.list()
            except ApiError as error:
                if not disconnected:
                    self._report("", f"{error.findings[0].what}; trying again")
                disconnected = True
                self._over.wait(POLL_INTERVAL)
                continue
            if disconnected:
                self._report("", "connected again")
            disconnected = False
            self._compare(pods)
            self._first = False
            # A watch ends now and then. If the next one is not possible, listing the pods shows it.
            with suppress(ApiError):
                for kind, pod in self._pods.watch(version):
                    self._forget(pod["metadata"]["uid"]) if kind == "DELETED" else self._follow(pod)
            self._over.wait(POLL_INTERVAL)

    def _compare(self, pods: list[dict[str, Any]]) -> None:
        present = {pod["metadata"]["uid"] for pod in pods}
        for uid in {run.uid for run in self._ended} - present:
            self._forget(uid)
        for pod in pods:
            self._follow(pod)

    def _follow(self, pod: Mapping[str, Any]) -> None:
        """Start a reader for each run of this pod that has none yet."""
        for run in container_runs(pod):
            if run in self._ended:
                if has_ended(pod, run):
                    self._ended[run].set()
                continue
            before = [each for each in self._ended if (each.uid, each.container) == (run.uid, run.container)]
            if before:
                self._report(run.pod, f"restarted: {restart_reason(pod, run.container)}")
            elif not self._first:
                self._report(run.pod, "started")
            for each in before:
                self._ended[each].set()
            ended = self._ended[run] = threading.Event()
            if has_ended(pod, run):
                ended.set()
            tail = self._tail if self._first else None
            threading.Thread(target=self._read, args=(run, ended, tail), daemon=True, name=run.pod).start()

    def _forget(self, uid: str) -> None:
        deleted = [run for run in self._ended if run.uid == uid]
        for run in deleted:
            self._ended.pop(run).set()
        if deleted:
            self._report(deleted[0].pod, "ended")

    def _read(self, run: ContainerRun, ended: threading.Event, tail: int | None) -> None:
        """Pass on the lines of one run until it has ended; continue where a connection ended."""
        last: str | None = None
        while not self._over.is_set():
            # Asked before reading: lines that were written just before the end are then read in one more round.
            final = ended.is_set()
            seen = _instant(last) if last else None
            # The watcher reports an error, or the pod was deleted.
            with suppress(ApiError):
                for time, text in self._pods.read(run, tail=tail, since=last, follow=not final):
                    # `since` is precise to the second only.
                    if seen is None or _instant(time) > seen:
                        self._events.put(Line(run.pod, text))
                        last = time
            if final:
                return
            tail = None if last else tail
            ended.wait(POLL_INTERVAL)

    def _report(self, pod: str, text: str) -> None:
        self._events.put(PodEvent(pod, text))


def _instant(time: str) -> datetime:
    """Return the time of a line; compared as text, 43.9 would come after 43.95."""
    return datetime.fromisoformat(time)
