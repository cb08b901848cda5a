"""What AWS would refuse after minutes, asked beforehand: credentials, region, zones, hosted zone. Nothing is made.

The AWS CLI asks, because the kubeconfig needs it in any case, and because it finds credentials in all the places where
the SDKs find them. boto3 would be a second way to the same answers, with dependencies that those of the Kubernetes
client exclude (docs/adr/0010).
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Sequence
from typing import Any

from pocdeploy import process
from pocdeploy.config import EksSettings
from pocdeploy.errors import Finding

KEY = "pocdeploy:cluster"
REQUIREMENTS = "requirements-eks.txt"
AWS_TIMEOUT = 30.0  # seconds for one question
INSTALL = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"

_LOGIN = "aws sso login, or aws configure; then: aws sts get-caller-identity"
_CREDENTIALS = (
    (
        r"Unable to locate credentials|NoCredentials|config profile .* could not be found",
        "there are no AWS credentials",
    ),
    (r"Expired|expired", "the AWS credentials have expired"),
    (
        r"InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure",
        "AWS does not know these credentials",
    ),
)
"""What the CLI says -> what is wrong."""


def check(settings: EksSettings, run: process.Run = process.run) -> list[Finding]:
    """Return everything that would keep AWS from making this stack, as far as it can be known.

    ``run`` runs the AWS CLI. Without valid credentials no further request is made.
    """
    findings = []
    if importlib.util.find_spec("pulumi_aws") is None:
        findings.append(
            Finding(
                where=REQUIREMENTS,
                what="Pulumi's package for AWS is not installed",
                fix=f".venv/bin/python -m pip install --require-hashes -r {REQUIREMENTS}",
            )
        )
    trouble = _identity(settings.region, run)
    if trouble is not None:
        return [*findings, trouble]
    return [*findings, *_zones(settings, run), *_hosted_zone(settings, run)]


def _identity(region: str, run: process.Run) -> Finding | None:
    """Return why the AWS credentials cannot be used, or None."""
    answer = _aws(["sts", "get-caller-identity"], region, run)
    if answer.code == 0:
        return None
    if answer.code == process.NOT_FOUND:
        return Finding(
            where="aws",
            what="the AWS CLI is not installed; every access to the cluster takes a token from it",
            expected="AWS CLI version 2 on PATH",
            fix=f"see {INSTALL}",
        )
    words = _last_line(answer)
    for pattern, what in _CREDENTIALS:
        if re.search(pattern, answer.stderr):
            return Finding(
                where="AWS credentials", what=what, actual=words, expected="those of an IAM role or user", fix=_LOGIN
            )
    return Finding(
        where="AWS",
        what="it cannot be found out whose credentials these are",
        actual=words,
        fix=f"aws sts get-caller-identity --region {region}",
    )


def _zones(settings: EksSettings, run: process.Run) -> list[Finding]:
    key = f"{KEY}.region"
    answer = _aws(
        ["ec2", "describe-availability-zones", "--filters", "Name=zone-type,Values=availability-zone"],
        settings.region,
        run,
    )
    if answer.code != 0:
        finding = Finding(
            where=key,
            what="AWS does not tell the zones of this region: it does not exist, or is not enabled for this account",
            actual=f"{settings.region}: {_last_line(answer)}",
            expected="a region that `aws ec2 describe-regions` lists",
            fix=f"pulumi config set --path '{key}' <region>",
        )
        return [finding]
    zones = _answer(answer).get("AvailabilityZones", [])
    there = sorted(zone["ZoneName"] for zone in zones if zone.get("State") == "available")
    missing = [zone for zone in settings.all_zones if zone not in there]
    if not missing:
        return []
    finding = Finding(
        where=f"{KEY}.zones",
        what=f"this account has no zone {', '.join(missing)}",
        actual=", ".join(settings.all_zones),
        expected=f"three of {', '.join(there)}",
        fix="; ".join(
            f"pulumi config set --path '{KEY}.zones[{number}]' {zone}" for number, zone in enumerate(there[:3])
        ),
    )
    return [finding]


def _hosted_zone(settings: EksSettings, run: process.Run) -> list[Finding]:
    wanted = settings.zone_name
    if wanted is None:
        return []
    answer = _aws(["route53", "list-hosted-zones"], settings.region, run)
    if answer.code != 0:
        fix = "aws route53 list-hosted-zones"
        return [Finding(where="Route 53", what="hosted zones cannot be listed", actual=_last_line(answer), fix=fix)]
    zones = _answer(answer).get("HostedZones", [])
    public = {zone["Name"].rstrip(".") for zone in zones if not zone.get("Config", {}).get("PrivateZone")}
    if wanted in public:
        return []
    above = max((zone for zone in public if str(settings.domain).endswith(f".{zone}")), key=len, default=None)
    finding = Finding(
        where=f"{KEY}.hostedZone" if above else f"{KEY}.domain",
        what=f"this account has no public hosted zone {wanted} in Route 53",
        actual=str(settings.domain),
        expected=f"a name in one of {', '.join(sorted(public))}" if public else "a domain with a public hosted zone",
        fix=(
            f"pulumi config set --path '{KEY}.hostedZone' {above}"
            if above
            else f"aws route53 create-hosted-zone --name {wanted} --caller-reference {wanted}, and delegate it"
        ),
    )
    return [finding]


def _aws(arguments: Sequence[str], region: str, run: process.Run) -> process.Result:
    return run(["aws", *arguments, "--region", region, "--output", "json"], timeout=AWS_TIMEOUT)


def _answer(result: process.Result) -> dict[str, Any]:
    try:
        answer = json.loads(result.stdout or "{}")
    except json.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _last_line(result: process.Result) -> str:
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else f"exit code {result.code}"
