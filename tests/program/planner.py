"""Test equipment: what the engine would do, computed while the program registers its resources.

It is faster than the engine, and a model of it: `tests/engine/test_pairs.py` compares both. The rules of the providers
are those of the recording provider (`tests/engine/packages.py`). An output that a provider only knows after an
operation is another one after it, because the engine's preview takes it to be unknown.
"""

from __future__ import annotations

import copy
import gc
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks
from pulumi.runtime import resource as registration
from pulumi.runtime.proto import resource_pb2, source_pb2

from components.stack import application
from components.stack import deployed as state
from pocdeploy.source import build_context
from pocdeploy.source.commit import last_commit
from pocdeploy.stacks import data_loss
from pocdeploy.stacks.deployed import STACK, Deployed, from_outputs
from tests.engine import values
from tests.engine.calls import Call
from tests.engine.packages import PACKAGES
from tests.engine.world import World
from tests.program.recorder import Mocks, Monitor, Recorded, Registered, deploy

_COMPUTED = {"command:local:Command": ("stdout",), "docker:index/image:Image": ("repoDigest",)}
"""Type -> outputs that an update may change."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A resource in the state."""

    registered: Registered
    inputs: dict[str, Any]
    """Inputs as the provider has checked them."""
    outputs: dict[str, Any]
    id: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the plan."""

    op: str
    """create, update, replace or delete; the engine has ``same``, too."""
    urn: str
    old: Stored | None = None
    new: Stored | None = None
    deletes_first: bool = False
    """Whether a replaced resource is deleted before its replacement is created."""
    paths: tuple[str, ...] = ()
    """Properties that differ, of an updated or replaced resource."""

    @property
    def name(self) -> str:
        """Kind and name of the resource."""
        stored = self.new or self.old
        assert stored
        return f"{stored.registered.kind} {stored.registered.name}"

    @property
    def label(self) -> str:
        return f"{self.op} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps from one state to the next."""

    steps: list[Step]
    state: dict[str, Stored]
    refused: str = ""
    """The error with which the program has ended before it registered anything."""


@dataclass
class Planner:
    """A stack, from one configuration to the next."""

    folder: Path
    stack: str = "dev"
    state: dict[str, Stored] = field(default_factory=dict)
    secrets: dict[str, Any] | None = None
    """Decrypted value of ``pocdeploy:secrets``."""
    runs: int = 0

    @property
    def deployed(self) -> Deployed:
        return from_outputs(self._outputs())

    def plan(self, config: Mapping[str, Any], *, allowed: str = "") -> Plan:
        """Return what `up` would do. ``allowed`` are URNs whose data may be deleted."""
        self.runs += 1
        monitor = _Engine(Recorded(), Mocks(self._outputs()), self.state, str(self.runs), self.folder)
        try:
            with patch.dict(os.environ, {data_loss.ALLOWED: allowed}), _quickly(self.deployed):
                needs_password = config.get("cluster", {}).get("registry", {}).get("username")
                deploy(
                    config,
                    self.folder,
                    stack=self.stack,
                    secrets=self.secrets,
                    registry_password="made" if needs_password else None,
                    monitor=monitor,
                )
        except pulumi.RunError as error:
            assert not monitor.state
            return Plan(steps=[], state=self.state, refused=str(error))
        deleted = [Step(op="delete", urn=urn, old=old) for urn, old in self.state.items() if urn not in monitor.state]
        return Plan(steps=[*monitor.steps, *reversed(deleted)], state=monitor.state)

    def up(self, config: Mapping[str, Any], *, allowed: str = "") -> Plan:
        """Go to a configuration; return what was done."""
        plan = self.plan(config, allowed=allowed)
        self.state = plan.state
        return plan

    def _outputs(self) -> dict[str, Any]:
        return {urn: {"outputs": {**it.inputs, **it.outputs}} for urn, it in self.state.items()}


