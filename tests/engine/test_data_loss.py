"""The guard against data loss: the real engine's plan deletes nothing with data that the guard does not name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pocdeploy.config import load_stack
from pocdeploy.stacks import data_loss, forced_replacements, holders
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, NAMESPACE, Deployed, from_export
from pocdeploy.stacks.effective import effective
from tests.engine import bench as engine
from tests.engine import states
from tests.engine.bench import ROOT, Bench, Run
from tests.engine.conftest import Deployed as Stack

KIND = "Command test-kind"
SOURCE = {"path": "app/polls", "patches": "patches/polls"}
GUEST = {**SOURCE, "host": "guest.localhost", "database": {"shared": "polls"}}


def state_of(bench: Bench) -> Deployed:
    return from_export({"deployment": bench.state()})


def named(bench: Bench) -> list[str]:
    """Return type and name of the resources that the guard names."""
    deployed = state_of(bench)
    settings = effective(load_stack(bench.project, bench.stack), deployed)
    found = data_loss.losses(settings, deployed)
    return sorted(engine.label({"type": deployed.resources[it.urn].type, "urn": it.urn}) for it in found)


def deleted(bench: Bench, run: Run) -> list[str]:
    """Return what holds data and is deleted or replaced, without namespaces that have no database in them."""
    filled = {str(it.metadata.get("namespace")) for it in state_of(bench).of_type(DATABASE_CLUSTER)}
    found = []
    for event in run.events:
        step = event.get("resourcePreEvent", {}).get("metadata", {})
        if step.get("op") not in ("delete", "replace"):
            continue
        inputs = step["old"]["inputs"]
        is_empty = step["type"] == NAMESPACE and inputs["metadata"]["name"] not in filled
        if holders.holds_data(step["urn"].split("::")[2], inputs) and not is_empty:
            found.append(engine.label(step))
    return sorted(set(found))


@contextmanager
def changed(bench: Bench, change: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    """Change the stack's configuration for a while."""
    before = bench.stack_file.read_text("utf-8")
    bench.configure(lambda config: (change(config), None)[1])
    yield
    bench.stack_file.write_text(before, "utf-8")


@contextmanager
def allowing(bench: Bench, *values: str) -> Iterator[None]:
    bench.variables[data_loss.ALLOWED] = " ".join(values)
    yield
    del bench.variables[data_loss.ALLOWED]


def cluster(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda config: config["pocdeploy:cluster"].update(values)


def apps(**values: Any) -> Callable[[dict[str, Any]], object]:
    """Return the change to these applications, without secrets, which belong to applications by their names."""
    return lambda config: config.update({"pocdeploy:apps": values, "pocdeploy:secrets": {}})


INSIDE = ["Cluster polls-db", "Namespace polls-namespace"]
CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], list[str], list[str]]] = {
    "workers": (cluster(workers=2), [KIND], [*INSIDE, KIND]),
    "node image": (cluster(nodeImage="kindest/node:v1.35.0"), [KIND], [*INSIDE, KIND]),
    "ports": (cluster(httpPort=8080), [KIND], [*INSIDE, KIND]),
    "name": (cluster(name="other"), [KIND], [*INSIDE, KIND]),
    "registry": (cluster(registryPort=5009), [], []),
    "no database": (apps(polls={"database": False}), ["Cluster polls-db"], ["Cluster polls-db"]),
    "renamed": (
        apps(votes=SOURCE),
        ["Cluster polls-db"],
        INSIDE,
    ),
    "monitoring": (lambda config: config.update({"pocdeploy:monitoring": {"profile": "off"}}), [], []),
    "database": (apps(polls={"database": {"instances": 1}}), [], []),
}
"""Change -> what the guard names, and what the plan deletes. A cluster is named with everything in it."""


@pytest.mark.parametrize("name", CHANGES)
def test_the_guard_names_what_the_plan_deletes(deployed: Stack, name: str) -> None:
    change, expected, planned = CHANGES[name]
    with changed(deployed.bench, change), allowing(deployed.bench, data_loss.IN_PREVIEW):
        run = deployed.bench.preview()
        found = named(deployed.bench)

    assert run.code == 0, run.output
    assert found == expected
    assert deleted(deployed.bench, run) == sorted(planned)


