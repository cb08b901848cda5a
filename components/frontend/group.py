"""All Deployments of one application: what serves and its processes are released and restored together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.frontend import hosts
from components.frontend.limits import Limits
from components.frontend.revisions import Revisions, release_of, secrets_of
from components.shared.cluster_client import ClusterClient
from pocdeploy.kube.client import KubeClient

CRON_JOBS = "/apis/batch/v1/namespaces/{}/cronjobs"


@dataclass(frozen=True, kw_only=True)
class Group:
    """The Deployments of one application. Every method but the properties raises ApiError."""

    name: str
    """The application; what serves has this name, too."""
    namespace: str
    """Its namespace."""
    client: ClusterClient
    """The cluster."""
    limit: Limits
    """Time limits of what serves."""
    processes: Sequence[str] = ()
    """Names of the Deployments of its processes."""
    has_cron: bool = False
    """Whether it has scheduled commands."""

    def api(self) -> KubeClient:
        """Return the client of the cluster's API."""
        return self.client.api()

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
        if result is None or not self.processes:
            return result
        release = release_of(self.template())
        done = [self.of(process).follow(release, self.limit.step) for process in self.processes]
        self.resume_cron()
        return "\n".join([result, *filter(None, done)])

    def roll_forward(self, release: str) -> None:
        """Roll out a release again where it was rolled back, and route its host.

        Raises LookupError or TimeoutError as `Revisions.roll_forward` does.
        """
        for deployment in (self.name, *self.processes):
            self.of(deployment).roll_forward(release, self.limit.rollout)
            if deployment != self.name:
                self.of(deployment).start()
        hosts.route(self.api(), self.namespace, self.name, self.template())

    def mark_as_good(self) -> None:
        """Mark the current revisions as good, and delete the Secrets that nothing refers to any more."""
        used = {name for it in (self.name, *self.processes) for name in self.of(it).mark_as_good()}
        self.of().delete_secrets(used | self._secrets_of_cron())

    def stop_others(self) -> None:
        """Stop processes and scheduled commands, for a migration that they cannot live with."""
        for process in self.processes:
            self.of(process).stop()
        self._suspend(suspended=True)

    def start_others(self) -> None:
        """Start processes and scheduled commands again, after a migration that failed."""
        for process in self.processes:
            self.of(process).start()
        self.resume_cron()

    def resume_cron(self) -> None:
        """Let the scheduled commands run again."""
        self._suspend(suspended=False)

    def _cron_jobs(self) -> list[dict[str, Any]]:
        return self.api().items(CRON_JOBS.format(self.namespace)) if self.has_cron else []

    def _secrets_of_cron(self) -> set[str]:
        return {name for it in self._cron_jobs() for name in secrets_of(it["spec"]["jobTemplate"]["spec"]["template"])}

    def _suspend(self, *, suspended: bool) -> None:
        for job in self._cron_jobs():
            if bool(job["spec"].get("suspend")) is not suspended:
                path = f"{CRON_JOBS.format(self.namespace)}/{job['metadata']['name']}"
                self.api().patch(path, {"spec": {"suspend": suspended}})
