"""The calculations of the benchmarks, and their output. These tests measure nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import change, criticalpath, kind, report
from bench.eventlog import EventLog
from bench.imports import by_package
from bench.rows import Goal, Row, alternate, seconds
from bench.stack import NAME, PORTS, own_configuration
from tests.paths import GOLDEN

RATIO = Goal(kind="ratio", limit=1.5)
DIFFERENCE = Goal(kind="difference", limit=5.0)


def row(goal: Goal, subjects: tuple[float, ...], references: tuple[float, ...]) -> Row:
    return Row(what="this", reference="that", goal=goal, subjects=subjects, references=references)


@pytest.mark.parametrize(
    ("goal", "subject", "reference", "value", "verdict"),
    [
        (RATIO, 3.0, 2.0, "1.50x", "met"),
        (RATIO, 3.02, 2.0, "1.51x", "missed"),
        (RATIO, 3.008, 2.0, "1.50x", "met"),
        (DIFFERENCE, 15.0, 10.0, "+5.0 s", "met"),
        (DIFFERENCE, 15.1, 10.0, "+5.1 s", "missed"),
        (DIFFERENCE, 8.0, 10.0, "-2.0 s", "met"),
    ],
)
def test_verdict_uses_the_rounded_value(goal: Goal, subject: float, reference: float, value: str, verdict: str) -> None:
    cells = row(goal, (subject,), (reference,)).cells()

    assert (cells[4], cells[6]) == (value, verdict)


def test_value_is_that_of_the_medians() -> None:
    # Neither the mean, nor the median of the ratios.
    assert row(RATIO, (2.0, 4.0, 90.0), (1.0, 2.0, 2.0)).value() == 2.0


def test_seconds_have_the_range_of_the_runs() -> None:
    assert seconds((3.0, 1.0, 2.5)) == "2.50 s (1.00 to 3.00, 3 runs)"
    assert seconds((3.0,)) == "3.00 s (1 run)"


def test_reference_and_subject_alternate() -> None:
    order: list[str] = []

    def measure(name: str, value: float) -> float:
        order.append(name)
        return value

    found = alternate(lambda: measure("reference", 1.0), lambda: measure("subject", 2.0), 2)

    assert order == ["reference", "subject", "reference", "subject"]
    assert found == ((1.0, 1.0), (2.0, 2.0))


def event(name: str, at: float, op: str = "create", *, custom: bool = True, ended: bool = False) -> criticalpath.Timed:
    metadata = {"op": op, "urn": name, "new": {"custom": custom}}
    return at, {"resOutputsEvent" if ended else "resourcePreEvent": {"metadata": metadata}}


def test_durations_are_those_of_resources_with_an_operation() -> None:
    events = [
        event("component", 0.0, custom=False),
        event("same", 0.0, op="same"),
        event("slow", 1.0),
        event("quick", 2.0),
        event("quick", 2.5, ended=True),
        event("slow", 5.0, ended=True),
        event("same", 6.0, op="same", ended=True),
        event("component", 7.0, custom=False, ended=True),
        event("never ended", 7.0),
        event("replaced", 1.0, op="create-replacement"),
        event("replaced", 3.0, op="create-replacement", ended=True),
        event("replaced", 6.0, op="delete-replaced"),
        event("replaced", 6.5, op="delete-replaced", ended=True),
        (8.0, {"summaryEvent": {}}),
    ]

    assert criticalpath.durations(events) == {"quick": 0.5, "slow": 4.0, "replaced": 2.5}


def test_resource_waits_for_dependencies_provider_and_parent() -> None:
    deployment = {
        "resources": [
            {"urn": "a::provider"},
            {"urn": "a::parent"},
            {"urn": "a::one", "dependencies": ["a::two"], "provider": "a::provider::an-id", "parent": "a::parent"},
        ]
    }

    assert criticalpath.waits_for(deployment) == {
        "a::provider": set(),
        "a::parent": set(),
        "a::one": {"a::two", "a::provider", "a::parent"},
    }


def test_critical_path_has_the_longest_time_not_the_most_links() -> None:
    times = {"cluster": 40.0, "image": 50.0, "database": 30.0, "web": 4.0, "monitoring": 31.0}
    before = {
        "database": ["cluster"],
        "web": ["untimed", "image"],
        "untimed": ["database"],
        "monitoring": ["cluster"],
    }

    assert criticalpath.longest(times, before) == ["cluster", "database", "web"]
    assert criticalpath.longest({**times, "image": 80.0}, before) == ["image", "web"]
    assert criticalpath.longest({}, {}) == []


def test_label_is_type_and_name() -> None:
    urn = "urn:pulumi:dev::pocdeploy::pocdeploy:frontend:Frontend$kubernetes:apps/v1:Deployment::polls-deployment"

    assert criticalpath.label(urn) == "Deployment polls-deployment"


def test_event_in_pieces_is_read_completely(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    for at, piece in enumerate(('{"sequence": 0}\n{"seq', 'uence": 1}', '\n{"sequence": 2}\n')):
        log.add(piece, float(at))

    assert log.events == [(0.0, {"sequence": 0}), (2.0, {"sequence": 1}), (2.0, {"sequence": 2})]


def test_all_written_events_are_read(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"sequence": number}) + "\n" for number in range(100))
    with EventLog(tmp_path / "log") as log:
        log.file.write_text(lines)

    assert [event["sequence"] for _, event in log.events] == list(range(100))


def test_import_times_are_summed_by_package() -> None:
    text = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |   yaml.reader
import time:      1500 |       1600 | yaml
import time:      5000 |       6600 |     pulumi
something else
"""

    assert list(by_package(text).items()) == [("pulumi", 0.005), ("yaml", 0.0016)]


