"""Fake provider: replaces kubernetes, command, docker, random and aws, and records every call.

It deploys nothing. The real engine reaches it by PULUMI_DEBUG_PROVIDERS, over gRPC on 127.0.0.1.
"""

# ruff: noqa: N802 -- gRPC's names
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine import values
from tests.engine.calls import Call, Calls
from tests.engine.packages import PACKAGES, Change, Package
from tests.engine.world import RefusedError, UnreadyError, World

_KINDS = provider_pb2.PropertyDiff
Answer = TypeVar("Answer")


class RecordingProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One package's provider."""

    def __init__(self, name: str, behaviour: Package, calls: Calls) -> None:
        self._name = name
        self._behaviour = behaviour
        self._world = behaviour.world
        self._calls = calls
        self._configs: dict[str, dict[str, str]] = {}
        """Connection -> configuration: the engine connects once for each provider resource."""

    def Handshake(self, request: Any, context: Any) -> Any:
        """Decline, as providers do that were built before there was one: the engine then goes by Configure."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "no handshake")

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self._name}"))

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self._name}))

    def Attach(self, request: Any, context: Any) -> Any:
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = (values.reveal(values.decode(bag)) for bag in (request.old_inputs, request.news))
        return _diff_response(self._ask(self._behaviour.diff_config, old, new))

    def Configure(self, request: Any, context: Any) -> Any:
        self._configs[context.peer()] = dict(request.variables)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        with self._call("Check", request, request.news, context) as call:
            checked = self._ask(self._behaviour.check, call, values.decode(request.olds), request.randomSeed)
        return provider_pb2.CheckResponse(inputs=values.encode(checked))

    def Diff(self, request: Any, context: Any) -> Any:
        with self._call("Diff", request, request.news, context) as call:
            old = values.reveal(values.decode(request.old_inputs))
            change = self._ask(self._behaviour.diff, call.kind, old, values.reveal(call.inputs))
        return _diff_response(change)

    def Create(self, request: Any, context: Any) -> Any:
        with self._call("Create", request, request.properties, context) as call:
            if request.preview:
                expected = self._ask(self._behaviour.preview, call, {}, self._config(context))
                return provider_pb2.CreateResponse(properties=values.encode(expected))
            identity, outputs = self._ask(self._behaviour.create, call, self._config(context))
            with _unready(self._world, context, call, identity, outputs):
                self._calls.effected(call)
        return provider_pb2.CreateResponse(id=identity, properties=values.encode(outputs))

    def Update(self, request: Any, context: Any) -> Any:
        with self._call("Update", request, request.news, context) as call:
            old = values.decode(request.olds)
            if request.preview:
                expected = self._ask(self._behaviour.preview, call, old, self._config(context))
                return provider_pb2.UpdateResponse(properties=values.encode(expected))
            outputs = self._ask(self._behaviour.update, call, old, self._config(context))
            with _unready(self._world, context, call, request.id, outputs):
                self._calls.effected(call)
        return provider_pb2.UpdateResponse(properties=values.encode(outputs))

    def Delete(self, request: Any, context: Any) -> Any:
        with self._call("Delete", request, request.old_inputs, context) as call:
            self._ask(self._behaviour.delete, call, self._config(context))
            self._calls.effected(call)
        return Empty()

    def Read(self, request: Any, context: Any) -> Any:
        with self._call("Read", request, request.inputs, context):
            found = self._ask(
                self._behaviour.read, request.id, values.decode(request.properties), self._config(context)
            )
            return provider_pb2.ReadResponse(id=request.id, properties=values.encode(found), inputs=request.inputs)

    def Invoke(self, request: Any, context: Any) -> Any:
        answer = values.encode(self._ask(self._behaviour.invoke, request.tok, values.decode(request.args)))
        return provider_pb2.InvokeResponse(**{"return": answer})

    def _ask(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """Return the behaviour's answer, while no other thread uses the world. A test's rules run outside of this."""
        with self._world.lock:
            return question(*arguments)

    def _config(self, context: Any) -> dict[str, str]:
        return self._configs.get(context.peer(), {})

    @contextmanager
    def _call(self, method: str, request: Any, bag: Any, context: Any) -> Iterator[Call]:
        preview = bool(getattr(request, "preview", False))
        call = Call(self._name, method, request.urn, preview, values.decode(bag))
        try:
            self._calls.begin(call)
            yield call
        except RefusedError as error:
            self._calls.end(call, str(error))
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:
            self._calls.end(call, f"the fake provider failed: {error!r}")
            raise
        else:
            self._calls.end(call)


@contextmanager
def _unready(world: World, context: Any, call: Call, identity: str, outputs: dict[str, Any]) -> Iterator[None]:
    """Add to an error what the engine keeps of an object that is there and not ready."""
    try:
        yield
    except UnreadyError as error:
        with world.lock:
            world.unready.add(values.reveal(outputs)["metadata"]["name"])
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=identity,
                properties=values.encode(outputs),
                reasons=[str(error)],
                inputs=values.encode(call.inputs),
            )
        )
        # google.rpc.Status: code (1), message (2) and details (3).
        status = b"\x08\x02" + b"".join(
            _field(n, it) for n, it in ((2, str(error).encode()), (3, detail.SerializeToString()))
        )
        context.set_trailing_metadata((("grpc-status-details-bin", status),))
        raise


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protobuf message: bytes, preceded by their length."""
    length, rest = b"", len(content)
    while rest > 0x7F:
        length += bytes([rest & 0x7F | 0x80])
        rest >>= 7
    return bytes([number << 3 | 2]) + length + bytes([rest]) + content


def _diff_response(change: Change) -> Any:
    kinds = {"add": (_KINDS.ADD, _KINDS.ADD_REPLACE), "delete": (_KINDS.DELETE, _KINDS.DELETE_REPLACE)}
    both = (_KINDS.UPDATE, _KINDS.UPDATE_REPLACE)
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if change.paths else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=change.replaces,
        diffs=sorted(change.paths),
        deleteBeforeReplace=change.delete_first,
        hasDetailedDiff=True,
        detailedDiff={
            path: _KINDS(kind=kinds.get(kind, both)[path in change.replaces], inputDiff=True)
            for path, kind in change.paths.items()
        },
    )


@contextmanager
def serve(world: World, calls: Calls, folder: Path) -> Iterator[str]:
    """Serve a provider for each package; gives the value of PULUMI_DEBUG_PROVIDERS.

    ``folder`` is the project, which the real providers have as their working directory.
    """
    with ExitStack() as stack:
        addresses = []
        for name, behaviour in PACKAGES.items():
            server = grpc.server(futures.ThreadPoolExecutor(max_workers=64))
            servicer = RecordingProvider(name, behaviour(world, folder), calls)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
            addresses.append(f"{name}:{server.add_insecure_port('127.0.0.1:0')}")
            server.start()
            stack.callback(server.stop, None)
        yield ",".join(addresses)