@pytest.mark.parametrize("name", [name for name, (_, expected, _) in CHANGES.items() if expected])
def test_preview_stops_before_anything_is_registered(deployed: Stack, name: str) -> None:
    with changed(deployed.bench, CHANGES[name][0]):
        run = deployed.bench.preview()

    assert run.code != 0
    assert "These changes delete data; nothing was changed (1 problem)" in run.output
    assert "polls-db" in run.output
    assert "3 x 1Gi" in run.output
    assert "--allow-data-loss urn:pulumi:dev::" in run.output
    assert run.steps() == {}


@pytest.mark.usefixtures("quick")
def test_up_stops_and_goes_on_when_allowed(mine: Bench) -> None:
    """`up` is run with --skip-preview. The plan's preview is no permission for it."""
    kind = state_of(mine).kind_cluster
    assert kind is not None
    mine.configure(lambda config: config["pocdeploy:cluster"].update(workers=2))
    stopped = mine.up()
    with allowing(mine, data_loss.IN_PREVIEW):
        still = mine.up()
    nothing = mine.calls.effects()
    with allowing(mine, "urn:other", kind.urn):
        allowed = mine.up()

    assert [stopped.code != 0, still.code != 0, nothing] == [True, True, []]
    assert allowed.code == 0, allowed.output
    assert KIND in allowed.steps()["replace"]


@pytest.mark.usefixtures("quick")
def test_protection_is_switched_off_in_an_up_of_its_own(mine: Bench) -> None:
    kind = state_of(mine).kind_cluster
    assert kind is not None
    mine.configure(lambda config: config["pocdeploy:cluster"].update(protect=True))
    protect = mine.up()
    protected = [it.name for it in state_of(mine).resources.values() if it.protect]
    mine.configure(lambda config: config["pocdeploy:cluster"].update(workers=2))
    with allowing(mine, kind.urn):
        refused = mine.up()
        mine.configure(lambda config: config["pocdeploy:cluster"].update(protect=False))
        at_once = mine.up()
        mine.configure(lambda config: config["pocdeploy:cluster"].update(workers=3))
        before = mine.up()
        mine.configure(lambda config: config["pocdeploy:cluster"].update(workers=2))
        then = mine.up()

    assert protect.steps() == {}
    assert protected == ["test-kind", "polls-namespace", "polls-db"]
    assert "in an `up` of its own" in refused.output
    assert "in an `up` of its own" in at_once.output
    assert [run.code == 0 for run in (protect, refused, at_once, before, then)] == [True, False, False, True, True]
    assert [it.name for it in state_of(mine).resources.values() if it.protect] == []


@pytest.mark.usefixtures("quick")
def test_databases_of_guests(mine: Bench) -> None:
    mine.configure(lambda config: config["pocdeploy:apps"].update(guest=GUEST))
    up = mine.up()
    assert up.code == 0, up.output
    for change in (apps(polls={}), apps(polls={}, guest={**GUEST, "database": False})):
        with changed(mine, change), allowing(mine, data_loss.IN_PREVIEW):
            run = mine.preview()
            assert run.code == 0, run.output
            assert named(mine) == deleted(mine, run) == ["Database guest-db"]
            mine.variables.clear()
            assert mine.preview().code != 0
            mine.variables[data_loss.ALLOWED] = ""
    with changed(mine, apps(polls={}, guest={**GUEST, "database": {}})):
        switched = mine.preview()

    assert switched.code != 0
    assert "pocdeploy:apps.guest.database: a database is not moved to another cluster" in switched.output


