"""A release that fails, at each place where it can: what served comes back whole, and the next `up` needs no hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine import clusterapi
from tests.engine.bench import Bench, Run
from tests.engine.calls import Call
from tests.engine.world import UnreadyError

pytestmark = pytest.mark.usefixtures("quick")


def unready(call: Call) -> None:
    raise UnreadyError("timed out waiting for it to be ready")


def serving(bench: Bench) -> dict[str, Any]:
    """Return the pod template that the Deployment runs."""
    (cluster,) = bench.world.clusters.values()
    template: dict[str, Any] = cluster.revisions["polls", "polls"][-1]["spec"]["template"]
    return template


def parts(template: dict[str, Any]) -> tuple[str, str, str]:
    """Return image, plain configuration and Secret of a pod template."""
    (container,) = template["spec"]["containers"]
    return container["image"], str(container["env"]), container["envFrom"][0]["secretRef"]["name"]


def secrets(bench: Bench) -> set[str]:
    (cluster,) = bench.world.clusters.values()
    return {name for kind, _, name in cluster.objects if kind == "Secret" and "environment" in name}


def change_everything(bench: Bench, text: str) -> None:
    """Change image, configuration and a secret at once."""
    page = next((bench.project / "app" / "polls").rglob("*.html"))
    page.write_text(f"{page.read_text('utf-8')}\n<!-- {text} -->\n", "utf-8")
    bench.configure(lambda config: config.update({"pocdeploy:apps": {"polls": {"env": {"GREETING": text}}}}))
    bench.set_secret("polls", "API_TOKEN", f"canary-token-{text}")


def assert_rolled_back(bench: Bench, failed: Run, before: dict[str, Any]) -> None:
    assert failed.code != 0
    assert "Restored: revision" in failed.output, failed.output
    assert parts(serving(bench)) == parts(before)
    assert parts(before)[2] in secrets(bench)
    assert "canary-token" not in failed.output


@pytest.mark.parametrize(
    "failing", ["Update Deployment polls-deployment", "Create Job polls-smoke"], ids=["rollout", "smoke check"]
)
def test_failed_release_is_rolled_back_and_the_next_up_is_clean(mine: Bench, failing: str) -> None:
    before = serving(mine)
    change_everything(mine, "bad")
    mine.calls.when(failing, after=unready)

    failed = mine.up()
    assert_rolled_back(mine, failed, before)
    again = mine.up()  # nothing was fixed: it must not pass against the old revision
    assert_rolled_back(mine, again, before)
    mine.calls.clear()
    change_everything(mine, "good")
    fixed = mine.up()

    assert fixed.code == 0, fixed.output
    image, configuration, secret = parts(serving(mine))
    assert (image, secret) != (parts(before)[0], parts(before)[2])
    assert "good" in configuration
    assert secret in secrets(mine)
    assert mine.preview("--expect-no-changes").code == 0


def test_failed_migration_keeps_release_and_unused_secrets_go(mine: Bench) -> None:
    """A Secret goes when no revision refers to it."""
    before = serving(mine)
    (cluster,) = mine.world.clusters.values()
    change_everything(mine, "bad")
    mine.calls.when("Create Job polls-migrate", after=unready)

    failed = mine.up()
    effects, kept = mine.calls.labels("Update"), secrets(mine)
    mine.calls.clear()
    change_everything(mine, "good")
    fixed = mine.up()
    greeting, also_kept = parts(serving(mine))[1], secrets(mine)
    # As after more releases than the Deployment's history holds.
    cluster.revisions["polls", "polls"] = cluster.revisions["polls", "polls"][-1:]
    change_everything(mine, "after")
    last = mine.up()

    assert failed.code != 0
    assert "The migration failed. The previous release still serves." in failed.output
    assert "Update Deployment polls-deployment" not in effects
    assert fixed.code == 0, fixed.output
    assert "good" in greeting
    assert parts(before)[2] in kept & also_kept
    assert last.code == 0, last.output
    assert parts(before)[2] not in secrets(mine)
    assert parts(serving(mine))[2] in secrets(mine)


def routed(bench: Bench) -> str:
    (cluster,) = bench.world.clusters.values()
    return str(cluster.objects["Ingress", "polls", "polls"]["spec"]["rules"][0]["host"])


def allowed(bench: Bench) -> list[str]:
    (container,) = serving(bench)["spec"]["containers"]
    return next(str(it["value"]) for it in container["env"] if it["name"] == "ALLOWED_HOSTS").split(",")


def test_every_routed_host_is_answered_during_a_change(mine: Bench) -> None:
    """Also after a rollback, and in the update after it."""
    seen: list[tuple[str, str, list[str]]] = []

    def see(call: Call) -> None:
        seen.append((call.label, routed(mine), allowed(mine)))

    def host(name: str, greeting: str = "") -> None:
        app = {"polls": {"host": name, "env": {"GREETING": greeting}}}
        mine.configure(lambda config: config.update({"pocdeploy:apps": app}))

    for label in ("Update Deployment polls-deployment", "Update Ingress polls-ingress"):
        mine.calls.when(label, after=see)
    host("new.localhost")
    up, again = mine.up(), mine.up("--expect-no-changes")
    host("newest.localhost")
    mine.calls.when("Create Job polls-smoke", after=unready)
    failed = mine.up()
    after_rollback = routed(mine), allowed(mine)
    mine.calls.clear()
    host("newest.localhost", "a fix")
    fixed = mine.up()

    assert (up.code, again.code, failed.code != 0, fixed.code) == (0, 0, True, 0), up.output + again.output
    assert seen == [
        ("Update Deployment polls-deployment", "localhost", ["new.localhost", "localhost"]),
        ("Update Ingress polls-ingress", "new.localhost", ["new.localhost", "localhost"]),
        ("Update Deployment polls-deployment", "new.localhost", ["newest.localhost", "new.localhost"]),
        ("Update Ingress polls-ingress", "newest.localhost", ["newest.localhost", "new.localhost"]),
    ]
    assert after_rollback == ("new.localhost", ["new.localhost", "localhost"])
    assert (routed(mine), allowed(mine)) == ("newest.localhost", ["newest.localhost", "new.localhost"])


def test_slow_release_is_waited_for(mine: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's time for one step ends, but Kubernetes reports progress."""
    deployment = clusterapi.Api._deployment

    def progressing(api: clusterapi.Api, namespace: str, name: str) -> dict[str, Any] | None:
        found = deployment(api, namespace, name)
        if found is not None:
            found["status"]["conditions"] = [{"type": "Progressing", "status": "True"}]
        return found

    attempts: list[Call] = []

    def slow(call: Call) -> None:
        attempts.append(call)
        if len(attempts) == 1:
            unready(call)

    monkeypatch.setattr(clusterapi.Api, "_deployment", progressing)
    mine.calls.when("Update Deployment polls-deployment", after=slow)
    change_everything(mine, "good")
    up = mine.up()
    waited = len(attempts)
    # The engine keeps the message of the first attempt, and waits once more although nothing has changed.
    again = mine.up()

    assert up.code == 0, up.output
    assert "Restored" not in up.output
    assert waited == 2
    assert "good" in parts(serving(mine))[1]
    assert again.steps() in ({}, {"update": ["Deployment polls-deployment"]})
    assert mine.preview("--expect-no-changes").code == 0
