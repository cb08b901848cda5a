"""AWS without AWS: settings, prices, this machine's address, and what the checks make of the CLI's answers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pocdeploy.config import EksSettings, load
from pocdeploy.config.types import quantity
from pocdeploy.errors import SettingsError
from pocdeploy.preflight.aws import checks, cost, prices
from pocdeploy.process import Result
from tests.paths import ROOT

PLAIN: dict[str, Any] = {"type": "eks", "region": "eu-central-1", "domain": "polls.example.com"}
VOLUMES = [quantity("1Gi")] * 3


def eks(**changed: Any) -> EksSettings:
    return EksSettings.model_validate({key: value for key, value in {**PLAIN, **changed}.items() if value is not None})


BAD = [
    ({"region": None}, "region", "a value"),
    ({"region": "Frankfurt"}, "region", "a region of AWS"),
    ({"version": "1.33"}, "version", "'1.35' or '1.36'"),
    ({"zones": ["eu-central-1a", "eu-central-1b"]}, "", "three different zones"),
    ({"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]}, "", "zones of the region eu-central-1"),
    ({"vpcCidr": "8.8.0.0/16"}, "vpcCidr", "a private IPv4 network"),
    ({"vpcCidr": "10.0.0.0/24"}, "vpcCidr", "between /16 and /20"),
    ({"vpcCidr": "172.20.0.0/18"}, "vpcCidr", "does not overlap"),
    ({"publicAccessCidrs": ["203.0.113.7"]}, "publicAccessCidrs", "CIDR notation"),
    ({"publicAccessCidrs": ["203.0.113.7/24"]}, "publicAccessCidrs", "without host bits"),
    ({"publicAccessCidrs": ["0.0.0.0/0"]}, "publicAccessCidrs", "smaller than the whole world"),
    ({"access": [{"principal": "me", "policy": "AmazonEKSViewPolicy"}]}, "access", "the ARN of an IAM role"),
    ({"access": [{"principal": "x", "polcy": "y"}]}, "access", "did you mean policy?"),
    ({"architecture": "arm64", "instanceTypes": ["m6i.large"]}, "", "instance types of the architecture arm64"),
    ({"instanceTypes": ["m7g.large"]}, "", "instance types of the architecture amd64"),
    ({"domain": None}, "", "insecureHttp: true, which serves plain http to the whole internet"),
    ({"insecureHttp": True}, "", "either a domain or insecureHttp"),
    ({"hostedZone": "example.org"}, "", "a domain that lies in the hosted zone example.org"),
    ({"accessKey": "AKIA"}, "accessKey", "unknown setting"),
    ({"owner": "a;b"}, "owner", "letters, digits"),
]


@pytest.mark.parametrize(("changed", "key", "words"), BAD, ids=str)
def test_bad_settings_are_refused_with_key_and_remedy(changed: dict[str, Any], key: str, words: str) -> None:
    cluster = {name: value for name, value in {**PLAIN, **changed}.items() if value is not None}
    with pytest.raises(SettingsError) as refused:
        load({"pocdeploy:cluster": json.dumps(cluster)}, root=ROOT)

    texts = [str(it) for it in refused.value.findings if it.where.startswith(f"pocdeploy:cluster.{key}".rstrip("."))]
    assert any(words in text for text in texts), str(refused.value)
    assert all(it.fix for it in refused.value.findings)


@pytest.mark.parametrize(
    ("cluster", "host", "words"),
    [
        ({}, "shop.example.org", "hosts in the domain polls.example.com (not shop.example.org)"),
        ({"domain": None, "insecureHttp": True}, None, "a host with a name of your own"),
    ],
)
def test_hosts_have_to_be_of_the_domain(cluster: dict[str, Any], host: str | None, words: str) -> None:
    settings = {key: value for key, value in {**PLAIN, **cluster}.items() if value is not None}
    apps = {"polls": {"host": host} if host else {}}

    with pytest.raises(SettingsError) as refused:
        load({"pocdeploy:cluster": json.dumps(settings), "pocdeploy:apps": json.dumps(apps)}, root=ROOT)
    assert words in str(refused.value)


def test_hosts_are_in_the_domain_by_default() -> None:
    apps = {"polls": {}, "site": {"path": "app/polls"}}
    settings = load({"pocdeploy:cluster": json.dumps(PLAIN), "pocdeploy:apps": json.dumps(apps)}, root=ROOT)

    assert settings.hosts == ["polls.example.com", "site.polls.example.com"]
    assert [int(size) for size in settings.volumes] == [2**30] * 6


def test_a_cluster_without_a_type_is_one_on_this_machine() -> None:
    assert load({"pocdeploy:cluster": '{"workers": 1}'}, root=ROOT).cluster.type == "kind"
    assert load({}, root=ROOT).cluster.type == "kind"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        eks().region = "us-east-1"  # type: ignore[misc]


def test_the_costs_are_the_sum_of_the_table() -> None:
    region = prices.REGIONS["eu-central-1"]
    lines = cost.hourly(eks(), volumes=VOLUMES)

    assert lines is not None
    assert lines["control plane"] == 0.10
    assert lines["3 nodes"] == pytest.approx(3 * region.instances["m6i.large"] * 1.12)
    assert lines["1 NAT"] == pytest.approx(0.057)
    assert lines["disks"] == pytest.approx((3 + 3 * 44) * 0.0952 / 730)
    assert sum(lines.values()) == pytest.approx(0.603, abs=0.001)


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({"natGateways": "perZone"}, 2 * 0.057),
        ({"encryptSecrets": True}, 1 / 730),
        ({"architecture": "arm64"}, -3 * (0.115 - 0.092) * 1.12),
    ],
    ids=str,
)
def test_what_a_choice_costs(changed: dict[str, Any], more: float) -> None:
    before, after = cost.hourly(eks(), volumes=VOLUMES), cost.hourly(eks(**changed), volumes=VOLUMES)

    assert before is not None
    assert after is not None
    assert sum(after.values()) - sum(before.values()) == pytest.approx(more)


def test_the_sentence_has_both_prices_the_date_and_what_is_missing() -> None:
    text = cost.sentence(eks(), volumes=VOLUMES)

    assert text.startswith(
        "about 0.60 USD an hour, 440 USD a month in eu-central-1 (on demand, list prices of 2026-11;"
    )
    assert cost.NOT_INCLUDED in text


@pytest.mark.parametrize("changed", [{"region": "ap-south-1"}, {"instanceTypes": ["c7i.large"]}], ids=str)
def test_there_is_no_estimate_without_a_price(changed: dict[str, Any]) -> None:
    assert cost.sentence(eks(**changed), volumes=VOLUMES).startswith("no estimate:")


class Cli:
    """An AWS CLI with answers by service and command; what it has no answer to succeeds with nothing."""

    def __init__(self, **answers: Result) -> None:
        self.answers = {
            "describe_availability_zones": ok(
                AvailabilityZones=[{"ZoneName": f"eu-central-1{zone}", "State": "available"} for zone in "abc"]
            ),
            "list_hosted_zones": ok(HostedZones=[{"Name": "polls.example.com.", "Config": {"PrivateZone": False}}]),
            **answers,
        }
        self.asked: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str], **_: Any) -> Result:
        self.asked.append(command)
        return self.answers.get(command[2].replace("-", "_"), Result(code=0, stdout="{}"))


def ok(**answer: Any) -> Result:
    return Result(code=0, stdout=json.dumps(answer))


def failed(words: str, code: int = 255) -> Result:
    return Result(code=code, stderr=f"\n{words}\n")


def test_nothing_is_wrong_where_everything_is_there() -> None:
    cli = Cli()

    assert checks.check(eks(), cli) == []
    assert [tuple(command[1:3]) for command in cli.asked] == [
        ("sts", "get-caller-identity"),
        ("ec2", "describe-availability-zones"),
        ("route53", "list-hosted-zones"),
    ]
    assert all("eu-central-1" in command for command in cli.asked)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Result(code=127, stderr="aws: No such file or directory"), "the AWS CLI is not installed"),
        (failed("Unable to locate credentials. You can configure credentials"), "there are no AWS credentials"),
        (failed("The config profile (x) could not be found"), "there are no AWS credentials"),
        (failed("An error occurred (ExpiredToken) when calling: expired"), "have expired"),
        (failed("Error when retrieving token from sso: Token has expired and refresh failed"), "have expired"),
        (failed("An error occurred (InvalidClientTokenId): invalid"), "does not know these credentials"),
        (failed("Could not connect to the endpoint URL"), "cannot be found out whose credentials"),
    ],
    ids=lambda it: it if isinstance(it, str) else it.stderr.strip()[:30],
)
def test_without_a_login_that_is_the_only_finding(answer: Result, what: str) -> None:
    cli = Cli(get_caller_identity=answer)
    (finding,) = checks.check(eks(), cli)

    assert what in finding.what
    assert finding.fix
    assert len(cli.asked) == 1


def test_all_that_aws_lacks_is_said_at_once() -> None:
    cli = Cli(
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
    zones, domain = checks.check(eks(), cli)

    assert zones.what == "this account has no zone eu-central-1c"
    assert zones.expected == "three of eu-central-1a, eu-central-1b, eu-central-1d"
    assert "zones[2]' eu-central-1d" in str(zones.fix)
    assert domain.where == "pocdeploy:cluster.hostedZone"
    assert domain.fix == "pulumi config set --path 'pocdeploy:cluster.hostedZone' example.com"


def test_a_region_that_is_not_enabled_is_named() -> None:
    cli = Cli(describe_availability_zones=failed("An error occurred (OptInRequired): not subscribed"))
    finding = checks.check(eks(), cli)[0]

    assert finding.where == "pocdeploy:cluster.region"
    assert "eu-central-1: An error occurred (OptInRequired)" in str(finding.actual)


def test_without_a_domain_no_hosted_zone_is_looked_for() -> None:
    cli = Cli(list_hosted_zones=failed("An error occurred (AccessDenied)"))

    assert checks.check(eks(domain=None, insecureHttp=True), cli) == []
    assert [finding.where for finding in checks.check(eks(), cli)] == ["Route 53"]


def test_the_packages_for_aws_are_missed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda _: None)

    (finding,) = checks.check(eks(), Cli())
    assert finding.fix == ".venv/bin/python -m pip install --require-hashes -r requirements-eks.txt"


FAKE_AWS = """#!/bin/sh
echo "$1 $2" >>"$LOG"
case $2 in
  describe-load-balancers) [ -n "${FAIL:-}" ] && { echo "An error occurred" >&2; exit 254; } ;;
  describe-volumes) n=$(grep -c volumes "$LOG"); [ "$n" -gt "$LEFT" ] || echo "vol-$n" ;;
