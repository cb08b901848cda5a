"""The checks of an AWS account, with a fake AWS CLI."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.preflight.aws import checks
from pocdeploy.process import Result
from tests.unit.preflight.aws.settings import eks


class Cli:
    """An AWS CLI with results by command; all other commands succeed without output."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **results: Result) -> None:
        self.results = {
            "describe_availability_zones": ok(
                AvailabilityZones=[{"ZoneName": f"eu-central-1{zone}", "State": "available"} for zone in "abc"]
            ),
            "list_hosted_zones": ok(HostedZones=[{"Name": "polls.example.com.", "Config": {"PrivateZone": False}}]),
            **results,
        }
        self.calls: list[Sequence[str]] = []
        monkeypatch.setattr(process, "run", self.run)

    def run(self, command: Sequence[str], **_: Any) -> Result:
        self.calls.append(command)
        return self.results.get(command[2].replace("-", "_"), Result(code=0, stdout="{}"))


def ok(**answer: Any) -> Result:
    return Result(code=0, stdout=json.dumps(answer))


def failed(words: str, code: int = 255) -> Result:
    return Result(code=code, stderr=f"\n{words}\n")


def test_a_complete_account_has_no_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    cli = Cli(monkeypatch)

    assert checks.check(eks()) == []
    assert [tuple(command[1:3]) for command in cli.calls] == [
        ("sts", "get-caller-identity"),
        ("ec2", "describe-availability-zones"),
        ("route53", "list-hosted-zones"),
    ]
    assert all("eu-central-1" in command for command in cli.calls)


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (Result(code=127, stderr="aws: No such file or directory"), "the AWS CLI is not installed"),
        (failed("Unable to locate credentials. You can configure credentials"), "there are no AWS credentials"),
        (failed("The config profile (x) could not be found"), "there are no AWS credentials"),
        (failed("An error occurred (ExpiredToken) when calling: expired"), "have expired"),
        (failed("Error when retrieving token from sso: Token has expired and refresh failed"), "have expired"),
        (failed("An error occurred (InvalidClientTokenId): invalid"), "AWS rejects these credentials"),
        (failed("Could not connect to the endpoint URL"), "the owner of the credentials is unknown"),
    ],
    ids=lambda it: it if isinstance(it, str) else it.stderr.strip()[:30],
)
def test_without_a_login_it_is_the_only_problem(monkeypatch: pytest.MonkeyPatch, result: Result, what: str) -> None:
    cli = Cli(monkeypatch, get_caller_identity=result)
    (finding,) = checks.check(eks())

    assert what in finding.what
    assert finding.fix
    assert len(cli.calls) == 1


def test_all_problems_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    Cli(
        monkeypatch,
        describe_availability_zones=ok(
            AvailabilityZones=[{"ZoneName": f"eu-central-1{zone}", "State": "available"} for zone in "abd"]
        ),
        list_hosted_zones=ok(
            HostedZones=[
                {"Name": "example.com.", "Config": {"PrivateZone": False}},
                {"Name": "polls.example.com.", "Config": {"PrivateZone": True}},
            ]
        ),
    )
    zones, domain = checks.check(eks())

    assert zones.what == "this account has no zone eu-central-1c"
    assert zones.expected == "three of eu-central-1a, eu-central-1b, eu-central-1d"
    assert "set cluster.zones '[eu-central-1a, eu-central-1b, eu-central-1d]'" in str(zones.fix)
    assert domain.where == "pocdeploy:cluster.hostedZone"
    assert domain.fix == ".venv/bin/python -m pocdeploy set cluster.hostedZone example.com --stack dev"


def test_a_region_that_is_not_enabled_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Cli(monkeypatch, describe_availability_zones=failed("An error occurred (OptInRequired): not subscribed"))
    finding = checks.check(eks())[0]

    assert finding.where == "pocdeploy:cluster.region"
    assert "eu-central-1: An error occurred (OptInRequired)" in str(finding.actual)


def test_without_a_domain_no_hosted_zone_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    Cli(monkeypatch, list_hosted_zones=failed("An error occurred (AccessDenied)"))

    assert checks.check(eks(domain=None, insecureHttp=True)) == []
    assert [finding.where for finding in checks.check(eks())] == ["Route 53"]