class _Engine(Monitor):
    """Decides on each resource when it is registered, as the engine does."""

    def __init__(self, recorded: Recorded, known: Mocks, before: Mapping[str, Stored], run: str, folder: Path) -> None:
        super().__init__(recorded, known)
        self.before, self.run = before, run
        self.state: dict[str, Stored] = {}
        self.steps: list[Step] = []
        self._packages = {name: behaviour(World(), folder) for name, behaviour in PACKAGES.items()}
        self._deleted_first: set[str] = set()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the engine's URN. That of the base class has only the last type of the parents."""
        start, project, chain, *_ = parent.split("::") if parent else ["", "", STACK]
        chain = type_ if chain == STACK else f"{chain}${type_}"
        return "::".join([start, project, chain, name]) if parent else super().make_urn(parent, type_, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        if request.type == "pulumi:pulumi:Stack":
            return super().RegisterResource(request)
        urn = self.make_urn(request.parent, request.type, request.name)
        assert urn not in self.state, f"registered twice: {urn}"
        registered = self.record(request, urn)
        old = self.before.get(urn)
        step = self._custom(registered, request, old) if request.custom else self._component(registered, old)
        if step.op != "same":
            self.steps.append(step)
        if step.deletes_first:
            self._deleted_first.add(urn)
        assert step.new
        self.state[urn] = step.new
        self.resources[urn] = mocks.MockMonitor.ResourceRegistration(urn, step.new.id, step.new.outputs)
        outputs = json_format.ParseDict(step.new.outputs, resource_pb2.RegisterResourceResponse().object)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=step.new.id, object=outputs)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        request.name = request.id.rpartition("/")[2]  # the object is called so, not its resource
        return super().ReadResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        stored = self.state.get(request.urn)
        if stored is not None:
            stored.outputs.update(values.reveal(values.decode(request.outputs)))
        return super().RegisterResourceOutputs(request)

    def _component(self, registered: Registered, old: Stored | None) -> Step:
        new = Stored(registered=registered, inputs={}, outputs={}, id="")
        return Step(op="same" if old else "create", urn=registered.urn, old=old, new=new)

    def _custom(self, registered: Registered, request: Any, old: Stored | None) -> Step:
        inputs = self._checked(registered, old)
        if old is None:
            return Step(op="create", urn=registered.urn, new=self._fresh(registered, inputs))
        for path in registered.ignore_changes:
            _restore(inputs, old.inputs, path)
        change = self._difference(registered, old.inputs, inputs)
        is_moved = registered.provider != old.registered.provider
        is_triggered = registered.replacement_trigger != old.registered.replacement_trigger
        is_replaced = bool(change.replaces) or is_moved or is_triggered or self._waits_for_deleted(request, old, inputs)
        paths = (*change.paths,)
        if is_replaced:
            first = registered.delete_before_replace or change.delete_first
            new = self._fresh(registered, self._checked(registered, None))  # another name, unless it has one
            return Step(op="replace", urn=registered.urn, old=old, new=new, deletes_first=first, paths=paths)
        op = "update" if change.paths else "same"
        kept = self._kept(registered, inputs, old, is_same=op == "same")
        return Step(op=op, urn=registered.urn, old=old, new=kept, paths=paths)

    def _waits_for_deleted(self, request: Any, old: Stored, inputs: dict[str, Any]) -> bool:
        """Return whether it has to be replaced because a resource that it depends on is deleted first."""
        unknown = dict(inputs)
        for name, found in request.propertyDependencies.items():
            if self._deleted_first & set(found.urns):
                unknown[name] = values.UNKNOWN
        return bool(self._difference(old.registered, old.inputs, unknown).replaces) if unknown != inputs else False

    def _checked(self, registered: Registered, old: Stored | None) -> dict[str, Any]:
        package, inputs = registered.type.partition(":")[0], copy.deepcopy(registered.inputs)
        if package not in self._packages:  # a provider
            return inputs
        call = Call(package, "Check", registered.urn, preview=False, inputs=inputs)
        return self._packages[package].check(call, old.inputs if old else {}, self.run.encode())

    def _difference(self, registered: Registered, old: dict[str, Any], new: dict[str, Any]) -> Any:
        if registered.type.startswith("pulumi:providers:"):
            return self._packages[registered.kind].diff_config(old, new)
        return self._packages[registered.type.partition(":")[0]].diff(registered.kind, old, new)

    def _fresh(self, registered: Registered, inputs: dict[str, Any]) -> Stored:
        """Return a new resource: what the provider gives it is unlike that of any other one."""
        name = f"{registered.name}-{self.run}"
        arguments = mocks.MockResourceArgs(registered.type, name, copy.deepcopy(inputs), custom=True)
        _, outputs = self.mocks.new_resource(arguments)
        if "createdAt" in outputs:
            outputs["createdAt"] = f"{outputs['createdAt']} {self.run}"
        return Stored(registered=registered, inputs=inputs, outputs=outputs, id=f"{name}-id")

    def _kept(self, registered: Registered, inputs: dict[str, Any], old: Stored, *, is_same: bool) -> Stored:
        if is_same:
            return Stored(registered=registered, inputs=inputs, outputs=old.outputs, id=old.id)
        fresh = self._fresh(registered, inputs).outputs
        computed = {name: fresh[name] for name in _COMPUTED.get(registered.type, ())}
        given = copy.deepcopy(inputs)
        for name, value in old.outputs.items():  # what the provider has added inside of an input stays
            before = old.inputs.get(name)
            if isinstance(value, dict) and isinstance(before, dict) and isinstance(given.get(name), dict):
                given[name] |= {key: it for key, it in value.items() if key not in before}
        return Stored(registered=registered, inputs=inputs, outputs={**old.outputs, **given, **computed}, id=old.id)