esac
exit 0
"""


def drain(folder: Path, *, left: int, patience: int, **more: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run the script that waits, with an AWS CLI that shows a volume ``left`` times; give how often it was asked."""
    (folder / "aws").write_text(FAKE_AWS)
    (folder / "sleep").write_text("#!/bin/sh\n")
    for name in ("aws", "sleep"):
        (folder / name).chmod(0o755)
    log = folder / "log"
    asked = {"CLUSTER": "c", "REGION": "r", "VPC": "vpc-1", "VOLUMES_OF": "volumes-of", "PATIENCE": str(patience)}
    environment = {**asked, "PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log), "LEFT": str(left), **more}
    script = ROOT / "components/cluster/eks/scripts/drain.sh"
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=False, timeout=30)
    return done, log.read_text().count("describe-volumes")


def test_destroy_waits_until_nothing_is_left(tmp_path: Path) -> None:
    done, asked = drain(tmp_path, left=2, patience=900)

    assert done.returncode == 0, done.stderr
    assert asked == 3
    assert "Waiting for AWS to delete: vol-1" in done.stderr


def test_destroy_does_not_wait_for_ever(tmp_path: Path) -> None:
    done, _ = drain(tmp_path, left=1000, patience=30)

    assert done.returncode == 1
    assert "After 30 seconds AWS still has resources that cost money: vol-4" in done.stderr


def test_no_answer_does_not_count_as_nothing_left(tmp_path: Path) -> None:
    done, asked = drain(tmp_path, left=0, patience=30, FAIL="1")

    assert done.returncode != 0
    assert asked == 0


def test_the_kubeconfig_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    scripts = ROOT / "components/cluster/eks/scripts"
    folder = tmp_path / "clusters" / "c"
    environment = {"FOLDER": str(folder), "PATH": os.environ["PATH"]}
    for script, text in (("kubeconfig", "a: b\n"), ("kubeconfig", "c: d\n")):
        subprocess.run(["sh", str(scripts / f"{script}.sh")], input=text, text=True, env=environment, check=True)

    assert (folder / "kubeconfig").read_text() == "c: d\n"
    assert (folder / "kubeconfig").stat().st_mode & 0o077 == 0
    for _ in range(2):
        subprocess.run(["sh", str(scripts / "kubeconfig-delete.sh")], env=environment, check=True)
    assert not folder.exists()