def test_stack_has_its_own_cluster_and_ports() -> None:
    given = yaml.safe_load("config: {pocdeploy:cluster: {type: kind, name: test, workers: 2, httpPort: 80}}")
    own = own_configuration(given)

    assert own["config"]["pocdeploy:cluster"] == {"type": "kind", "name": NAME, "workers": 2, **PORTS}
    assert given["config"]["pocdeploy:cluster"]["name"] == "test"
    assert own_configuration({})["config"]["pocdeploy:cluster"] == {"type": "kind", "name": NAME, **PORTS}


def live() -> dict[str, Any]:
    """Return a Deployment as the cluster has it: the golden one, with replicas."""
    golden = GOLDEN / "frontend-deployment.yaml"
    deployment: dict[str, Any] = yaml.safe_load(golden.read_text("utf-8"))
    deployment["spec"]["replicas"] = 2
    return deployment


def test_stack_and_reference_do_not_select_each_other() -> None:
    original = live()
    made = {it["kind"]: it for it in change.objects(original)}
    web, pods = (
        original["spec"]["selector"]["matchLabels"],
        made["Deployment"]["spec"]["template"]["metadata"]["labels"],
    )

    assert not web.items() <= pods.items()
    for selector in (
        made["Deployment"]["spec"]["selector"]["matchLabels"],
        made["Service"]["spec"]["selector"],
        made["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= pods.items()
        assert not selector.items() <= original["spec"]["template"]["metadata"]["labels"].items()
    assert original == live()


def test_reference_is_the_same_pod_with_a_loaded_image() -> None:
    web = change.objects(live())[0]["spec"]["template"]["spec"]["containers"][0]
    expected = live()["spec"]["template"]["spec"]["containers"][0]
    hosts = next(it for it in expected["env"] if it["name"] == "ALLOWED_HOSTS")
    hosts["value"] = f"localhost,{change.HOST}"

    assert web == {**expected, "image": change.IMAGE, "imagePullPolicy": "IfNotPresent"}


def test_document_has_all_rows_and_reasons_of_skipped_ones() -> None:
    rows = [row(RATIO, (4.0,), (2.0,)), *kind.skipped("Docker | is unreachable")]
    text = report.document(rows, {"Steps": {"import": 0.123}}, {"CPUs": "2"})

    assert "| this | 4.00 s (1 run) | that | 2.00 s (1 run) | 2.00x | ≤ 1.50x | missed |" in text
    assert text.count(r"skipped: Docker \| is unreachable |") == 3
    assert "| CPUs | 2 |" in text
    assert "## Steps\n\n| Step | Seconds |\n| --- | --- |\n| import | 0.12 |\n" in text


def test_table_has_all_rows() -> None:
    assert report.table([row(RATIO, (4.0,), (2.0,)), *kind.skipped("no")]).row_count == 4
    assert report.times("Steps", {"import": 0.1}).row_count == 1
