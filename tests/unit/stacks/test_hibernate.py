"""Pause and wake: in the right order, again after an interruption, and nothing but what pause has changed."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.console import Progress, WaitError
from pocdeploy.kube.client import CLUSTERS
from pocdeploy.stacks import hibernate as action
from pocdeploy.stacks.hibernate import BACKUPS, CRON_JOBS, DEPLOYMENTS, HIBERNATION, MARK, PODS, paused_apps
from tests.paths import GOLDEN
from tests.unit.fakes import FakeApi

pytestmark = pytest.mark.usefixtures("clock")

SETTINGS = Settings.model_validate({"apps": {"polls": {}, "plain": {"path": "x", "database": False}}})


def controllers(api: FakeApi) -> None:
    """Do what the operator and the Deployment controller do."""
    for path, thing in list(api.objects.items()):
        if "/clusters/" in path:
            on = thing["metadata"].get("annotations", {}).get(HIBERNATION) == "on"
            thing["status"] = {"conditions": [{"type": HIBERNATION, "status": "True"}] if on else []}
        if "/deployments/" in path and thing["spec"]["replicas"] == 0:
            app = thing["metadata"]["name"]
            api.objects.pop(f"{PODS.format(app)}/{app}-web", None)


def deployed() -> FakeApi:
    api = FakeApi(after=controllers, unknown={BACKUPS.format("plain")})
    for name, replicas in (("polls", 3), ("plain", 2)):
        api.add(DEPLOYMENTS.format(name), name, spec={"replicas": replicas})
        owner = [{"kind": "ReplicaSet"}]
        api.add(PODS.format(name), f"{name}-web", metadata={"ownerReferences": owner}, status={"phase": "Running"})
    api.add(PODS.format("polls"), "polls-db-1", metadata={"ownerReferences": [{"kind": "Cluster"}]}, status={})
    api.add(CLUSTERS.format("polls"), "polls-db", spec={"instances": 2}, status={})
    api.add(BACKUPS.format("polls"), "nightly", spec={"schedule": "0 0 0 * * *"})
    api.add(BACKUPS.format("polls"), "by-hand", spec={"suspend": True})
    api.add(CRON_JOBS.format("polls"), "polls-clean", spec={"schedule": "@daily"})
    return api


def pause(api: FakeApi) -> list[str]:
    return action.pause(api, SETTINGS, Progress(quiet=True))


def spec(api: FakeApi, path: str, name: str) -> dict[str, Any]:
    return dict(api.objects[f"{path.format('polls')}/{name}"]["spec"])


def test_backups_stop_first_then_applications_then_databases() -> None:
    api = deployed()
    done = pause(api)
    assert [entry.split()[1] for entry in api.log] == [
        "polls/scheduledbackups/nightly",
        "polls/cronjobs/polls-clean",
        "polls/deployments/polls",
        "plain/deployments/plain",
        "polls/clusters/polls-db",
    ]
    assert spec(api, DEPLOYMENTS, "polls") == {"replicas": 0}
    assert spec(api, BACKUPS, "nightly")["suspend"] is True
    assert "scaled polls/polls from 3 to 0" in done
    assert paused_apps(api, SETTINGS) == {"polls", "plain"}


def test_waking_gives_back_exactly_what_pause_has_taken() -> None:
    api, before = deployed(), deployed()
    pause(api)
    done = action.wake(api, SETTINGS)
    assert spec(api, DEPLOYMENTS, "polls") == {"replicas": 3}
    assert spec(api, BACKUPS, "nightly")["suspend"] is False
    assert spec(api, BACKUPS, "by-hand")["suspend"] is True
    assert spec(api, CRON_JOBS, "polls-clean")["suspend"] is False
    assert len(done) == 5
    for path in before.objects:
        if "/pods/" not in path:
            assert not api.objects[path]["metadata"].get("annotations"), path
    assert paused_apps(api, SETTINGS) == set()


def test_both_can_be_run_again() -> None:
    api = deployed()
    pause(api)
    log = len(api.log)
    assert pause(api) == []
    assert len(api.log) == log
    assert api.objects[f"{DEPLOYMENTS.format('polls')}/polls"]["metadata"]["annotations"] == {MARK: "3"}
    action.wake(api, SETTINGS)
    assert action.wake(api, SETTINGS) == []


def test_an_interrupted_pause_can_be_ended_by_either() -> None:
    api = deployed()
    api.after = lambda _: (_ for _ in ()).throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        pause(api)
    api.after = controllers
    pause(api)
    assert action.wake(api, SETTINGS)
    assert spec(api, DEPLOYMENTS, "polls") == {"replicas": 3}
    assert spec(api, BACKUPS, "nightly")["suspend"] is False


def test_a_database_runs_as_long_as_its_application() -> None:
    api = deployed()
    api.after = lambda _: None
    with pytest.raises(WaitError, match="polls-web to end"):
        pause(api)
    assert not any("clusters" in entry for entry in api.log)


def test_an_application_that_was_never_paused_is_not() -> None:
    assert paused_apps(deployed(), SETTINGS) == set()
    assert action.wake(deployed(), SETTINGS) == []


def test_pause_changes_no_field_that_the_program_sets() -> None:
    """So there is no drift: the golden manifests have neither replicas, nor these annotations, nor `suspend`."""

    import yaml  # noqa: PLC0415

    golden = GOLDEN
    for name in ("frontend-deployment", "database-cluster"):
        manifest = yaml.safe_load((golden / f"{name}.yaml").read_text())
        assert "replicas" not in manifest["spec"]
        assert not {MARK, HIBERNATION} & set(manifest["metadata"].get("annotations", {}))
