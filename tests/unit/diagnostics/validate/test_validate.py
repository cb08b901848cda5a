"""Validate: all checks together, and repairs."""

from __future__ import annotations

import pytest

from pocdeploy.console import Progress
from pocdeploy.diagnostics import validate
from pocdeploy.diagnostics.result import Severity
from pocdeploy.diagnostics.validate import ValidationContext
from pocdeploy.diagnostics.validate.http import Page
from tests.unit.fakes import FakeApi, FakeDocker
from tests.unit.goodstack import JOBS, URL, WEB, Site, api, bad, change, context, look, waiting

pytestmark = pytest.mark.usefixtures("clock")


def repaired(given: ValidationContext) -> list[str]:
    return validate.repair(look(given), lambda names: look(given, *names), Progress(quiet=True))


def test_a_good_stack_passes_all_checks() -> None:
    found = look(context())
    assert [result for result in found if result.severity is not Severity.OK] == []
    # Without TLS there is no certificate to check.
    assert {result.check for result in found} == {*validate.CHECKS, "ready", "replicas"} - {"tls"}


def test_an_unreachable_cluster_fails_every_check_that_needs_it() -> None:
    found = bad(context(api=FakeApi(down=True)))
    assert {result.check for result in found} == {
        "database", "backups", "jobs", "targets", "alerts", "nodes", "pods", "budgets", "autoscaler", "certificates",
            "secrets",
    }  # fmt: skip
    assert {(result.what, result.fix) for result in found} == {
        ("check not possible: connection refused", "make resume")
    }


def test_the_page_of_a_paused_application_is_not_checked(site: Site) -> None:
    site.pages[URL] = Page(status=503)
    found = bad(context(paused=frozenset({"polls"})))
    assert [(result.check, result.severity, result.fix) for result in found] == [
        ("paused", "warn", "make wake STACK=dev")
    ]


def test_a_pod_in_a_crash_loop_is_deleted() -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    assert repaired(context(api=made)) == ["deleted the pod polls/web; its owner recreates it"]
    assert [entry for entry in made.log if not entry.startswith("execute")] == ["delete web"]


def test_a_failed_job_runs_again() -> None:
    made = change(f"{JOBS}/migrate", status={"conditions": [{"type": "Failed", "status": "True"}]})
    made.objects[f"{JOBS}/migrate"]["spec"] = {"template": {"spec": {"x": 1}}}
    made.answers *= 9
    assert repaired(context(api=made)) == ["ran the Job polls/migrate again"]
    assert [entry for entry in made.log if not entry.startswith("execute")] == ["delete migrate", "create migrate"]
    assert made.objects[f"{JOBS}/migrate"]["spec"]["template"]["spec"] == {"x": 1}


def test_stopped_nodes_are_started_before_all_other_repairs(docker: FakeDocker) -> None:
    docker.containers["shop-control-plane"]["State"] = "exited"
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    made.down = True

    def resume() -> list[str]:
        docker.containers["shop-control-plane"]["State"] = "running"
        made.down = False
        return ["started shop-control-plane"]

    assert repaired(context(api=made, resume=resume)) == [
        "started shop-control-plane",
        "deleted the pod polls/web; its owner recreates it",
    ]


def test_a_repair_without_success() -> None:
    made = change(WEB, status=waiting("CrashLoopBackOff"))
    made.answers *= 9
    broken = dict(made.objects[WEB])
    made.after = lambda it: it.objects.update({WEB: broken})
    assert repaired(context(api=made))[-1] == "not all repaired checks pass after 240 s"


def test_nothing_to_repair() -> None:
    made = api()
    assert repaired(context(api=made)) == []
    assert made.log == ["execute polls/polls-db-1"] * 2
