"""No two owners of one name: every application name that would lead to one is in the lists of `config/names.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest

from pocdeploy.config import names
from tests.program.recorder import Recorded, deploy
from tests.program.test_existing import CLUSTER, USED

OWNER, GUEST = "aaa", "zzz"
"""Applications whose names occur in no other word."""
POLLS = {"path": "app/polls", "patches": "patches/polls"}
COPY = {"backup": "b", "mask": "docs/stacks/mask-polls.sql"}
PARTS = {
    "processes": {"worker": "./work"},
    "cron": [{"name": "clean", "schedule": "@daily", "command": "./clean"}],
    "cache": {"queue": True},
    "volumes": {"media": {"path": "/app/media", "size": "1Gi"}},
    "allowBreakingMigration": True,
}
APPS = {
    OWNER: {**POLLS, **PARTS, "database": {"recovery": COPY}, "connections": {"internet": True, "apps": [GUEST]}},
    GUEST: {**POLLS, **PARTS, "database": {"shared": OWNER}, "commands": {"smoke": None}},
}
STACKS = {
    "kind": {"apps": APPS, "monitoring": {"profile": "full", "clusterBrowser": "admin"}, "backups": {"store": "local"}},
    "existing": {"apps": APPS, "cluster": {**CLUSTER, **USED}},
}

Name = tuple[str, str]
"""What must be unique (a type in Pulumi, a kind in a namespace, hooks), and a name."""


@pytest.fixture(scope="module", params=STACKS)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Name]:
    return [*names_of(deploy(STACKS[request.param], tmp_path_factory.mktemp("names"), stack="try"))]


def names_of(stack: Recorded) -> Iterable[Name]:
    for resource in stack.resources:
        yield resource.urn.split("::")[2], resource.name
        metadata = resource.inputs.get("metadata") or {}
        if isinstance(metadata, dict) and metadata.get("name"):
            yield f"{resource.kind} in {metadata.get('namespace', '')}", metadata["name"]
    yield from {("hook", name) for resource in stack.resources for all_ in resource.hooks.values() for name in all_}


def of(app: str, found: list[Name]) -> list[Name]:
    return [(what, name) for what, name in found if app in name]


def renamed(app: str, other: str, found: list[Name]) -> list[Name]:
    return [(what.replace(app, other), name.replace(app, other)) for what, name in of(app, found)]


def parts(found: list[Name]) -> set[str]:
    """Return the words of what follows or precedes an application's name in a name, and their combinations."""
    texts = {tuple(name.replace(app, "").split("-")) for app in (OWNER, GUEST) for _, name in of(app, found)}
    return {
        "-".join(words[i:j]) for words in texts for i in range(len(words)) for j in range(i + 1, len(words) + 1)
    } - {""}


def test_names_of_two_applications_differ(found: list[Name]) -> None:
    for first, second, part in product((OWNER, GUEST), (OWNER, GUEST), parts(found)):
        name = f"{first}-{part}"
        same = {*of(first, found)} & {*renamed(second, name, found)}

        assert not same or [*names.collisions([first, name])], f"{name} beside {first}: {same}"


def test_names_of_one_application_differ(found: list[Name]) -> None:
    for app, part in product((OWNER, GUEST), parts(found)):
        twice = [it for it, count in Counter(renamed(app, part, found)).items() if count > 1]

        assert not twice or (app == GUEST and part in names.OF_GUESTS), f"{part}: {twice}"


def test_names_of_application_and_platform_differ(found: list[Name]) -> None:
    platform = {*found} - {*of(OWNER, found)} - {*of(GUEST, found)}
    words = {"-".join(name.split("-")[:length]) for _, name in platform for length in (1, 2, 3)} - {""}
    for app, word in product((OWNER, GUEST), words):
        same = platform & {*renamed(app, word, found)}

        assert not same or [*names.collisions([word])], f"{word}: {same}"


def test_lists_have_no_name_that_could_be_used(tmp_path: Path) -> None:
    """Each of them would lead to two owners."""
    stack = [*names_of(deploy(STACKS["kind"], tmp_path, stack="try"))]

    for part in names.PARTS:
        assert {*of(OWNER, stack)} & {*renamed(OWNER, f"{OWNER}-{part}", stack)}, part
    for word in names.TARGETS | names.NAMESPACES - {"default"}:
        assert {*stack} & {*renamed(OWNER, word, stack)}, word