@pytest.mark.usefixtures("quick")
def test_forced_replacements_are_named_and_protect_stops_them(mine: Bench) -> None:
    """Plain `pulumi up --replace` does not stop without `protect`: the program cannot see the option."""
    database = state_of(mine).find(DATABASE_CLUSTER, "polls-db")
    assert database is not None
    replace = ("--replace", database.urn)
    run = mine.preview(*replace)
    found = [loss.urn for loss in forced_replacements.losses(state_of(mine), replace)]
    mine.configure(lambda config: config["pocdeploy:cluster"].update(protect=True))
    protect = mine.up()
    mine.pulumi("state", "taint", "--yes", "--stack", mine.stack, database.urn)
    tainted = [loss.reason for loss in forced_replacements.losses(state_of(mine), ())]
    stopped = mine.up()

    assert (deleted(mine, run), found) == (["Cluster polls-db"], [database.urn])
    assert tainted == ["it was marked by `pulumi state taint`"]
    assert (protect.code, stopped.code != 0, protect.steps()) == (0, True, {})
    assert mine.calls.effects() == []


def test_a_renamed_application_keeps_everything(deployed: Stack) -> None:
    def rename(config: dict[str, Any]) -> None:
        for section in ("pocdeploy:apps", "pocdeploy:secrets"):
            config[section]["votes"] = config[section].pop("polls")
        config["pocdeploy:apps"]["votes"]["renamedFrom"] = "polls"

    with changed(deployed.bench, rename):
        run = deployed.bench.preview("--expect-no-changes")

    assert run.code == 0, run.output
    assert run.steps() == {}


def test_destroy_of_a_stack_in_development_is_not_stopped(mine: Bench) -> None:
    """The guard is for changes: plain `pulumi destroy --yes` says what it does."""
    run = mine.destroy()

    assert run.code == 0, run.output
    assert mine.resources() == []


@pytest.mark.usefixtures("quick")
def test_a_new_default_node_image_keeps_the_cluster(mine: Bench) -> None:
    """The program is a copy with another default, as after an update of pocdeploy."""
    copy, original = mine.project / "pocdeploy", ROOT / "pocdeploy"
    copy.unlink()
    shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (original / "versions.py").read_text("utf-8")
    (copy / "versions.py").write_text(text.replace("kindest/node:v1.36.4", "kindest/node:v1.99.0"), "utf-8")
    run = mine.up("--expect-no-changes")

    assert "v1.99.0" in (copy / "versions.py").read_text("utf-8")
    assert run.code == 0, run.output
    assert run.steps() == {}


@pytest.fixture(scope="module")
def on_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    stack, _ = states.load("eks", tmp_path_factory.mktemp("eks") / "bench")
    with engine.attached(stack):
        yield stack


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "other"}, ["Cluster pocdeploy"]),
        ({"owner": "team"}, []),
        ({"version": "1.35"}, []),
        ({"encryptSecrets": True}, []),
    ],
    ids=lambda it: next(iter(it), "nothing"),
)
def test_a_cluster_on_aws(on_aws: Bench, change: dict[str, Any], expected: list[str]) -> None:
    with changed(on_aws, cluster(**change)), allowing(on_aws, data_loss.IN_PREVIEW):
        run = on_aws.preview()
        found = named(on_aws)

    assert found == expected
    assert ("Cluster polls-db" in deleted(on_aws, run)) is bool(expected)


@pytest.mark.parametrize("change", [{"vpcCidr": "10.43.0.0/16"}, {"zones": [f"eu-central-1{it}" for it in "abd"]}])
def test_the_network_of_a_cluster_on_aws_is_fixed(on_aws: Bench, change: dict[str, Any]) -> None:
    with changed(on_aws, cluster(**change)):
        run = on_aws.preview()

    assert run.code != 0
    assert "AWS cannot change the network of a cluster" in run.output


def test_another_owner_keeps_the_storage_class(on_aws: Bench) -> None:
    """Its parameters have the owner as a tag, and Kubernetes cannot change them."""
    with changed(on_aws, cluster(owner="team")):
        run = on_aws.preview()

    assert run.code == 0, run.output
    assert "StorageClass" not in str(run.steps())
    assert "NodeClass pocdeploy-nodes-class" in run.steps()["update"]
