"""Every alert fires when it should, and is silent when it should: unit tests of promtool."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.monitoring import Target, Watched, WatchedApp, groups
from pocdeploy.monitoring.alerts import ALERTS
from tests.monitoring import conftest
from tests.monitoring.cases import CASES, Case

SHOP = Watched(
    apps=[WatchedApp(name="shop", replicas=2, instances=3)],
    targets=[
        Target(job="shop/shop", namespace="shop", role="application"),
        Target(job="gateway/traefik", namespace="gateway", role="gateway"),
    ],
)
BY_NAME = {alert.name: alert for alert in ALERTS}


def promtool_test(case: Case) -> dict[str, Any]:
    """Return one test in the form of promtool."""
    alert = BY_NAME[case.alert]
    expected = {
        "exp_labels": {"severity": alert.severity, **case.labels},
        "exp_annotations": {"summary": case.fires, "runbook_url": f"{conftest.RUNBOOKS}/{alert.page}"},
    }
    expectation = {"eval_time": case.at, "alertname": case.alert, "exp_alerts": [expected] if case.fires else []}
    return {
        "name": case.when,
        "interval": case.step,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [expectation],
    }


def run(promtool: Path, folder: Path, cases: Sequence[Case]) -> process.Result:
    rules = groups(SHOP, runbooks=conftest.RUNBOOKS)
    tests = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": cases[0].step,
        "group_eval_order": [group["name"] for group in rules],
        "tests": [promtool_test(case) for case in cases],
    }
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": rules}), encoding="utf-8")
    (folder / "test.yaml").write_text(yaml.safe_dump(tests), encoding="utf-8")
    return process.run([str(promtool), "test", "rules", "test.yaml"], cwd=folder, timeout=120)


@pytest.mark.parametrize("name", BY_NAME)
def test_alert(promtool: Path, tmp_path: Path, name: str) -> None:
    result = run(promtool, tmp_path, [case for case in CASES if case.alert == name])

    assert result.code == 0, f"{result.stdout}\n{result.stderr}"


def test_a_wrong_expectation_is_found(promtool: Path, tmp_path: Path) -> None:
    silent = next(case for case in CASES if not case.fires)
    fires = next(case for case in CASES if case.fires)

    assert run(promtool, tmp_path, [replace(silent, fires="shop: something")]).code != 0
    assert run(promtool, tmp_path, [replace(fires, fires="")]).code != 0


@pytest.mark.parametrize("name", BY_NAME)
def test_each_alert_has_cases_that_fire_and_cases_that_do_not(name: str) -> None:
    assert len({case.step for case in CASES if case.alert == name}) == 1, (
        "one evaluation interval for a run of promtool"
    )
    assert {bool(case.fires) for case in CASES if case.alert == name} == {True, False}


def test_promtool_accepts_the_rules_of_the_stack(promtool: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": conftest.rule_groups()}), encoding="utf-8")

    result = process.run([str(promtool), "check", "rules", "--lint=all", "--lint-fatal", str(file)])

    assert result.code == 0, result.stderr
    assert "SUCCESS" in result.stdout


def test_promtool_accepts_every_query(promtool: Path, tmp_path: Path) -> None:
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(conftest.queries().values())]
    file = tmp_path / "queries.yaml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")

    result = process.run([str(promtool), "check", "rules", str(file)])

    assert result.code == 0, result.stderr
    assert f"{len(rules)} rules found" in result.stdout
