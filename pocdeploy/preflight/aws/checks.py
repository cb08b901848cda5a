"""Check credentials, region, zones and hosted zone of AWS, which would otherwise fail after minutes.

The checks use the AWS CLI, because the kubeconfig needs it in any case, and because it finds credentials in all the
places where the SDKs find them. boto3 would do the same, with dependencies that conflict with those of the Kubernetes
client (docs/adr/0010-eks-with-pulumi-aws.md).
"""

from __future__ import annotations

import json
import re
from typing import Any

from pocdeploy import fixes, process
from pocdeploy.config import EksSettings
from pocdeploy.errors import Finding

KEY = "pocdeploy:cluster"
AWS_TIMEOUT = 30.0  # seconds for one request
INSTALL_PAGE = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"

_KNOWN_ERRORS = (
    (
        r"Unable to locate credentials|NoCredentials|config profile .* could not be found",
        "there are no AWS credentials",
    ),
    (r"Expired|expired", "the AWS credentials have expired"),
    (
        r"InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure",
        "AWS rejects these credentials",
    ),
)
"""Error of the CLI → problem."""


def check(settings: EksSettings) -> list[Finding]:
    """Return the problems that would keep AWS from creating this stack; without a login that is the last one."""
    if (problem := _login_problem(settings.region)) is not None:
        return [problem]
    return [*_zones(settings), *_hosted_zone(settings)]


def _login_problem(region: str) -> Finding | None:
    result = _aws(region, "sts", "get-caller-identity")
    if result.code == 0:
        return None
    if result.code == process.NOT_FOUND:
        return Finding(
            where="aws",
            what="the AWS CLI is not installed; each access to the cluster needs a token from it",
            expected="AWS CLI version 2 in PATH",
            fix=f"install it: {INSTALL_PAGE}",
        )
    for pattern, what in _KNOWN_ERRORS:
        if re.search(pattern, result.stderr):
            return Finding(
                where="AWS credentials",
                what=what,
                actual=_last_line(result),
                expected="credentials of an IAM role or user: aws sso login, or aws configure",
                fix="aws sso login",
            )
    return Finding(
        where="AWS",
        what="the owner of the credentials is unknown",
        actual=_last_line(result),
        fix=f"aws sts get-caller-identity --region {region}",
    )


def _zones(settings: EksSettings) -> list[Finding]:
    region, key = settings.region, f"{KEY}.region"
    only_zones = ("--filters", "Name=zone-type,Values=availability-zone")
    result = _aws(region, "ec2", "describe-availability-zones", *only_zones)
    if result.code != 0:
        finding = Finding(
            where=key,
            what="AWS does not list the zones of this region: it does not exist, or the account has not enabled it",
            actual=f"{region}: {_last_line(result)}",
            expected="a region that `aws ec2 describe-regions` lists",
            fix=fixes.set_value(key, "eu-central-1"),
        )
        return [finding]
    zones = _content(result).get("AvailabilityZones", [])
    available = sorted(zone["ZoneName"] for zone in zones if zone.get("State") == "available")
    missing = [zone for zone in settings.all_zones if zone not in available]
    if not missing:
        return []
    finding = Finding(
        where=f"{KEY}.zones",
        what=f"this account has no zone {', '.join(missing)}",
        actual=", ".join(settings.all_zones),
        expected=f"three of {', '.join(available)}",
        fix=fixes.set_value(f"{KEY}.zones", available[:3]),
    )
    return [finding]


def _hosted_zone(settings: EksSettings) -> list[Finding]:
    wanted = settings.zone_name
    if wanted is None:
        return []
    result = _aws(settings.region, "route53", "list-hosted-zones")
    if result.code != 0:
        fix = "aws route53 list-hosted-zones"
        return [Finding(where="Route 53", what="hosted zones cannot be listed", actual=_last_line(result), fix=fix)]
    zones = _content(result).get("HostedZones", [])
    public = {zone["Name"].rstrip(".") for zone in zones if not zone.get("Config", {}).get("PrivateZone")}
    if wanted in public:
        return []
    parent = max((zone for zone in public if str(settings.domain).endswith(f".{zone}")), key=len, default=None)
    create = f"aws route53 create-hosted-zone --name {wanted} --caller-reference {wanted}   (and delegate it)"
    finding = Finding(
        where=f"{KEY}.hostedZone" if parent else f"{KEY}.domain",
        what=f"this account has no public hosted zone {wanted} in Route 53",
        actual=str(settings.domain),
        expected=f"a name in one of {', '.join(sorted(public))}" if public else "a domain with a public hosted zone",
        fix=fixes.set_value(f"{KEY}.hostedZone", parent) if parent else create,
    )
    return [finding]


def _aws(region: str, *arguments: str) -> process.Result:
    return process.run(["aws", *arguments, "--region", region, "--output", "json"], timeout=AWS_TIMEOUT)


def _content(result: process.Result) -> dict[str, Any]:
    try:
        content = json.loads(result.stdout or "{}")
    except json.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _last_line(result: process.Result) -> str:
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else f"exit code {result.code}"
