"""From nothing to a running stack: the first preview, the first `up`, and the order in it."""

from __future__ import annotations

import pytest

from tests.engine.bench import ordered
from tests.engine.calls import Calls
from tests.engine.conftest import Deployed


def test_the_first_preview_shows_everything_and_creates_nothing(deployed: Deployed) -> None:
    assert deployed.preview.code == 0, deployed.preview.output
    assert deployed.previewed.effects() == []
    assert list(deployed.preview.steps()) == ["create"]
    assert deployed.preview.errors() == ""


def test_the_first_up_creates_what_the_preview_has_shown(deployed: Deployed) -> None:
    assert deployed.up.steps() == deployed.preview.steps()
    assert {call.method for call in deployed.upped.effects()} == {"Create"}
    assert [call.label for call in deployed.upped.effects() if call.error] == []


def test_the_program_calls_no_function_of_a_provider(deployed: Deployed) -> None:
    """A preview would need the network for it."""
    methods = {call.method for call in (*deployed.previewed.log, *deployed.upped.log)}

    assert methods <= {"Check", "Diff", "Create"}


@pytest.mark.parametrize(
    "chain",
    [
        ["Command test-registry", "Command test-connect"],
        ["Command test-kind", "Command test-connect", "Namespace polls-namespace"],
        ["Command test-registry", "Image polls-image", "Job polls-migrate"],
        ["Namespace cnpg-system-namespace", "Release cnpg", "Cluster polls-db"],
        ["Namespace gateway-namespace", "Release traefik"],
        ["Namespace polls-namespace", "Cluster polls-db", "Job polls-migrate", "Job polls-admin"],
        ["Job polls-admin", "Deployment polls-deployment"],
        ["Cluster polls-db", "ConfigMap polls-db-verified"],
        ["NetworkPolicy polls-network", "Job polls-migrate"],
        ["Secret polls-credentials-environment", "Job polls-migrate"],
        ["Secret polls-credentials-admin", "Job polls-admin"],
        ["Secret monitoring-grafana-admin", "Release monitoring", "PodMonitor polls-pod-monitor"],
    ],
    ids=" before ".join,
)
def test_each_step_ends_before_the_next_begins(deployed: Deployed, chain: list[str]) -> None:
    assert ordered(*(deployed.upped.one(f"Create {label}") for label in chain))


def test_every_object_is_made_after_its_namespace(deployed: Deployed) -> None:
    namespaces = {it.inputs["metadata"]["name"]: it for it in deployed.upped.effects() if it.kind == "Namespace"}
    own = [(label, namespaces[name]) for label, name in in_namespaces(deployed.upped) if name in namespaces]

    assert set(namespaces) == {"polls", "cnpg-system", "gateway", "monitoring"}
    assert len(own) > 20
    assert [label for label, namespace in own if not ordered(namespace, deployed.upped.one(label))] == []


def in_namespaces(calls: Calls) -> list[tuple[str, str]]:
    """Return label and namespace of everything that was created in one."""
    found = []
    for call in calls.effects():
        namespace = call.inputs.get("metadata", call.inputs).get("namespace")
        if call.package == "kubernetes" and namespace:
            found.append((call.label, namespace))
    return found


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ("Create Command test-kind", "the image is built while the cluster is being made"),
        ("Create Namespace polls-namespace", "the monitoring does not wait for the application"),
        ("Create Release monitoring", "the application does not wait for the monitoring"),
        ("Create ConfigMap polls-db-verified", "the application does not wait for the database's replicas"),
    ],
)
def test_what_does_not_depend_goes_on(deployed: Deployed, held: str, why: str) -> None:
    assert deployed.held[held], why
