"""Test equipment: a mock of Pulumi's engine that runs the real __main__.py and records the registered resources.

It has no diff, no ordering and no provider: it shows only what the program registers, as plain data.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import json
import os
import runpy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc, set_mocks
from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack, wait_for_rpcs

from tests import fakecluster

ROOT = Path(__file__).parents[2]
SECRET_MARK = rpc._special_secret_sig


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource, as the program registered it."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    deleted_with: str
    protect: bool
    depends_on: tuple[str, ...]
    inputs: dict[str, Any]
    """Inputs with secrets unwrapped."""
    marked: dict[str, Any]
    """Inputs as sent, with the marks of secrets."""
    additional_secret_outputs: tuple[str, ...]
    timeouts: dict[str, str]
    """Operation -> time limit, of those that have one."""
    hooks: dict[str, tuple[str, ...]]
    """Event (``before_create``, ``on_error``, …) -> names of hooks."""
    ignore_changes: tuple[str, ...]
    retain_on_delete: bool
    delete_before_replace: bool
    replacement_trigger: Any

    @property
    def kind(self) -> str:
        return self.type.split(":")[-1]

    @property
    def pod(self) -> dict[str, Any]:
        """Return the pod spec of a workload."""
        spec = self.inputs["spec"]
        pod: dict[str, Any] = spec.get("jobTemplate", {}).get("spec", spec)["template"]["spec"]
        return pod

    @property
    def container(self) -> dict[str, Any]:
        """Return the first container of a workload."""
        container: dict[str, Any] = self.pod["containers"][0]
        return container

    @property
    def environment(self) -> dict[str, Any]:
        """Return the variables of the first container: value, or source of the value."""
        return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in self.container["env"]}


@dataclass
class Recorded:
    """All resources of one run of the program."""

    resources: list[Registered] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    """Objects that were in an existing cluster before."""
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """URN of a component or of the stack -> its outputs, with marks of secrets."""

    def all(self, kind: str) -> list[Registered]:
        return [resource for resource in self.resources if resource.kind == kind]

    def one(self, kind: str, name: str | None = None) -> Registered:
        found = [resource for resource in self.all(kind) if name in (None, resource.name)]
        assert len(found) == 1, f"{len(found)} of {kind} {name or ''}: {[resource.name for resource in found]}"
        return found[0]

    def serving(self) -> list[Registered]:
        """Return the Deployments that serve, without those of processes and caches."""
        component = "app.kubernetes.io/component"
        return [it for it in self.all("Deployment") if it.inputs["metadata"]["labels"][component] == "web"]

    def by_urn(self, urn: str) -> Registered:
        return next(resource for resource in self.resources if resource.urn == urn)

    def components(self) -> list[Registered]:
        return [resource for resource in self.resources if not resource.custom]

    @property
    def stack_outputs(self) -> dict[str, Any]:
        return next(outputs for urn, outputs in self.outputs.items() if "::pulumi:pulumi:Stack::" in urn)


ACCOUNT = "111122223333"
AWS_OUTPUTS: dict[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "aws:ecr/repository:Repository": lambda name, inputs: {
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/{inputs['name']}",
        "registryId": ACCOUNT,
    },
    "aws:eks/cluster:Cluster": lambda name, inputs: {
        "arn": f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/{name}",
        "createdAt": "2026-11-21T08:00:00Z",
        "endpoint": f"https://{name}.eks.example.com",
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": f"sg-{name}"},
    },
    "aws:acm/certificate:Certificate": lambda name, inputs: {
        "arn": f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/{name}",
        "domainValidationOptions": [
            {
                "domainName": host,
                "resourceRecordName": f"_proof.{host}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_proof.acm-validations.aws.",
            }
            for host in [inputs["domainName"], *inputs.get("subjectAlternativeNames", [])]
        ],
    },
    "aws:route53/record:Record": lambda name, inputs: {"fqdn": inputs["name"]},
    "aws:s3/bucket:Bucket": lambda name, _: {"bucket": f"{name}-1a2b3c"},
    "aws:iam/role:Role": lambda name, inputs: {"name": name, "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"},
    "aws:acm/certificateValidation:CertificateValidation": lambda name, inputs: {
        "certificateArn": f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/valid",
    },
    "aws:kms/key:Key": lambda name, inputs: {"arn": f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/{name}"},
}
"""Type -> outputs that the program reads in addition to the inputs, as AWS returns them."""
AWS_ANSWERS: dict[str, dict[str, Any]] = {
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"userName": "AWS", "password": "canary-ecr-token"},
    "aws:route53/getZone:getZone": {"zoneId": "Z0EXAMPLE"},
    "aws:lb/getHostedZoneId:getHostedZoneId": {"id": "Z3NLBEXAMPLE"},
}
"""Functions that a stack on AWS may call: its preview needs AWS in any case."""


class Mocks(mocks.Mocks):
    """The outputs of resources that the program reads. ``deployed`` is the state before: URN -> type and outputs."""

    def __init__(self, deployed: Mapping[str, Any] | None = None) -> None:
        self.deployed = dict(deployed or {})

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        outputs = dict(args.inputs)
        kind = args.typ.split(":")[-1]
        if kind == "Image":
            repository = args.inputs["imageName"].rsplit(":", 1)[0]
            outputs["repoDigest"] = f"{repository}@sha256:{hashlib.sha256(args.name.encode()).hexdigest()}"
        elif kind == "RandomPassword":
            outputs["result"] = {rpc._special_sig_key: SECRET_MARK, "value": f"generated-{args.name}"}
        elif kind == "Command":
            outputs["stdout"] = f"stdout-{args.name}"
        elif args.typ.startswith("kubernetes:") and "metadata" in args.inputs:
            outputs["metadata"] = {"name": f"{args.name}-1a2b3c", "uid": f"uid-{args.name}", **args.inputs["metadata"]}
        elif args.typ in AWS_OUTPUTS:
            outputs |= AWS_OUTPUTS[args.typ](args.name, args.inputs)
        elif args.typ == "kubernetes:core/v1:Service" and not args.inputs:  # read, not created
            outputs["status"] = {"loadBalancer": {"ingress": [{"hostname": f"{args.name}.elb.example.com"}]}}
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        if args.token == "pulumi:pulumi:readStackOutputs":
            return {"outputs": {"url": "http://localhost/"}}  # any: a stack without outputs is read by the CLI
        if args.token == "pulumi:pulumi:readStackResourceOutputs":
            return {"outputs": self.deployed}
        answer = AWS_ANSWERS.get(args.token)
        if answer is None:
            raise AssertionError(f"the program calls {args.token}, for which a preview would need the network")
        return answer


@contextmanager
def _closed_loop() -> Iterator[None]:
    """Close the loop that Pulumi's mocks create in each thread of a pool; they never do, which Python reports later."""
    try:
        yield
    finally:
        if threading.current_thread() is not threading.main_thread():
            with suppress(RuntimeError):  # none was created
                asyncio.get_event_loop().close()
            asyncio.set_event_loop(None)


