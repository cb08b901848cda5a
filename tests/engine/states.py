"""Stacks as the last two releases deployed them: `python -m tests.engine.states` records those of the checkout.

A folder has the date of the commit that deployed its stacks. A file holds what a later program needs to preview such a
stack: the state that the engine wrote, the stack's settings with their encryption salt, and the contents of the
recording provider's world.
"""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.engine import bench as engine
from tests.engine.bench import ROOT, Bench
from tests.engine.conftest import new_bench
from tests.engine.world import World, key_of

FOLDER = Path(__file__).parent / "states"
KEPT = 2
"""Releases whose states are kept."""
SOURCES = {
    "dev": "Pulumi.dev.yaml",
    "both": "Pulumi.both.yaml",
    "eks": "Pulumi.eks.yaml",
    "gke": "docs/stacks/gke.yaml",
    "k3d": "docs/stacks/k3d.yaml",
}
"""Name of a state -> the stack file it comes from. The last two are clusters that existed before."""
_PLACE = "/folder-of-the-bench"
"""Replaces the one path of this machine that occurs in a state."""

_ORIGINS = ("sourcePosition", "stackTrace", "created", "modified")
"""Where and when a resource was registered: not compared by the engine, and different on every machine."""


def releases() -> list[str]:
    """Return the releases with recorded states, oldest first."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def file_of(release: str, name: str) -> Path:
    return FOLDER / release / f"{name}.json.xz"


def record(release: str, name: str, folder: Path) -> None:
    """Deploy a stack from nothing, and write its state."""
    bench = new_bench(folder, ROOT / SOURCES[name], name)
    bench.saves_each_step = False
    bench.set_secret("polls", "SECRET_KEY", "a-secret-set-by-the-owner")
    with engine.attached(bench):
        run = bench.up()
        assert run.code == 0, run.output
    state = json.loads(bench.state_file.read_text("utf-8"))
    for resource in state["checkpoint"]["latest"]["resources"]:
        for origin in _ORIGINS:
            resource.pop(origin, None)
    kept = {
        "commit": _commit("%H"),
        "settings": bench.stack_file.read_text("utf-8"),
        "state": state,
        "world": json.loads(bench.world.to_json()),
    }
    text = json.dumps(kept).replace(str(bench.folder), _PLACE)
    file_of(release, name).parent.mkdir(parents=True, exist_ok=True)
    file_of(release, name).write_bytes(lzma.compress(text.encode(), preset=lzma.PRESET_EXTREME))


def load(name: str, folder: Path, *, release: str | None = None) -> tuple[Bench, str]:
    """Lay out a project with a recorded state, by default of the last release; return it with the commit."""
    text = lzma.decompress(file_of(release or releases()[-1], name).read_bytes()).decode()
    kept = json.loads(text.replace(_PLACE, str(folder)))
    engine.make_project(folder, ROOT / SOURCES[name], name)
    bench = Bench(folder, stack=name, world=World.from_json(json.dumps(kept["world"])))
    _set_uids(bench.world, kept["state"]["checkpoint"]["latest"]["resources"])
    bench.stack_file.write_text(kept["settings"], "utf-8")
    bench.state_file.parent.mkdir(parents=True)
    bench.state_file.write_text(json.dumps(kept["state"]), "utf-8")
    # Without it the CLI takes the folder for one of its first format, without projects.
    (folder / "state" / ".pulumi" / "meta.yaml").write_text("version: 1\n", "utf-8")
    return bench, kept["commit"]


def _set_uids(world: World, resources: list[dict[str, Any]]) -> None:
    """Give the objects of a recorded world, which has one cluster, the uids in the state."""
    (cluster,) = world.all_clusters()
    for resource in resources:
        metadata = resource.get("outputs", {}).get("metadata", {})
        if isinstance(metadata, dict) and "uid" in metadata:
            cluster.uids["/".join(key_of(resource["outputs"]))] = metadata["uid"]


def _commit(form: str) -> str:
    return subprocess.check_output(["git", "show", "-s", f"--format={form}", "HEAD"], cwd=ROOT, text=True).strip()


def main() -> None:
    engine.cli()
    release = _commit("%cs")
    for name in SOURCES:
        with tempfile.TemporaryDirectory() as folder:
            record(release, name, Path(folder) / "bench")
        file = file_of(release, name)
        sys.stdout.write(f"{file.relative_to(ROOT)}: {file.stat().st_size} bytes\n")
    for old in releases()[:-KEPT]:
        shutil.rmtree(FOLDER / old)
        sys.stdout.write(f"{old}: removed\n")


if __name__ == "__main__":
    main()
