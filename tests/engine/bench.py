"""A bench for one stack: a temporary project with a state of its own, the CLI, and the recording provider.

Nothing of the user's is read or written: not ``~/.pulumi``, not the repository, not its ``.pocdeploy``.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from pocdeploy import filelock
from pocdeploy import process as pocdeploy_process
from pocdeploy.config import stack_file
from pocdeploy.kube import kubeconfig
from pocdeploy.stacks import lock_recovery
from pocdeploy.toolchain import install
from tests import fakecluster
from tests.engine.calls import Call, Calls
from tests.engine.clusterapi import serve_api
from tests.engine.provider import serve
from tests.engine.world import World

ROOT = Path(__file__).parents[2]
PROJECT = "pocdeploy"
_COPIED = ("app", "patches")
_LINKED = ("Pulumi.yaml", "__main__.py", "components", "pocdeploy", "docs")
_SAVED_AT_THE_END = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
_TIMEOUT = 180  # seconds; an engine that hangs shall fail the test, not stop it


@dataclass(frozen=True, kw_only=True)
class Run:
    """How one run of the CLI ended."""

    code: int
    output: str
    """What it wrote, stdout and stderr."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """The engine's events."""

    def steps(self) -> dict[str, list[str]]:
        """Return operation -> the resources that it was or is to be done to, without those that stay the same.

        The engine's provider for its own functions is left out: it holds nothing, and the CLI does not show it.
        """
        found: dict[str, list[str]] = {}
        for event in self.events:
            metadata = event.get("resourcePreEvent", {}).get("metadata", {})
            if metadata.get("op", "same") not in ("same", "read") and metadata["type"] != "pulumi:providers:pulumi":
                found.setdefault(metadata["op"], []).append(label(metadata))
        return {op: sorted(labels) for op, labels in found.items()}

    def errors(self) -> str:
        """Return the engine's error messages."""
        diagnostics = [event.get("diagnosticEvent", {}) for event in self.events]
        return "\n".join(it["message"] for it in diagnostics if it.get("severity") == "error")


