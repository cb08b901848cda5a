"""The stacks of tests/changing, deployed on the real engine with two applications, to compare it with the planner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pocdeploy.config import stack_file
from pocdeploy.stacks.deployed import Deployed, from_export
from tests import fakecluster
from tests.changing import stacks
from tests.changing.observe import Preview, after, units
from tests.changing.rows import Row
from tests.changing.stacks import EXISTING, FILES
from tests.engine import bench as engine
from tests.engine.bench import ROOT, Bench, label


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack."""

    bench: Bench
    config: stacks.Config
    state: Deployed

    @property
    def root(self) -> Path:
        return self.bench.project

    def preview(self, batch: Mapping[Row, str]) -> Preview:
        before = self.bench.stack_file.read_text("utf-8")
        wanted = after(self, batch)
        wanted["apps"] = {name: app for name, app in wanted["apps"].items() if name in self.config["apps"]}
        self.bench.configure(lambda config: _replace(config, wanted))
        try:
            with beside(self.bench, batch):
                run = self.bench.preview()
        finally:
            self.bench.stack_file.write_text(before, "utf-8")
        events = (it.get("resourcePreEvent", {}).get("metadata") for it in run.events)
        steps = [(it["op"], label(it), [*(it.get("detailedDiff") or ())]) for it in events if it]
        return Preview(units=units(steps), refused=run.errors() if run.code else "")


@contextmanager
def deployed(folder: Path, cluster: str, apps: Sequence[str]) -> Iterator[Stack]:
    """Deploy the stack of a type of cluster, with everything that the changes name, and these applications."""
    engine.make_project(folder, ROOT / FILES[cluster], cluster)
    bench = Bench(folder, stack=cluster, saves_each_step=False)
    bench.begin()
    bench.configure(lambda config: _replace(config, stacks.config(cluster, apps)))
    stacks.add_sources(bench.project)
    with engine.attached(bench):
        for path, value in stacks.SECRETS.items():
            if cluster == EXISTING or "registry" not in path:
                run = bench.pulumi("config", "set", "--stack", cluster, "--secret", "--path", path, value)
                assert run.code == 0, run.output
        run = bench.up()
        assert run.code == 0, run.output
        _add_objects(bench, cluster)
        written = stack_file.config(bench.project, cluster) or {}
        config = {key.removeprefix("pocdeploy:"): value for key, value in written.items()}
        yield Stack(bench=bench, config=config, state=from_export({"deployment": bench.state()}))


def _replace(config: dict[str, Any], wanted: stacks.Config) -> None:
    """Replace all sections of a stack file."""
    config.clear()
    config.update({f"pocdeploy:{section}": value for section, value in wanted.items()})


def _add_objects(bench: Bench, cluster: str) -> None:
    """Add what the changes need in a cluster that existed before, and a second kubeconfig and context for it."""
    if cluster != EXISTING:
        return
    (existing,) = bench.world.existing.values()
    existing.given += [fakecluster.node("linux/arm64"), fakecluster.storage_class("premium-rwo", default=False)]
    for it in existing.given:
        if it["kind"] == "StorageClass":
            it["allowVolumeExpansion"] = True  # as on GKE
    file = bench.project / ".pocdeploy" / "gke.kubeconfig"
    found = _contexts(file)
    file.write_text(found, "utf-8")
    file.with_name("copy.kubeconfig").write_text(found, "utf-8")
    bench.world.copies[".pocdeploy/copy.kubeconfig"] = ".pocdeploy/gke.kubeconfig"


def _contexts(file: Path) -> str:
    """Return a kubeconfig in which each context has a second name."""
    content = yaml.safe_load(file.read_text("utf-8"))
    wanted = next(it for it in content["contexts"] if it["name"] != content["current-context"])
    return yaml.safe_dump({**content, "contexts": [*content["contexts"], {**wanted, "name": "renamed"}]})


_BESIDE = {
    "databaseOperator.install": [fakecluster.namespace("cnpg"), fakecluster.operator("cloudnative-pg", "cnpg")],
    "monitoring.install": [
        fakecluster.namespace("prometheus"),
        fakecluster.operator("prometheus-operator", "prometheus"),
    ],
    "gateway.install": [fakecluster.namespace("ingress"), fakecluster.ingress_class("nginx", place="ingress")],
}
"""Key of an existing cluster -> what is in the cluster when it changes. Before, it would be a conflict."""


@contextmanager
def beside(bench: Bench, batch: Iterable[Row]) -> Iterator[None]:
    """Let there be what the changes of a batch find in the cluster, for a while."""
    added = [it for row in batch for it in _BESIDE.get(row.key.removeprefix("cluster (existing)."), ())]
    for cluster in bench.world.existing.values():
        cluster.given += added
    yield
    for cluster in bench.world.existing.values():
        cluster.given = [it for it in cluster.given if it not in added]
