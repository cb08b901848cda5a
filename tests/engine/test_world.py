"""The recorder's world under many threads, as two stacks that go up at once use it; no CLI runs here."""

from __future__ import annotations

import json
import sys
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.engine import values
from tests.engine.calls import Calls
from tests.engine.clusterapi import serve_api
from tests.engine.provider import serve
from tests.engine.world import World

WRITERS, READERS, TIMES = 6, 4, 40


@pytest.fixture
def often() -> Iterator[None]:
    """Switch threads a thousand times as often as usual, so that they meet in every statement."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


class Client:
    """The provider of one cluster, as the engine uses it."""

    def __init__(self, providers: str, kubeconfig: str) -> None:
        address = dict(it.split(":") for it in providers.split(","))["kubernetes"]
        self.stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{address}"))
        self.stub.Configure(provider_pb2.ConfigureRequest(variables={"kubernetes:config:kubeconfig": kubeconfig}))

    def create(self, kind: str, version: str, name: str, namespace: str = "default") -> None:
        metadata = {"name": name, "namespace": namespace} if kind != "Namespace" else {"name": name}
        inputs: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": {"instances": 1}}
        urn = f"urn:pulumi:dev::pocdeploy::kubernetes:{version}:{kind}::{name}"
        self.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=values.encode(inputs)))


def start(world: World) -> str:
    kubeconfig = world.create_cluster("one", "hash")
    world.create_release(world.clusters["one"], {"namespace": "default", "name": "cnpg", "chart": "cloudnative-pg"})
    return kubeconfig


@pytest.mark.usefixtures("often")
def test_threads_create_and_list_at_once(tmp_path: Path) -> None:
    world, calls = World(), Calls()
    with serve_api(world) as world.api, serve(world, calls, tmp_path) as providers:
        kubeconfig = start(world)
        root = f"{world.api}/{world.clusters['one'].identity}"

        def write(number: int) -> None:
            client = Client(providers, kubeconfig)
            for time in range(TIMES):
                client.create("Cluster", "postgresql.cnpg.io/v1", f"database-{number}-{time}")
                client.create("Namespace", "v1", f"namespace-{number}-{time}")

        def read(_: int) -> int:
            for _ in range(TIMES):
                with urllib.request.urlopen(f"{root}/api/v1/namespaces") as answer:
                    found = len(json.load(answer)["items"])
            return found

        with ThreadPoolExecutor(WRITERS + READERS) as threads:
            writers = [threads.submit(write, number) for number in range(WRITERS)]
            readers = [threads.submit(read, number) for number in range(READERS)]
            errors = [error for future in (*writers, *readers) if (error := future.exception())]
        there = world.clusters["one"].names()

    assert errors == []
    assert len(there) == 1 + 2 * WRITERS * TIMES
    assert len(calls.effects()) == 2 * WRITERS * TIMES


def test_call_that_is_held_back_does_not_hold_the_world(tmp_path: Path) -> None:
    world, calls, done = World(), Calls(), threading.Event()
    happened: list[bool] = []
    with serve_api(world) as world.api, serve(world, calls, tmp_path) as providers, ThreadPoolExecutor(2) as threads:
        client = Client(providers, start(world))
        calls.when("Create Namespace first", after=lambda _: happened.append(done.wait(10)))
        calls.when("Create Namespace second", after=lambda _: done.set())
        list(threads.map(lambda name: client.create("Namespace", "v1", name), ("first", "second")))
        calls.wait_until_idle(1)

    assert happened == [True]
