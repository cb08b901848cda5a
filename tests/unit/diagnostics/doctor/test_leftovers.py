"""Doctor: clusters, registries, states and operations of this and other stacks."""

from __future__ import annotations

import pytest

from pocdeploy.diagnostics.doctor import leftovers
from pocdeploy.diagnostics.doctor.facts import Facts, State
from pocdeploy.diagnostics.result import Severity
from tests.unit.diagnostics.doctor.objects import facts, node, nodes, registry, severities

OWN = {"owners": {"shop": "dev"}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), []),
        (facts(containers=nodes(), **OWN), [("cluster", "ok")]),
        (facts(containers=nodes()), [("cluster", "fail")]),
        (facts(containers=nodes(), owners={"shop": "other"}), [("cluster", "fail")]),
        (facts(containers=nodes(running=False), **OWN), [("cluster", "warn")]),
        (facts(containers=[*nodes(), registry("shop", "dev", running=False)], **OWN), [("cluster", "warn")]),
        (facts(containers=nodes()[:2], **OWN), [("cluster", "warn")]),
        (facts(local=None, containers=nodes()), []),
    ],
    ids=["none", "well", "foreign", "another stack's", "stopped", "registry stopped", "nodes missing", "elsewhere"],
)
def test_own_cluster(given: Facts, expected: list[tuple[str, str]]) -> None:
    assert severities(leftovers.own_cluster(given)) == expected


def test_what_other_stacks_have_left() -> None:
    given = facts(
        containers=[
            *nodes(),
            node("old"),
            node("mine-of-kind"),
            node("kept"),
            registry("kept", "third"),
            registry("ghost", "second"),
        ],
        owners={"shop": "dev", "old": "second"},
        states=[
            State(stack="dev", resources=9, clusters=("shop",)),
            State(stack="third", resources=5, clusters=("kept",), held_by=77),
            State(stack="fourth", resources=5, clusters=("lost",)),
        ],
    )
    found = {result.what: result for result in leftovers.leftovers(given) if result.severity is Severity.WARN}
    assert {what.split()[0]: result.check for what, result in found.items()} == {
        "the": "state",
        "old": "stale cluster",
        "ghost-registry": "stale registry",
    }
    fixes = sorted(str(result.fix) for result in found.values())
    assert fixes[0] == "docker rm --force --volumes ghost-registry"
    assert fixes[1] == "kind delete cluster --name old"
    assert "make up STACK=fourth" in fixes[2]
    assert ("other cluster", "ok") in severities(leftovers.leftovers(given))
    assert ("other run", "ok") in severities(leftovers.leftovers(given))


def test_a_running_operation_stops_its_own_stack_only() -> None:
    states = [State(stack="dev", resources=1, clusters=(), held_by=12)]
    (lock,) = leftovers.runs(facts(states=states))
    assert lock.severity is Severity.FAIL
    assert "12" in str(lock.fix)
    assert severities(leftovers.runs(facts(stack="x", states=states))) == [("other run", "ok")]


def test_before_up_its_own_deleted_cluster_is_left_out() -> None:
    states = [State(stack="dev", resources=9, clusters=("shop",))]
    assert ("state", "warn") in severities(leftovers.leftovers(facts(states=states)))
    assert ("state", "warn") not in severities(leftovers.leftovers(facts(states=states), except_stack="dev"))