@contextmanager
def _quickly(deployed: Deployed) -> Iterator[None]:
    """Leave out work that changes no step: another copy of a source, the way of the state through messages."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(build_context, "prepare", _prepared_once))
        stack.enter_context(patch.object(application, "last_commit", _commit))
        stack.enter_context(patch.object(state, "read", lambda: deployed))
        stack.enter_context(patch.object(registration, "_get_stack_trace", source_pb2.StackTrace))
        gc.disable()
        stack.callback(gc.enable)
        yield


_prepare, _commit_of, _PREPARED = build_context.prepare, cache(last_commit), dict[Path, str]()


def _commit(source: Path, patches: Path | None) -> str | None:
    return _commit_of(source.resolve(), patches.resolve() if patches else None)


def _prepared_once(source: Path, target: Path, **options: Any) -> list[Path]:
    """Copy a source, unless its copy is there."""
    given, place = f"{source} {options}", target.absolute()
    applied = [] if _PREPARED.get(place) == given else _prepare(source, target, **options)
    _PREPARED[place] = given
    return applied


def stored(resources: Sequence[Mapping[str, Any]]) -> dict[str, Stored]:
    """Return the state that `pulumi stack export --show-secrets` gives, without what the engine adds itself."""
    found = [it for it in resources if it["type"] != STACK and "::pulumi:providers:" not in it["urn"]]
    return {it["urn"]: _stored(it) for it in found if not it.get("external")}


def _stored(resource: Mapping[str, Any]) -> Stored:
    inputs, outputs = (_plain(resource.get(side) or {}) for side in ("inputs", "outputs"))
    if resource["type"].startswith("pulumi:providers:"):
        inputs = {key: value for key, value in inputs.items() if key not in ("__internal", "version")}
    provider = resource.get("provider", "")
    registered = Registered(
        urn=resource["urn"],
        type=resource["type"],
        name=resource["urn"].rpartition("::")[2],
        custom=resource["custom"],
        parent=resource.get("parent", ""),
        provider="" if "::pulumi:providers:" in provider else provider,
        deleted_with=resource.get("deletedWith", ""),
        protect=resource.get("protect", False),
        depends_on=(),
        inputs=inputs,
        marked=inputs,
        additional_secret_outputs=(),
        timeouts={},
        hooks={},
        ignore_changes=(),
        retain_on_delete=resource.get("retainOnDelete", False),
        delete_before_replace=False,
        replacement_trigger=resource.get("replacementTrigger"),
    )
    return Stored(registered=registered, inputs=inputs, outputs=outputs, id=resource.get("id", ""))


def _plain(value: Any) -> Any:
    """Return a value of an exported state without the marks of secrets."""
    if isinstance(value, dict):
        return json.loads(value["plaintext"]) if "plaintext" in value else {k: _plain(it) for k, it in value.items()}
    return [_plain(it) for it in value] if isinstance(value, list) else value


def _restore(inputs: dict[str, Any], old: dict[str, Any], path: str) -> None:
    """Give a property its old value, whatever the program wants."""
    *parts, last = re.findall(r"[^.\[\]]+", path)
    new_place: Any = inputs
    old_place: Any = old
    for part in parts:
        key = int(part) if part.isdecimal() else part
        try:
            new_place, old_place = new_place[key], old_place[key]
        except (KeyError, IndexError):
            return
    if last in old_place:
        new_place[last] = old_place[last]
    else:
        new_place.pop(last, None)
