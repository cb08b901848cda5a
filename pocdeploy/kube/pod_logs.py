"""Follow the logs of pods that come and go: one thread watches the pods, and one for each container reads its lines."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

POLL_INTERVAL = 1.0
"""Seconds before something that broke off is tried again."""


@dataclass(frozen=True)
class Line:
    """Something that a container wrote."""

    pod: str
    text: str


@dataclass(frozen=True)
class PodEvent:
    """Something that happened to a pod, or to the connection (then ``pod`` is empty)."""

    pod: str
    text: str


Event = Line | PodEvent


@dataclass(frozen=True)
class ContainerRun:
    """One run of a container; after a restart it is another one."""

    pod: str
    uid: str
    container: str
    restarts: int


class ConnectionLostError(Exception):
    """The API ended an answer, or did not give one."""


class Pods(Protocol):
    """As much of the API as is needed; every method raises Broken."""

    def list(self) -> tuple[list[dict[str, Any]], str]:
        """Give the pods, and the version from which to watch."""
        ...

    def watch(self, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give what happens from ``version`` on: ADDED, MODIFIED or DELETED, and the pod."""
        ...

    def read(
        self, reading: ContainerRun, *, tail: int | None, since: str | None, follow: bool
    ) -> Iterator[tuple[str, str]]:
        """Give time and text of the lines of a container: the last ``tail``, or those from the time ``since`` on."""
        ...


def readings(pod: Mapping[str, Any]) -> list[ContainerRun]:
    """Give the runs of a pod's containers that have written, or still do."""
    metadata, status = pod["metadata"], pod.get("status", {})
    return [
        ContainerRun(metadata["name"], metadata["uid"], each["name"], each["restartCount"])
        for each in status.get("containerStatuses") or ()
        if {"running", "terminated"} & (each.get("state") or {}).keys()
    ]


def why_restarted(pod: Mapping[str, Any], container: str) -> str:
    """Give why a container's run before this one ended, for example ``OOMKilled, exit code 137``."""
    for each in pod.get("status", {}).get("containerStatuses") or ():
        ended = (each.get("lastState") or {}).get("terminated")
        if each["name"] == container and ended:
            return f"{ended.get('reason') or 'ended'}, exit code {ended['exitCode']}"
    return "for a reason that is not known"


def has_ended(pod: Mapping[str, Any], reading: ContainerRun) -> bool:
    """Return whether a run of a container is over, so that nothing more can come of it."""
    return any(
        each["name"] == reading.container
        and each["restartCount"] == reading.restarts
        and "terminated" in (each.get("state") or {})
        for each in pod.get("status", {}).get("containerStatuses") or ()
    )


def snapshot(pods: Pods, *, tail: int) -> list[Line]:
    """Give what all pods have written until now, the last ``tail`` lines of each, by time; raises Broken."""
    lines = [
        (_instant(time), Line(reading.pod, text))
        for pod in pods.list()[0]
        for reading in readings(pod)
        for time, text in pods.read(reading, tail=tail, since=None, follow=False)
    ]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


class Follower:
    """Follows all pods; ``events`` gives what they write and what happens to them."""

    def __init__(self, pods: Pods, *, tail: int, pause: float = POLL_INTERVAL) -> None:
        self._pods = pods
        self._tail = tail
        self._pause = pause
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._known: dict[ContainerRun, threading.Event] = {}
        self._first = True

    def events(self) -> Iterator[Event]:
        """Give every event until ``stop`` is called."""
        threading.Thread(target=self._watch, daemon=True, name="pods").start()
        while (event := self._events.get()) is not None:
            yield event

    def stop(self) -> None:
        """End ``events``, and each thread as soon as it has something to do."""
        self._over.set()
        self._events.put(None)

    def _watch(self) -> None:
        """Look at all pods, then at what changes; from the beginning whenever the answer breaks off."""
        away = False
        while not self._over.is_set():
            try:
                pods, version = self._pods.list()
            except ConnectionLostError as error:
                if not away:
                    self._note("", f"{error}; trying again")
                away = True
                self._over.wait(self._pause)
                continue
            if away:
                self._note("", "connected again")
            away = False
            self._compare(pods)
            self._first = False
            # A watch breaks off now and then. That it cannot be begun again shows when the pods are listed.
            with suppress(ConnectionLostError):
                for kind, pod in self._pods.watch(version):
                    self._gone(pod["metadata"]["uid"]) if kind == "DELETED" else self._look(pod)
            self._over.wait(self._pause)

    def _compare(self, pods: list[dict[str, Any]]) -> None:
        there = {pod["metadata"]["uid"] for pod in pods}
        for uid in {reading.uid for reading in self._known} - there:
            self._gone(uid)
        for pod in pods:
            self._look(pod)

    def _look(self, pod: Mapping[str, Any]) -> None:
        """Follow what this pod has that is not followed yet."""
        for reading in readings(pod):
            if reading in self._known:
                if has_ended(pod, reading):
                    self._known[reading].set()
                continue
            before = [each for each in self._known if (each.uid, each.container) == (reading.uid, reading.container)]
            if before:
                self._note(reading.pod, f"restarted: {why_restarted(pod, reading.container)}")
            elif not self._first:
                self._note(reading.pod, "started")
            for each in before:
                self._known[each].set()
            ended = self._known[reading] = threading.Event()
            if has_ended(pod, reading):
                ended.set()
            tail = self._tail if self._first else None
            threading.Thread(target=self._read, args=(reading, ended, tail), daemon=True, name=reading.pod).start()

    def _gone(self, uid: str) -> None:
        gone = [reading for reading in self._known if reading.uid == uid]
        for reading in gone:
            self._known.pop(reading).set()
        if gone:
            self._note(gone[0].pod, "ended")

    def _read(self, reading: ContainerRun, ended: threading.Event, tail: int | None) -> None:
        """Hand on the lines of one run of a container until it has ended; go on where an answer breaks off."""
        last: str | None = None
        while not self._over.is_set():
            # Asked before reading: what was written until the end is read once more after it.
            final = ended.is_set()
            seen = _instant(last) if last else None
            try:
                for time, text in self._pods.read(reading, tail=tail, since=last, follow=not final):
                    # `since` is good to the second only.
                    if seen is None or _instant(time) > seen:
                        self._events.put(Line(reading.pod, text))
                        last = time
            except ConnectionLostError:
                pass  # The watcher says so, or the pod is gone.
            if final:
                return
            tail = None if last else tail
            ended.wait(self._pause)

    def _note(self, pod: str, text: str) -> None:
        self._events.put(PodEvent(pod, text))


def _instant(time: str) -> datetime:
    """Give the time of a line; as a text 43.9 would come after 43.95."""
    return datetime.fromisoformat(time)