@dataclass
class Bench:
    """One project with one state, and what its providers did."""

    folder: Path
    stack: str = "dev"
    world: World = field(default_factory=World)
    calls: Calls = field(default_factory=Calls)
    providers: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """Further environment of the CLI."""
    saves_each_step: bool = True
    """Whether the state is written after each step, as it is unless Pulumi is told otherwise, or when a run has ended:
    that takes half a second of processor time less, and is the same for runs that do end."""

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def state_file(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / PROJECT / f"{self.stack}.json"

    @property
    def stack_file(self) -> Path:
        return self.project / f"Pulumi.{self.stack}.yaml"

    def beside(self, stack: str) -> Bench:
        """Return a bench for another stack of the same project, in the same world and with the same providers."""
        return replace(self, stack=stack)

    def environment(self) -> dict[str, str]:
        """Return the environment of the CLI: no variable of Pulumi's comes from the person who runs the tests."""
        others = ("PULUMI_", "KUBE", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return {
            **inherited,
            # As in pocdeploy.environment: some language hosts take the first Python of PATH, not that of Pulumi.yaml.
            "PATH": os.pathsep.join(
                [
                    str(ROOT / "tests" / "engine" / "standins" / "bin"),
                    str(self.project / ".venv" / "bin"),
                    str(ROOT / ".pocdeploy" / "bin"),
                    inherited.get("PATH", os.defpath),
                ]
            ),
            "HOME": str(self.folder / "home"),
            "PULUMI_HOME": str(self.folder / "home" / ".pulumi"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "tests-only",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # The providers are served here; otherwise every run tries five times to fetch their plugins.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "GOGC": "400",  # memory is there, and the collector takes a tenth of the CLI's processor time
            "PULUMI_DEBUG_COMMANDS": "1",  # for --event-log
            "PULUMI_DEBUG_PROVIDERS": self.providers,
            **self.variables,
            "NO_PROXY": "127.0.0.1",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the CLI in the project, in a process group of its own."""
        variables = self.environment()
        if arguments[0] in ("up", "destroy") and not self.saves_each_step:
            variables |= _SAVED_AT_THE_END
        program = shutil.which("pulumi", path=variables["PATH"])
        assert program, "the fixture `cli` brings it"
        return subprocess.Popen(
            [program, "--non-interactive", "--color=never", *arguments],
            cwd=self.project,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,  # not a session of its own, to which `nice` would mean nothing
        )

    def pulumi(self, *arguments: str) -> Run:
        """Run the CLI to its end."""
        process = self.start(*arguments)
        try:
            output, _ = process.communicate(timeout=_TIMEOUT)
        finally:
            _end_group(process)
        return Run(code=process.returncode, output=output)

    def operate(self, verb: str, *options: str, watch: Callable[[subprocess.Popen[str]], None] | None = None) -> Run:
        """Run ``preview``, ``up`` or ``destroy``, with its events. ``watch`` gets the process as soon as it runs."""
        log = self.folder / f"events-{self.stack}.jsonl"
        log.unlink(missing_ok=True)
        confirmed = () if verb == "preview" else ("--yes", "--skip-preview")
        process = self.start(verb, "--stack", self.stack, "--event-log", str(log), *confirmed, *options)
        try:
            if watch:
                watch(process)
            output, _ = process.communicate(timeout=_TIMEOUT)
        finally:
            _end_group(process)
        self.calls.wait_until_idle(_TIMEOUT)
        return Run(code=process.returncode, output=output, events=_events(log))

    def up(self, *options: str) -> Run:
        return self.operate("up", *options)

    def preview(self, *options: str) -> Run:
        return self.operate("preview", *options)

    def destroy(self, *options: str) -> Run:
        return self.operate("destroy", *options)

    def begin(self) -> None:
        """Create the stack as `pulumi stack init` does, with nothing in it. Its first run makes the encryption salt."""
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        checkpoint = {"stack": f"organization/{PROJECT}/{self.stack}", "latest": None}
        self.state_file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}), "utf-8")
        # Without it the CLI takes the folder for one of its first format, without projects.
        (self.folder / "state" / ".pulumi" / "meta.yaml").write_text("version: 1\n", "utf-8")

    def configure(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the stack's configuration."""
        document = stack_file.document(self.stack_file)
        config = copy.deepcopy(document.data["config"])
        change(config)
        stack_file.write(self.stack_file, document.set(("config",), config).text)

    def set_secret(self, application: str, name: str, value: str) -> None:
        """Set a secret as a person does."""
        key = f"pocdeploy:secrets.{application}.{name}"
        run = self.pulumi("config", "set", "--stack", self.stack, "--secret", "--path", key, value)
        assert run.code == 0, run.output

    def recover(self) -> list[str]:
        """Put away what a killed run has left, as the commands of pocdeploy do."""
        return lock_recovery.recover(self.folder / "state", PROJECT, self.stack, self._result)

    def _result(self, *arguments: str) -> pocdeploy_process.Result:
        run = self.pulumi(*arguments)
        return pocdeploy_process.Result(code=run.code, stdout=run.output)

    def state(self) -> dict[str, Any]:
        """Return the deployment in the state file, secrets encrypted as they are there."""
        deployment: dict[str, Any] = json.loads(self.state_file.read_text("utf-8"))["checkpoint"]["latest"] or {}
        return deployment

    def resources(self) -> list[str]:
        """Return type and name of the resources in the state, without the engine's provider for its own functions."""
        listed = self.state().get("resources", [])
        return sorted(label(it) for it in listed if it["type"] != "pulumi:providers:pulumi")


def copy_of(original: Bench, folder: Path) -> Bench:
    """Return another bench with the same project, state and world; what is done to it leaves the original alone."""
    shutil.copytree(original.folder, folder, symlinks=True)
    return Bench(folder, stack=original.stack, world=World.from_json(original.world.to_json()))


def make_project(folder: Path, stack_file: Path, stack: str) -> None:
    """Lay out a project for a stack's file: the program is linked, what a test may change is copied."""
    project = folder / "project"
    project.mkdir(parents=True)
    (folder / "state").mkdir()
    # Where the CLI cannot have a folder for its encrypted log of every run, it does without, and is faster.
    logs = folder / "home" / ".pulumi" / "logs"
    logs.parent.mkdir(parents=True)
    logs.touch()
    for name in _LINKED:
        (project / name).symlink_to(ROOT / name)
    for name in _COPIED:
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    (project / ".venv").symlink_to(sys.prefix)
    shutil.copyfile(stack_file, project / f"Pulumi.{stack}.yaml")


def make_archives(project: Path, config: Mapping[str, Any]) -> None:
    """Put empty files where a stack's charts are, which its owner brings."""
    for chart in config.get("pocdeploy:charts", {}).values():
        if chart.get("source", "").endswith(".tgz"):
            archive = project / chart["source"]
            archive.parent.mkdir(parents=True, exist_ok=True)
            archive.touch()


@contextmanager
def attached(bench: Bench) -> Iterator[Bench]:
    """Serve the bench's providers, and the API of its clusters."""
    with serve_api(bench.world) as api, serve(bench.world, bench.calls, bench.project) as providers:
        bench.world.api = api
        bench.providers = providers
        provide(bench)
        yield bench


def provide(bench: Bench) -> None:
    """Let there be the cluster that a stack takes as it is, with a kubeconfig where the stack's file says."""
    given = stack_file.document(bench.stack_file).data["config"]
    config = {key.removeprefix("pocdeploy:"): value for key, value in given.items()}
    if not fakecluster.is_existing(config) or "kubeconfig" not in config["cluster"]:
        return
    cluster = config["cluster"]
    path = cluster["kubeconfig"].replace("~", str(bench.folder / "home"))
    file, named = kubeconfig.locate(path, bench.project), kubeconfig.in_state(path, bench.project)
    registry = cluster["registry"]
    address = bench.world.add_existing(
        named, fakecluster.objects_for(config), push=registry["push"], pull=registry.get("pull", registry["push"])
    )
    fakecluster.write_kubeconfig(file, address, cluster["context"])


def cli() -> None:
    """Make sure that there is a CLI; of several processes of tests one builds it. Raises PreflightError."""
    with filelock.hold(ROOT / ".pocdeploy" / "engine-tests.lock", "install Pulumi", timeout=3600):
        install.ensure(ROOT, wanted=("pulumi",))


def label(resource: Mapping[str, Any]) -> str:
    """Return kind and name of a resource of the state or of an event."""
    return f"{resource['type'].rsplit(':', 1)[-1]} {resource['urn'].rsplit('::', 1)[-1]}"


def ordered(*calls: Call) -> bool:
    """Whether each call had ended before the next one began."""
    return all(one.ended is not None and one.ended < other.began for one, other in pairwise(calls))


def _end_group(process: subprocess.Popen[str]) -> None:
    """End what the CLI left behind if it was killed: the language host and the program."""
    if process.poll() is None:
        process.kill()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _events(log: Path) -> list[dict[str, Any]]:
    if not log.is_file():
        return []
    lines = log.read_text("utf-8").splitlines()
    # The last line of a killed run may be cut off.
    return [json.loads(line) for line in lines if line.endswith("}")]
