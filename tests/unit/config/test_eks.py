"""Settings of a cluster on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import load
from pocdeploy.errors import SettingsError
from tests.paths import ROOT
from tests.unit.preflight.aws.settings import PLAIN

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
    ({"publicAccessCidrs": ["0.0.0.0/0"]}, "publicAccessCidrs", "a CIDR other than 0.0.0.0/0"),
    ({"access": [{"principal": "me", "policy": "AmazonEKSViewPolicy"}]}, "access", "the ARN of an IAM role"),
    ({"access": [{"principal": "x", "polcy": "y"}]}, "access", "did you mean policy?"),
    ({"architecture": "arm64", "instanceTypes": ["m6i.large"]}, "", "instance types of the architecture arm64"),
    ({"instanceTypes": ["m7g.large"]}, "", "instance types of the architecture amd64"),
    ({"domain": None}, "", "insecureHttp: true, for http to the whole internet"),
    ({"insecureHttp": True}, "", "either a domain or insecureHttp"),
    ({"hostedZone": "example.org"}, "", "a domain in the hosted zone example.org"),
    ({"accessKey": "AKIA"}, "accessKey", "unknown setting"),
    ({"owner": "a;b"}, "owner", "letters, digits"),
]


@pytest.mark.parametrize(("changed", "key", "words"), BAD, ids=str)
def test_invalid_settings_have_key_and_fix(changed: dict[str, Any], key: str, words: str) -> None:
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
        ({"domain": None, "insecureHttp": True}, None, "a host name of your own"),
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