class Monitor(mocks.MockMonitor):
    def __init__(self, recorded: Recorded, known: Mocks | None = None) -> None:
        super().__init__(known or Mocks())
        self.recorded = recorded

    def Invoke(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        with _closed_loop():
            return super().Invoke(request)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        with _closed_loop():
            return super().ReadResource(request)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        with _closed_loop():
            response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.record(request, response.urn)
        return response

    def record(self, request: Any, urn: str) -> Registered:
        """Add a resource to those that are recorded."""
        marked = json_format.MessageToDict(request.object)
        self.recorded.resources.append(
            Registered(
                urn=urn,
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                provider=request.provider,
                deleted_with=request.deletedWith,
                protect=request.protect,
                depends_on=tuple(request.dependencies),
                inputs=reveal(marked),
                marked=marked,
                additional_secret_outputs=tuple(request.additionalSecretOutputs),
                timeouts=json_format.MessageToDict(request.customTimeouts),
                hooks={event.name: tuple(names) for event, names in request.hooks.ListFields()},
                ignore_changes=tuple(request.ignoreChanges),
                retain_on_delete=request.retainOnDelete,
                delete_before_replace=request.deleteBeforeReplace,
                replacement_trigger=json_format.MessageToDict(request.replacement_trigger),
            )
        )
        return self.recorded.resources[-1]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 -- gRPC's name
        self.recorded.outputs[request.urn] = json_format.MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)


def is_secret(value: Any) -> bool:
    """Return whether a value is marked as a secret."""
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def reveal(value: Any) -> Any:
    """Return a value without the marks of secrets, and with integers (protobuf has only floats)."""
    if is_secret(value):
        return reveal(value["value"])
    if isinstance(value, dict):
        return {key: reveal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [reveal(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def deploy(
    config: Mapping[str, Any],
    folder: Path,
    *,
    stack: str = "dev",
    secrets: Mapping[str, Any] | None = None,
    registry_password: str | None = None,
    monitor: Monitor | None = None,
) -> Recorded:
    """Run the program with a stack's configuration, and return the registered resources.

    Args:
        config: keys without ``pocdeploy:`` -> values, as in a stack file.
        folder: an empty folder to run in. It gets links to the repository's applications and patches.
        stack: name of the stack.
        secrets: decrypted value of ``pocdeploy:secrets``.
        registry_password: decrypted value of ``pocdeploy:registryPassword``.
        monitor: records the resources; by default one that knows no earlier state.
    """
    for name in ("app", "patches", "docs"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    raw = {f"pocdeploy:{key}": json.dumps(value) for key, value in config.items()}
    secret_keys = []
    if secrets is not None:
        raw["pocdeploy:secrets"] = json.dumps(secrets)
        secret_keys = ["pocdeploy:secrets"]
    if registry_password is not None:
        raw["pocdeploy:registryPassword"] = registry_password
        secret_keys.append("pocdeploy:registryPassword")
    monitor = monitor or Monitor(Recorded())
    recorded = monitor.recorded
    recorded.given = fakecluster.objects_for(config)
    # Pulumi's language host passes the configuration in the environment, too.
    environment = {"PULUMI_CONFIG": json.dumps(raw), "PULUMI_CONFIG_SECRET_KEYS": json.dumps(secret_keys)}
    with _working_in(folder), fakecluster.around(config, folder), patch.dict(os.environ, environment):
        contextvars.copy_context().run(_run, raw, secret_keys, stack, monitor)
    return recorded


def _run(raw: dict[str, str], secret_keys: list[str], stack: str, monitor: Monitor) -> None:
    # Each run has its own loop, so that no task of it reaches the next run.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        set_mocks(monitor.mocks, project="pocdeploy", stack=stack, preview=False, monitor=monitor)
        set_all_config(raw, secret_keys)
        # set_mocks creates a stack, which would end before the program has run in it.
        loop.run_until_complete(wait_for_rpcs())
        set_root_resource(None)
        monitor.recorded.outputs.clear()
        loop.run_until_complete(run_in_stack(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")))
    finally:
        # What is left of a run that failed belongs to its loop.
        SETTINGS.outputs.clear()
        SETTINGS.rpc_manager.clear()
        loop.close()
        asyncio.set_event_loop(None)


@contextmanager
def _working_in(folder: Path) -> Any:
    before = Path.cwd()
    os.chdir(folder)
    sys.path.insert(0, str(ROOT))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path.remove(str(ROOT))
