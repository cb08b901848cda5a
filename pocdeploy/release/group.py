"""All Deployments of one application: what serves and its processes are released and restored together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from pocdeploy.kube.client import KubeClient
from pocdeploy.release import hosts, revisions
from pocdeploy.release.limits import PROCESS_STABLE, Limits
from pocdeploy.release.revisions import STOPPED, Revisions, release_of, secrets_of, selector_of

CRON_JOBS = "/apis/batch/v1/namespaces/{}/cronjobs"
PODS = "/api/v1/namespaces/{}/pods"
ENDED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, kw_only=True)
class Group:
    """The Deployments of one application. Every method raises ApiError."""

    name: str
    """The application; what serves has this name, too."""
    namespace: str
    """Its namespace."""
    api: Callable[[], KubeClient]
    """Connects to the cluster."""
    limit: Limits
    """Time limits of what serves."""
    processes: Sequence[str] = ()
    """Names of the Deployments of its processes."""
    has_cron: bool = False
    """Whether it has scheduled commands."""
    lock: Lock = field(default_factory=Lock, compare=False, repr=False)
    """Held while a failure is handled: two Deployments of one release often fail at the same time."""
    restored: list[str] = field(default_factory=list, compare=False, repr=False)
    """Deployment whose failure has restored the application in this run; at most one."""

    def of(self, deployment: str | None = None) -> Revisions:
        """Return the revisions of one Deployment; default: of the one that serves."""
        return Revisions(self.api(), self.namespace, deployment or self.name)

    def template(self) -> dict[str, Any]:
        """Return the current pod template of what serves."""
        template: dict[str, Any] = self.of().deployment()["spec"]["template"]
        return template

    def restore(self) -> str | None:
        """Restore the last good revision of what serves, and its release in all processes.

        Return sentences that report the result, or None if there is no revision to restore.
        """
        # Its pods serve already, or have started before.
        result = self.of().restore(self.limit.step)
        if result is None:
            return None
        release = release_of(self.template())
        done = [self.of(process).follow(release, self.limit.step) for process in self.processes]
        self.resume_cron()
        return "\n".join([result, *filter(None, done)])

    def roll_forward(self, release: str) -> None:
        """Roll out a release again where it was rolled back, start stopped processes, and route its host.

        Raises LookupError or TimeoutError as `Revisions.roll_forward` does.
        """
        for deployment in (self.name, *self.processes):
            self.of(deployment).roll_forward(release, self.limit.rollout)
        stopped = [process for process in self.processes if self.of(process).start()]
        for process in stopped:
            self.of(process).wait_until_stable(self.limit.step + PROCESS_STABLE)
        hosts.route(self.api(), self.namespace, self.name, self.template())

    def mark_as_good(self) -> None:
        """Mark the current revisions as good, and delete the Secrets that nothing refers to any more."""
        used = {name for it in (self.name, *self.processes) for name in self.of(it).mark_as_good()}
        self.of().delete_secrets(used | self._secrets_of_cron())
        self.resume_current_cron()

    def stop_others(self) -> None:
        """Stop processes and scheduled commands, for a migration that they cannot live with, and wait for their ends.

        Raises TimeoutError, after it has started them again, if one of them goes on.
        """
        selectors = [selector_of(it.deployment()) for it in map(self.of, self.processes) if it.stop()]
        self._suspend()
        deadline = time.monotonic() + self.limit.step
        while running := [*self._pods(selectors), *self._runs()]:
            if time.monotonic() > deadline:
                self.start_others()
                raise TimeoutError(
                    f"{', '.join(running)} did not end in {self.limit.step} s, so the migration was not started"
                )
            time.sleep(revisions.POLL_INTERVAL)

    def start_others(self) -> None:
        """Start processes and scheduled commands again, after a migration that failed."""
        for process in self.processes:
            self.of(process).start()
        self.resume_cron()

    def resume_cron(self, *, image: str | None = None) -> None:
        """Let the scheduled commands run that `stop_others` has suspended; with ``image``, only those that run it."""
        for job in self._cron_jobs():
            own = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"]
            if STOPPED in (job["metadata"].get("annotations") or {}) and image in (None, own):
                self._change(job, mark=None, suspend=False)

    def resume_current_cron(self) -> None:
        """Let the scheduled commands run that have the image of what serves; the others still get it."""
        self.resume_cron(image=self.template()["spec"]["containers"][0]["image"])

    def _suspend(self) -> None:
        for job in self._cron_jobs():
            # One that a person has suspended stays suspended.
            if not job["spec"].get("suspend"):
                self._change(job, mark="true", suspend=True)

    def _change(self, job: dict[str, Any], *, mark: str | None, suspend: bool) -> None:
        path = f"{CRON_JOBS.format(self.namespace)}/{job['metadata']['name']}"
        self.api().patch(path, {"metadata": {"annotations": {STOPPED: mark}}, "spec": {"suspend": suspend}})

    def _cron_jobs(self) -> list[dict[str, Any]]:
        return self.api().items(CRON_JOBS.format(self.namespace)) if self.has_cron else []

    def _secrets_of_cron(self) -> set[str]:
        return {name for it in self._cron_jobs() for name in secrets_of(it["spec"]["jobTemplate"]["spec"]["template"])}

    def _pods(self, selectors: Sequence[str]) -> Iterator[str]:
        """Yield the pods that still run; a Deployment does not count those that end."""
        for selector in selectors:
            for pod in self.api().items(PODS.format(self.namespace), labelSelector=selector):
                if pod.get("status", {}).get("phase") not in ENDED:
                    yield f"pod {pod['metadata']['name']}"

    def _runs(self) -> Iterator[str]:
        for job in self._cron_jobs():
            yield from (f"job {it['name']}" for it in job.get("status", {}).get("active") or [])
