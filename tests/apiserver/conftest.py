"""One API server for all tests, and each stack of the program applied to it in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.apiserver import made, objects, tools
from tests.apiserver.client import Api, Refused
from tests.apiserver.objects import Object
from tests.apiserver.references import World
from tests.apiserver.server import running
from tests.program.conftest import any_stack, rich, two  # noqa: F401 -- fixtures: the stacks that the program is run for
from tests.program.recorder import ROOT, Recorded

ONE_STACK = pytest.mark.parametrize("any_stack", [ROOT / "Pulumi.dev.yaml"], indirect=True, ids=["Pulumi.dev"])
"""For tests that break an object: whether a check finds it does not depend on the stack."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A stack whose objects were applied."""

    recorded: Recorded
    objects: list[Object]
    """As the server stores them."""
    refused: list[str]
    """The server's words about each object that it did not take."""
    warnings: list[str]
    """What the server warned of meanwhile."""
    world: World
    """These objects, and what cluster, charts and operators make."""


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Yield a client of a fresh API server that knows the custom resources."""
    etcd, kube_apiserver = tools.find_or_build(tools.ETCD), tools.find_or_build(tools.KUBE_APISERVER)
    files = list(tools.definitions())
    with running(etcd, kube_apiserver, tmp_path_factory.mktemp("apiserver")) as client:
        texts = [*(file.read_text(encoding="utf-8") for file in files), made.NODE_CLASS]
        for definition in [client.define(text) for text in texts]:
            client.established(definition)
        yield client


@pytest.fixture(scope="session")
def applied(api: Api, any_stack: Recorded) -> Iterator[Applied]:  # noqa: F811
    """Yield each stack with its objects applied; afterwards they are deleted, so no stack finds another's."""
    api.warnings.clear()
    stored, refused = [], []
    for each in objects.of_program(any_stack):
        try:
            stored.append(api.apply(each))
            if each["kind"] == "Namespace":
                stored.append(api.apply(made.default_account(each["metadata"]["name"])))
        except Refused as refusal:
            refused.append(f"{objects.label(each)}: {refusal}")
    others = [*made.by_the_cluster(any_stack, stored), *made.by_charts(any_stack)]
    others += made.by_operators([*stored, *others])
    yield Applied(
        recorded=any_stack,
        objects=stored,
        refused=refused,
        warnings=list(api.warnings),
        world=World.of([*stored, *others]),
    )
    for each in reversed(stored):  # namespaces last, as they came first
        api.delete(each)
